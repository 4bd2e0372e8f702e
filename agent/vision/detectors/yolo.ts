// Adapter `yolo`: the plain output of YOLOv8, YOLO11 and their kin, [1, values, places]: for each place of the net's
// grids a box (centre, width and height in pixels of the input), a score for each class, and, in the rotated and the
// keypoint kinds, an angle or the corners. What overlaps is dropped here.

import { z } from 'zod';
import { boxOf, type Point, type Quad } from '../../shared/geometry.ts';
import type { Detector, DetectorAdapter, Materials } from '../adapter.ts';
import type { Picture } from '../colour.ts';
import { checked, type ModelFolder, manifestBase } from '../manifest.ts';
import { withoutRepeats } from '../peaks.ts';
import { openSession, proveShape, trialRun } from '../session.ts';
import type { Detection } from '../types.ts';
import { letterboxInput, letterboxOf, uprightCorners, wantsOf } from './letterbox-input.ts';

/** Boxes that overlap more are one plate. */
const MAX_OVERLAP = 0.4;
/** Places looked at in one picture at most: a plate claims a dozen of them. */
const MAX_PLACES = 300;
/** A plate that is so much wider than high is read along its longer side, however it is turned. */
const CLEARLY_WIDE = 1.6;
const BOX_VALUES = 4;

const schema = z
  .strictObject({
    ...manifestBase,
    kind: z.literal('detector'),
    adapter: z.literal('yolo'),
    input: letterboxInput,
    output: z.strictObject({
      name: z.string(),
      /** how many classes there are */
      classes: z.int().min(1).max(1000),
      /** upright boxes, rotated ones (OBB: one angle more), or keypoints that are the four corners (pose) */
      shape: z.enum(['upright', 'rotated', 'corners']),
      /** values of a keypoint: x and y, or x, y and whether it is seen; only with `corners` */
      cornerValues: z.union([z.literal(2), z.literal(3)]).optional(),
    }),
    /** numbers of the classes that are plates; default: all */
    classes: z.array(z.int().min(0)).min(1).optional(),
    threshold: z.number().min(0).max(1),
  })
  .refine(({ output }) => (output.shape === 'corners') === (output.cornerValues !== undefined), {
    path: ['output', 'cornerValues'],
    message: 'wanted together with the shape "corners", and only then',
  })
  .refine(({ output, classes }) => classes?.every((number) => number < output.classes) ?? true, {
    path: ['classes'],
    message: 'numbers from 0 to output.classes - 1',
  });

export const yolo: DetectorAdapter = { wants: (model) => wantsOf(read(model).input), open };

const read = ({ manifest }: ModelFolder) => checked(schema, manifest, 'detector', manifest.name);

async function open({ title, model, bytes, threads }: Materials): Promise<Detector> {
  const manifest = read(model);
  const { input, output, threshold } = manifest;
  const more = output.shape === 'rotated' ? 1 : 4 * (output.cornerValues ?? 0);
  const dims = [1, BOX_VALUES + output.classes + more, null];
  const { tensor, put } = letterboxOf(input);
  const session = await openSession(bytes, {
    title,
    threads,
    inputs: [{ name: input.name, type: 'float32', dims: tensor.dims }],
    outputs: [{ name: output.name, type: 'float32', dims }],
  });
  try {
    const outputs = await trialRun(title, session, { [input.name]: tensor });
    proveShape(title, output.name, outputs[output.name], dims);
  } catch (error) {
    await session.close();
    throw error;
  }
  const plates = manifest.classes ?? Array.from({ length: output.classes }, (_, number) => number);

  async function find(picture: Picture, least: number): Promise<Detection[]> {
    const offset = put(picture);
    const outputs = await session.run({ [input.name]: tensor });
    const result = outputs[output.name]!;
    const values = result.data as Float32Array;
    const places = result.dims[2]!;
    return withoutRepeats(
      best(values, places, plates, least).map(({ place, score }) => {
        const corners = cornersAt((row) => values[row * places + place]!, output, offset);
        return { box: boxOf(corners), corners, score };
      }),
      MAX_OVERLAP,
    );
  }

  return { ...wantsOf(input), threshold, find, close: () => session.close() };
}

/** The places whose best plate class reaches `least`, best first. */
function best(values: Float32Array, places: number, classes: readonly number[], least: number) {
  const found: { place: number; score: number }[] = [];
  for (let place = 0; place < places; place++) {
    let score = 0;
    for (const number of classes) score = Math.max(score, values[(BOX_VALUES + number) * places + place]!);
    if (score >= least) found.push({ place, score });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, MAX_PLACES);
}

function cornersAt(
  value: (row: number) => number,
  { classes, shape, cornerValues = 2 }: z.infer<typeof schema>['output'],
  offset: Point,
): Quad {
  const [x, y, width, height] = [value(0), value(1), value(2), value(3)];
  const rest = BOX_VALUES + classes;
  if (shape === 'upright')
    return uprightCorners(x - width / 2, y - height / 2, x + width / 2, y + height / 2, offset);
  if (shape === 'rotated') return rotatedCorners([x - offset[0], y - offset[1]], width, height, value(rest));
  const corner = (k: number): Point => [
    value(rest + k * cornerValues) - offset[0],
    value(rest + k * cornerValues + 1) - offset[1],
  ];
  return [corner(0), corner(1), corner(2), corner(3)];
}

/**
 * Corners in reading orientation of a rectangle that is turned by `angle` (radians, clockwise as seen). The angle says
 * nothing of which side is up: a plate leans less than it stands, and a clearly wide one is read along its long side.
 */
export function rotatedCorners(centre: Point, width: number, height: number, angle: number): Quad {
  const quarter = Math.PI / 2;
  let [across, down, turn] = [width, height, angle];
  const swap = () => {
    [across, down, turn] = [down, across, turn + quarter];
  };
  const longSide = Math.max(width, height) >= CLEARLY_WIDE * Math.min(width, height);
  if (longSide ? height > width : Math.abs(Math.sin(turn)) > Math.SQRT1_2) swap();
  // Of the two ways along the same side, the one that goes to the right.
  const sign = Math.cos(turn) < 0 ? -1 : 1;
  const [ux, uy] = [(sign * Math.cos(turn) * across) / 2, (sign * Math.sin(turn) * across) / 2];
  const [vx, vy] = [(-sign * Math.sin(turn) * down) / 2, (sign * Math.cos(turn) * down) / 2];
  const [x, y] = centre;
  return [
    [x - ux - vx, y - uy - vy],
    [x + ux - vx, y + uy - vy],
    [x + ux + vx, y + uy + vy],
    [x - ux + vx, y - uy + vy],
  ];
}
