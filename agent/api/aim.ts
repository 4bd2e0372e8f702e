// The shape of what aiming tells, a line each, as both sides of the local API check it.

import { z } from 'zod';
import type { AimReport } from '../aim/index.ts';

export const aimQuery = z.strictObject({ camera: z.string() });

const judgement = z.object({
  name: z.enum([
    'width',
    'tilt',
    'skew',
    'angle',
    'sharpness',
    'motion',
    'contrast',
    'white',
    'burnt',
    'black',
  ]),
  value: z.number().nullable().describe('null: could not be measured'),
  unit: z.enum(['px', '°', 'grey levels', '%']),
  within: z
    .number()
    .nullable()
    .describe('nine in ten such values are no farther off; null: its last digit says it, or not measured'),
  bound: z.enum(['least', 'most']).describe('the value has to be at least, or its size at most, the limit'),
  limit: z.number(),
  verdict: z.enum(['good', 'too small', 'too dark', 'too bright', 'too oblique', 'blurred']).nullable(),
  advice: z.string().nullable(),
  action: z
    .object({
      is: z.enum([
        'zoom',
        'clockwise',
        'anticlockwise',
        'to-the-side',
        'lower',
        'focus',
        'exposure',
        'shorter',
        'light',
        'more-light',
        'less-light',
        'glare',
      ]),
      values: z.record(z.string(), z.number()),
    })
    .nullable()
    .describe('which advice, and the numbers in it'),
});

export const aimReport: z.ZodType<AimReport> = z.object({
  camera: z.string(),
  at: z.number().describe('UTC epoch milliseconds of the frame'),
  width: z.int(),
  height: z.int(),
  now: z.array(judgement).nullable().describe('the widest plate of this frame'),
  lately: z.array(judgement).nullable().describe("the last passages' median, of tilt and skew their mean"),
  latelyPassages: z.int(),
  latelyStanding: z.boolean().describe('`lately` is of what stands: nothing has passed'),
  speedPxPerSecond: z.number().nullable(),
  longestExposureMs: z.number().nullable().describe('that leaves strokes apart at that speed'),
  sinceMs: z.number().describe('since somebody began to aim'),
  looks: z.int(),
  reads: z.int(),
  readsPerMinute: z.number().nullable(),
  passages: z.int().describe('that gave a read, or one too doubtful to keep'),
  readWell: z.int().describe('of these: sure'),
  columns: z.array(z.int()).describe("plates seen in each tenth of the picture's width, left to right"),
  rows: z.array(z.int()).describe('in each fifth of its height, top to bottom'),
  cutShare: z.number().nullable().describe("of plates seen: touch the picture's edge"),
});
