// Adapter `centre-point`: a net with a map of plate centres and a map of where, seen from each centre, the four
// corners are. The agent's own detectors are of this kind; models/training/ exports them.

import { z } from 'zod';
import type { Plane } from '../../capture/index.ts';
import type { Detector, DetectorAdapter, Materials, Wants } from '../adapter.ts';
import { levels, padded, place } from '../letterbox.ts';
import { checked, type ModelFolder, manifestBase, normalisation, sidePx } from '../manifest.ts';
import { peaks, withoutRepeats } from '../peaks.ts';
import { openSession, proveShape, Tensor, trialRun } from '../session.ts';
import type { Detection } from '../types.ts';

/** Boxes that overlap more are one plate; the training's own evaluation uses the same number. */
const MAX_OVERLAP = 0.4;

/** Measured (docs/benchmarks-vision.md): as good as 256x128 for the corners, and a twentieth of a frame's cost. */
const CLOSE_UP = { width: 128, height: 64, plateWidthPx: 64 };

/** Sizes of pictures whose tensors are kept: the frame's, the close-up's, and a few of a folder of stills. */
const KEPT_SIZES = 4;

const schema = z
  .strictObject({
    ...manifestBase,
    kind: z.literal('detector'),
    adapter: z.literal('centre-point'),
    input: z
      .strictObject({
        name: z.string(),
        layout: z.literal('NCHW'),
        colour: z.literal('luma'),
        maxWidth: sidePx,
        maxHeight: sidePx,
        multiple: z.int().min(1).max(128),
        ...normalisation,
      })
      .refine((input) => input.maxWidth % input.multiple === 0 && input.maxHeight % input.multiple === 0, {
        message: 'maxWidth and maxHeight must be multiples of `multiple`',
      }),
    output: z.strictObject({
      heat: z.string(),
      /** the file's own local maxima, for other runtimes; found here from `heat` */
      peak: z.string().optional(),
      corners: z.string(),
      stride: z.int().min(1).max(64),
      cornerUnit: z.enum(['px', 'stride']),
    }),
    threshold: z.number().min(0).max(1),
    /** the second look; null: none */
    closeUp: z
      .strictObject({ width: sidePx, height: sidePx, plateWidthPx: z.int().min(16) })
      .nullable()
      .default(CLOSE_UP),
  })
  .refine(({ input, output }) => input.multiple % output.stride === 0, {
    path: ['output', 'stride'],
    message: 'must divide input.multiple',
  });

export const centrePoint: DetectorAdapter = { wants: (model) => wantsOf(read(model)), open };

const read = ({ manifest }: ModelFolder) => checked(schema, manifest, 'detector', manifest.name);

function wantsOf({ input: { maxWidth, maxHeight } }: z.infer<typeof schema>): Wants {
  return { limits: { maxWidth, maxHeight }, colour: false };
}

async function open({ title, model, bytes, threads }: Materials): Promise<Detector> {
  const manifest = read(model);
  const { input, output, threshold, closeUp } = manifest;
  const session = await openSession(bytes, {
    title,
    threads,
    inputs: [{ name: input.name, type: 'float32', dims: [1, 1, null, null] }],
    outputs: [
      { name: output.heat, type: 'float32', dims: [1, 1, null, null] },
      { name: output.corners, type: 'float32', dims: [1, 8, null, null] },
    ],
  });
  const table = levels(input.mean, input.scale);
  // Pictures of one camera have one size: the same tensors are filled again and again.
  const kept = new Map<string, Tensors>();

  try {
    const tensors = tensorsFor(input.maxWidth, input.maxHeight, output.stride);
    const outputs = await trialRun(title, session, { [input.name]: tensors.picture });
    proveShape(title, output.heat, outputs[output.heat], tensors.heat.dims);
    proveShape(title, output.corners, outputs[output.corners], tensors.corners.dims);
  } catch (error) {
    await session.close();
    throw error;
  }

  async function find(small: Plane, least: number): Promise<Detection[]> {
    const width = padded(small.width, input.multiple);
    const height = padded(small.height, input.multiple);
    const size = `${width}x${height}`;
    const tensors = kept.get(size) ?? tensorsFor(width, height, output.stride);
    if (!kept.has(size) && kept.size === KEPT_SIZES) kept.delete(kept.keys().next().value!);
    kept.set(size, tensors);
    const { picture, heat, corners } = tensors;
    place(small, table, picture.data, width, height);
    await session.runInto({ [input.name]: picture }, { [output.heat]: heat, [output.corners]: corners });
    const maps = {
      heat: heat.data,
      corners: corners.data,
      width: width / output.stride,
      height: height / output.stride,
      stridePx: output.stride,
      unitPx: output.cornerUnit === 'px' ? 1 : output.stride,
    };
    return withoutRepeats(peaks(maps, least), MAX_OVERLAP);
  }

  return {
    ...wantsOf(manifest),
    threshold,
    ...(closeUp ? { closeUp } : {}),
    find,
    close: () => session.close(),
  };
}

type Tensors = ReturnType<typeof tensorsFor>;

/** The input for a picture of this size, and the maps that come out. */
function tensorsFor(width: number, height: number, stride: number) {
  const [columns, rows] = [width / stride, height / stride];
  const tensor = (channels: number, h: number, w: number) =>
    new Tensor('float32', new Float32Array(channels * h * w), [1, channels, h, w]);
  return {
    picture: tensor(1, height, width),
    heat: tensor(1, rows, columns),
    corners: tensor(8, rows, columns),
  };
}
