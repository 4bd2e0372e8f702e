// What `anpr recognise --json` prints, one line a picture. The schema is the promise to whoever parses it.

import { z } from 'zod';

const point = z.tuple([z.number(), z.number()]);
const probability = z.number().min(0).max(1);

const plateResult = z.strictObject({
  text: z.string().describe('A–Z and 0–9; empty: a plate, but not readable'),
  confidence: probability.describe('probability that the whole text is right'),
  uncertain: z.boolean().describe('less sure than asked for: worth a look by a person'),
  country: z.string().describe('as on the plate (B, NL, …) or unknown'),
  box: z
    .tuple([z.number(), z.number(), z.number(), z.number()])
    .describe('left, top, width, height in pixels'),
  corners: z.tuple([point, point, point, point]).describe('top left, top right, bottom right, bottom left'),
  alternatives: z.array(z.strictObject({ text: z.string(), confidence: probability })),
});

export const pictureResult = z.strictObject({
  file: z.string(),
  width: z.int(),
  height: z.int(),
  ms: z
    .strictObject({ decode: z.number(), detect: z.number(), read: z.number(), total: z.number() })
    .describe('milliseconds, each with its pre- and post-processing; total has everything'),
  plates: z.array(plateResult),
});

export const pictureFailure = z.strictObject({
  file: z.string(),
  error: z.strictObject({ code: z.string(), message: z.string() }),
});

export type PlateResult = z.infer<typeof plateResult>;
export type PictureResult = z.infer<typeof pictureResult>;
export type PictureFailure = z.infer<typeof pictureFailure>;

export const isFailure = (result: PictureResult | PictureFailure): result is PictureFailure =>
  'error' in result;
