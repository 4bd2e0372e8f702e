// Adapter `corner-offsets`: a net that sees one plate, cut out along the corners that a detector gave it and a little
// beyond, and says how far each corner is off. The agent's own straighteners are of this kind; models/training/ exports them.

import { z } from 'zod';
import type { Materials, Straightener } from '../adapter.ts';
import { levels } from '../letterbox.ts';
import { checked, manifestBase, normalisation } from '../manifest.ts';
import { openSession, proveShape, Tensor, trialRun } from '../session.ts';

const schema = z.strictObject({
  ...manifestBase,
  kind: z.literal('straightener'),
  adapter: z.literal('corner-offsets'),
  input: z.strictObject({
    name: z.string(),
    layout: z.literal('NCHW'),
    colour: z.literal('luma'),
    width: z.int().min(16).max(1024),
    height: z.int().min(8).max(512),
    marginAlong: z.number().min(0).max(1),
    marginAcross: z.number().min(0).max(1),
    ...normalisation,
  }),
  output: z.strictObject({ corners: z.string() }),
});

export async function cornerOffsets({ title, model, bytes, threads }: Materials): Promise<Straightener> {
  const { input, output } = checked(schema, model.manifest, 'straightener', model.manifest.name);
  const { width, height, marginAlong, marginAcross } = input;
  const session = await openSession(bytes, {
    title,
    threads,
    inputs: [{ name: input.name, type: 'float32', dims: [1, 1, height, width] }],
    outputs: [{ name: output.corners, type: 'float32', dims: [1, 8] }],
  });
  const table = levels(input.mean, input.scale);
  const pixels = new Float32Array(width * height);
  const plate = new Tensor('float32', pixels, [1, 1, height, width]);
  const said = new Tensor('float32', new Float32Array(8), [1, 8]);
  try {
    const outputs = await trialRun(title, session, { [input.name]: plate });
    proveShape(title, output.corners, outputs[output.corners], [1, 8]);
  } catch (error) {
    await session.close();
    throw error;
  }

  return {
    cut: { width, height, marginAlong, marginAcross },
    async offsets(cut) {
      for (let i = 0; i < pixels.length; i++) pixels[i] = table[cut[i]!]!;
      await session.runInto({ [input.name]: plate }, { [output.corners]: said });
      const [x0, y0, x1, y1, x2, y2, x3, y3] = said.data as Float32Array as unknown as Eight;
      return [
        [x0, y0],
        [x1, y1],
        [x2, y2],
        [x3, y3],
      ];
    },
    close: () => session.close(),
  };
}

type Eight = [number, number, number, number, number, number, number, number];
