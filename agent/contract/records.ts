// Records that are not reads: what is missing from the sequence and why, and changes of the box's state.

import { z } from 'zod';
import { isoTime, place, recordParts, sha256 } from './parts.ts';

export const gapReasons = ['dead-letter', 'expired', 'dropped', 'damaged', 'new-epoch'] as const;
export type GapReason = (typeof gapReasons)[number];

export const gapMessage = z
  .object({
    ...recordParts,
    type: z.literal('gap'),
    at: isoTime,
    gap: z.object({
      epoch: place.shape.epoch.describe("whose seqs are meant; not always the record's own epoch"),
      from: z.int().min(0).describe('first seq that will not come'),
      to: z.int().min(0).describe('last seq that will not come; new-epoch: last known seq of that epoch'),
      count: z.int().min(0).describe('how many of them are lost'),
      reason: z
        .enum(gapReasons)
        .describe(
          'dead-letter: no broker takes it; expired: too old; dropped: no room; damaged: the disk; ' +
            'new-epoch: that epoch ended at `to`, and this record begins another',
        ),
      chain: z
        .object({ before: sha256.nullable(), after: sha256.nullable() })
        .optional()
        .describe('hash of the envelope before the gap and of its last one: the chain goes on over it'),
    }),
  })
  .describe('Seqs that will never come, and why: a consumer counts them as answered');

export type GapMessage = z.infer<typeof gapMessage>;

export const changeMessage = z
  .object({
    ...recordParts,
    type: z.literal('change'),
    at: isoTime,
    change: z.object({
      of: z.string().describe('camera, box …'),
      name: z.string().nullable().describe('which one, where there are several'),
      state: z.string(),
      reason: z.string().nullable(),
    }),
  })
  .describe('A change of state worth keeping');

export type ChangeMessage = z.infer<typeof changeMessage>;
