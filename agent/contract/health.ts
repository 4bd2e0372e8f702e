// The health message: once a minute how the box is, with the facts that its metrics have. No record: it has no seq, and a
// later one replaces it.

import { z } from 'zod';
import { cameraStates, clockState } from './messages.ts';
import { address, id, isoTime, schemaVersion } from './parts.ts';

const latency = z
  .object({
    count: z.int().describe('reads since the agent started'),
    p50Ms: z.number().nullable(),
    p95Ms: z.number().nullable(),
  })
  .describe('out of the buckets of the metrics: as exact as those are');

export const healthMessage = z
  .object({
    schema: schemaVersion,
    type: z.literal('health'),
    ...address,
    at: isoTime,
    agent: z.string(),
    startedAt: isoTime,
    cameras: z.array(
      z.object({
        id,
        state: z.enum(cameraStates),
        fps: z.number().nullable(),
        framesTotal: z.int(),
        framesDroppedTotal: z.int(),
        passagesTotal: z.int(),
        readsTotal: z.int(),
        lastReadAt: isoTime.nullable(),
        quiet: z
          .boolean()
          .nullable()
          .describe('no passage for longer than configured; null: any silence is allowed'),
      }),
    ),
    journalLatency: latency.describe('end of the passage to the disk'),
    deliveryLatency: latency.describe('disk to the acknowledgement of the broker'),
    queue: z.object({
      pending: z.int(),
      sent: z.int(),
      dead: z.int(),
      oldestPendingSeconds: z.number(),
      waiting: z.int().describe('reads that the journal does not take now'),
    }),
    certificates: z.array(z.object({ certificate: z.enum(['own', 'authority']), days: z.number() })),
    computer: z
      .object({
        temperatureCelsius: z.number().nullable(),
        memoryBytes: z.int(),
        diskFreeBytes: z.number().nullable(),
        journalBytes: z.int(),
        clock: clockState,
      })
      .describe('the computer itself'),
  })
  .describe('How the box is: what its metrics say, for a centre that does not scrape them');

export type HealthMessage = z.infer<typeof healthMessage>;
