// A journal record as it crosses the socket: exactly what the journal's door has, checked by the one that receives it.

import { z } from 'zod';
import type { JournalRecord } from '../journal/index.ts';

export const journalRecord = z.object({
  id: z.string(),
  type: z.enum(['read', 'hit', 'status', 'gap', 'audit']),
  at: z.number(),
  camera: z.string().optional(),
  text: z.string().optional(),
  confidence: z.number().optional(),
  payload: z.record(z.string(), z.unknown()),
  pictures: z
    .array(
      z.object({
        kind: z.enum(['plate', 'overview']),
        at: z.number(),
        sizeBytes: z.int(),
        sha256: z.string(),
      }),
    )
    .optional(),
  epoch: z.string(),
  seq: z.int(),
  position: z.int(),
  delivery: z.enum(['pending', 'sent', 'confirmed', 'dead']),
  appendedAt: z.number(),
  deliveryAt: z.number().nullable(),
  reason: z.string().nullable(),
});

/** The compiler checks that the schema and the journal's type agree. */
export function recordOf(value: unknown): JournalRecord {
  const record: z.infer<typeof journalRecord> = journalRecord.parse(value);
  return record as JournalRecord;
}
