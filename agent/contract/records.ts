// Records that are not reads: what is missing from the sequence and why, and changes of the box's state.

import { z } from 'zod';
import { isoTime, recordParts, sha256 } from './parts.ts';

/** What every record is at least: for kinds that a consumer has no schema of its own for. */
export const anyRecord = z.object({ ...recordParts, type: z.string() });

export const gapReasons = ['dead-letter', 'expired', 'dropped', 'damaged', 'new-epoch'] as const;
export type GapReason = (typeof gapReasons)[number];

export const gapMessage = z
  .object({
    ...recordParts,
    type: z.literal('gap'),
    at: isoTime,
    gap: z.object({
      what: z
        .enum(['records', 'pictures'])
        .describe('pictures: those of the reads with these seqs; the reads themselves do come'),
      epoch: z.string().min(1).nullable().describe("whose seqs are meant; not always the record's own epoch"),
      from: z.int().positive().nullable().describe('first seq that will not come'),
      to: z.int().positive().nullable().describe('last one; null in new-epoch: whatever came after `from`'),
      count: z.int().min(0).nullable().describe('how many are lost; records: to - from + 1'),
      reason: z
        .enum(gapReasons)
        .describe(
          'dead-letter: no broker takes it; expired: too old; dropped: no room; damaged: the disk; ' +
            'new-epoch: that epoch goes on no more, and this record begins another',
        ),
      chain: z
        .object({ before: sha256.nullable(), after: sha256.nullable() })
        .optional()
        .describe('hash of the envelope before the gap and of its last one: the chain goes on over it'),
    }),
  })
  .describe('Seqs that will never come, and why; null: not known. A consumer counts them as answered');

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
