// What a preview is shown of a camera, a line each, as both sides of the local API check it.

import { z } from 'zod';
import type { PreviewEvent } from '../camera/index.ts';
import { cameraStates } from '../contract/index.ts';
import { aimReport } from './aim.ts';

export const previewQuery = z.strictObject({ camera: z.string() });

const at = z.number().describe('UTC epoch milliseconds');
const point = z.tuple([z.number(), z.number()]);

const seenPlate = z.object({
  corners: z
    .tuple([point, point, point, point])
    .describe("pixels of the camera's picture, clockwise from top left"),
  text: z.string().describe('as read in this one picture; may be empty'),
  confidence: z.number().describe("the reader's own, 0..1"),
});

export const previewEvent: z.ZodType<PreviewEvent> = z.discriminatedUnion('type', [
  z
    .object({ type: z.literal('camera'), at, state: z.enum(cameraStates), reason: z.string().nullable() })
    .describe('the first line, and each change of state'),
  z
    .object({ type: z.literal('feed'), socket: z.string() })
    .describe(
      "path of a Unix socket that gives the camera's pictures to one reader, as YUV4MPEG2 at 25 a second",
    ),
  z
    .object({ type: z.literal('feed-ended') })
    .describe('the picture has another size now, or its reader has gone: ask anew'),
  z
    .object({
      type: z.literal('feed-failed'),
      code: z.string(),
      message: z.string(),
      remedy: z.string().nullable(),
    })
    .describe('no pictures, and why'),
  z
    .object({
      type: z.literal('look'),
      at,
      picture: z.int().nullable().describe('its number in the feed, from 0; null: it was not given out'),
      width: z.int(),
      height: z.int(),
      plates: z.array(seenPlate).nullable().describe('null: nothing moved, it was not looked at'),
    })
    .describe('one picture of the camera, and what was found in it'),
  z.object({ type: z.literal('aim'), report: aimReport }).describe('several times a second'),
]);
