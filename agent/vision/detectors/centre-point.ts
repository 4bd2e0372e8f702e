// Adapter `centre-point`: a net with a map of plate centres and a map of where, seen from each centre, the four
// corners are. The agent's own detectors are of this kind; models/training/ exports them.

import { z } from 'zod';
import type { Plane } from '../../capture/index.ts';
import type { Detector, Materials } from '../adapters.ts';
import { levels, padded, place } from '../letterbox.ts';
import { checked, manifestBase, normalisation } from '../manifest.ts';
import { peaks, withoutRepeats } from '../peaks.ts';
import { openSession, proveShape, Tensor, trialRun } from '../session.ts';
import type { Detection } from '../types.ts';

/** Boxes that overlap more are one plate; the training's own evaluation uses the same number. */
const MAX_OVERLAP = 0.4;

const sidePx = z.int().min(32).max(4096);

const schema = z.strictObject({
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
});

export async function centrePoint({ title, model, bytes, threads }: Materials): Promise<Detector> {
  const { input, output, threshold } = checked(schema, model.manifest, 'detector', model.manifest.name);
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
  // Pictures of one camera have one size: one tensor is filled again and again.
  let picture = new Tensor('float32', new Float32Array(input.maxWidth * input.maxHeight), [
    1,
    1,
    input.maxHeight,
    input.maxWidth,
  ]);

  try {
    const outputs = await trialRun(title, session, { [input.name]: picture });
    const cells = [input.maxHeight / output.stride, input.maxWidth / output.stride];
    proveShape(title, output.heat, outputs[output.heat], [1, 1, ...cells]);
    proveShape(title, output.corners, outputs[output.corners], [1, 8, ...cells]);
  } catch (error) {
    await session.close();
    throw error;
  }

  async function find(small: Plane, least: number): Promise<Detection[]> {
    const width = padded(small.width, input.multiple);
    const height = padded(small.height, input.multiple);
    if (picture.dims[2] !== height || picture.dims[3] !== width)
      picture = new Tensor('float32', new Float32Array(width * height), [1, 1, height, width]);
    place(small, table, picture.data as Float32Array, width, height);
    const outputs = await session.run({ [input.name]: picture });
    const heat = outputs[output.heat]!;
    const maps = {
      heat: heat.data as Float32Array,
      corners: outputs[output.corners]!.data as Float32Array,
      width: heat.dims[3]!,
      height: heat.dims[2]!,
      stridePx: output.stride,
      unitPx: output.cornerUnit === 'px' ? 1 : output.stride,
    };
    return withoutRepeats(peaks(maps, least), MAX_OVERLAP);
  }

  return {
    limits: { maxWidth: input.maxWidth, maxHeight: input.maxHeight },
    threshold,
    find,
    close: () => session.close(),
  };
}
