// Adapter `yolo-end2end`: a YOLO net that ends in its own non-maximum suppression and gives a list of boxes. YOLOv9
// plate detectors as open-image-models exports them give [rows, 7]: batch, x1, y1, x2, y2, class, score; others, like
// YOLOv10, give [1, rows, 6]: x1, y1, x2, y2, score, class. Which column is what the manifest says.

import { z } from 'zod';
import { boxOf } from '../../shared/geometry.ts';
import type { Detector, DetectorAdapter, Materials } from '../adapter.ts';
import type { Picture } from '../colour.ts';
import { checked, type ModelFolder, manifestBase } from '../manifest.ts';
import { withoutRepeats } from '../peaks.ts';
import { openSession, proveShape, trialRun } from '../session.ts';
import type { Detection } from '../types.ts';
import { letterboxInput, letterboxOf, uprightCorners, wantsOf } from './letterbox-input.ts';

/** The net has dropped repeats already; what is left of one plate twice goes here. */
const MAX_OVERLAP = 0.6;

const NEEDED = ['x1', 'y1', 'x2', 'y2', 'score'] as const;

const schema = z.strictObject({
  ...manifestBase,
  kind: z.literal('detector'),
  adapter: z.literal('yolo-end2end'),
  input: letterboxInput,
  output: z.strictObject({
    name: z.string(),
    /** what a row says; with a `batch` column the output is [rows, columns], without it [1, rows, columns] */
    columns: z
      .array(z.enum([...NEEDED, 'batch', 'class']))
      .refine((columns) => new Set(columns).size === columns.length, 'each column once')
      .refine((columns) => NEEDED.every((name) => columns.includes(name)), `${NEEDED.join(', ')} are wanted`),
  }),
  /** numbers of the classes that are plates; default: all */
  classes: z.array(z.int().min(0)).min(1).optional(),
  threshold: z.number().min(0).max(1),
});

export const yoloEnd2End: DetectorAdapter = { wants: (model) => wantsOf(read(model).input), open };

const read = ({ manifest }: ModelFolder) => checked(schema, manifest, 'detector', manifest.name);

async function open({ title, model, bytes, threads }: Materials): Promise<Detector> {
  const { input, output, classes, threshold } = read(model);
  const { columns } = output;
  const dims = columns.includes('batch') ? [null, columns.length] : [1, null, columns.length];
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
  const at = (name: (typeof columns)[number]) => columns.indexOf(name);
  const [x1, y1, x2, y2, score] = NEEDED.map(at) as [number, number, number, number, number];
  const kind = at('class');

  async function find(picture: Picture, least: number): Promise<Detection[]> {
    const offset = put(picture);
    const outputs = await session.run({ [input.name]: tensor });
    const rows = outputs[output.name]!.data as Float32Array;
    const found: Detection[] = [];
    for (let row = 0; row < rows.length; row += columns.length) {
      const value = (column: number) => rows[row + column]!;
      if (!(value(score) >= least)) continue;
      if (classes && kind >= 0 && !classes.includes(Math.round(value(kind)))) continue;
      const corners = uprightCorners(value(x1), value(y1), value(x2), value(y2), offset);
      found.push({ box: boxOf(corners), corners, score: value(score) });
    }
    found.sort((a, b) => b.score - a.score);
    return withoutRepeats(found, MAX_OVERLAP);
  }

  return { ...wantsOf(input), threshold, find, close: () => session.close() };
}
