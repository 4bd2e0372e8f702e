// What an acceptance test is told of a camera, a line each, as both sides of the local API check it.

import { z } from 'zod';
import type { SeenPlate, WitnessNote } from '../camera/index.ts';
import { cameraStates } from '../contract/index.ts';

export const witnessQuery = z.strictObject({ camera: z.string() });

const number = z.number();
const nullable = number.nullable();
const seenPlate: z.ZodType<SeenPlate> = z.object({
  measure: z.object({
    widthPx: number,
    heightPx: number,
    tiltDegrees: number,
    skewDegrees: number,
    oblique: z.object({ degrees: number, fromSideDegrees: number, fromAboveDegrees: number }).nullable(),
    white: number.describe('grey levels'),
    black: number,
    contrast: number,
    burntShare: number,
    blackShare: number,
    edgeAlongPx: nullable.describe("rise of the strokes' edges from 10 to 90 %"),
    edgeAcrossPx: nullable,
  }),
  x: number.describe("its centre, as a share of the picture's width"),
  y: number,
  cut: z.boolean().describe("touches the picture's edge"),
  exposureMs: nullable.describe('longest exposure that leaves its strokes apart at its speed'),
});

const at = z.number().describe('UTC epoch milliseconds');

export const witnessLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('motion'), from: at, to: at }).describe('something moved'),
  z
    .object({
      type: z.literal('passage'),
      from: at,
      to: at,
      outcome: z.string(),
      plate: seenPlate.nullable(),
    })
    .describe('a passage is over: read, or why it gave none; its plate at its best picture'),
  z
    .object({ type: z.literal('picture'), of: z.enum(['moved', 'view']), at, jpeg: z.string() })
    .describe('JPEG in base64: something moves and no plate is surely read, or nothing moves'),
  z
    .object({ type: z.literal('camera'), at, state: z.enum(cameraStates), reason: z.string().nullable() })
    .describe('the first line, and each change of state'),
  z.object({ type: z.literal('sent'), id: z.string(), at }).describe('the broker has acknowledged a read'),
]);

export type WitnessLine = z.infer<typeof witnessLine>;

/** How a note crosses the socket. */
export function lineOf(note: WitnessNote): WitnessLine {
  return note.type === 'picture' ? { ...note, jpeg: Buffer.from(note.jpeg).toString('base64') } : note;
}
