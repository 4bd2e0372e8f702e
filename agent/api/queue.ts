// What waits to be delivered, as it crosses the socket: the answer behind `anpr queue`. Times are UTC epoch milliseconds.

import { z } from 'zod';
import type { QueueState } from '../journal/index.ts';
import { journalCounts } from './status.ts';

const type = z.enum(['read', 'hit', 'status', 'gap', 'audit']);

export const queueState = journalCounts.extend({
  byType: z.partialRecord(
    type,
    z.object({ pending: z.int(), sent: z.int(), confirmed: z.int(), dead: z.int() }),
  ),
  deadLetters: z.array(
    z.object({
      id: z.string(),
      type,
      epoch: z.string(),
      seq: z.int(),
      at: z.number(),
      reason: z.string(),
      deadAt: z.number().nullable(),
    }),
  ),
  receipt: z
    .object({ epoch: z.string(), upTo: z.int(), at: z.number() })
    .nullable()
    .describe('the newest one; null: none ever came, PUBACK counts as delivered'),
  pictures: z.object({
    pending: z.int(),
    pendingBytes: z.int(),
    sent: z.int(),
    sentBytes: z.int(),
  }),
  perMinute: z
    .object({ appended: z.int(), sent: z.int() })
    .nullable()
    .describe('records in the last minute; null when no agent runs'),
});

/** The compiler checks that the schema and the journal's type agree. */
export function queueStateOf(value: unknown): QueueState {
  const state: z.infer<typeof queueState> = queueState.parse(value);
  return state as QueueState;
}
