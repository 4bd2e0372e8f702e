// What the central platform tells a box: receipts and commands, and what the box replies.

import { z } from 'zod';
import { hitCommand, hitResult } from './hits.ts';
import { address, id, isoTime, place, range, schemaVersion, sha256 } from './parts.ts';

/** So many holes fit into a receipt: what lies after the last one waits for a later receipt. */
export const MAX_HOLES = 1000;

export const receiptMessage = z
  .object({
    schema: schemaVersion,
    type: z.literal('receipt'),
    ...address,
    at: isoTime,
    epoch: place.shape.epoch,
    upTo: z.int().min(0).describe('everything up to this seq, but the holes, is durable at the consumer'),
    holes: z
      .array(range)
      .max(MAX_HOLES)
      .describe('ranges [from, to] up to `upTo` that have not come and are wanted again'),
  })
  .describe('Retained. The box confirms what it covers and sends the holes again');

export type ReceiptMessage = z.infer<typeof receiptMessage>;

const command = {
  schema: schemaVersion,
  type: z.literal('command'),
  id: z.string().min(1).max(64).describe('chosen by who asks; the reply has it too'),
};

export const replayCommand = z
  .object({
    ...command,
    command: z.literal('replay'),
    epoch: place.shape.epoch.optional().describe('default: the current one'),
    from: z.int().positive(),
    to: z.int().positive(),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'wanted from ≤ to' })
  .describe('Send these records again, also confirmed ones');

export const evidenceCommand = z
  .object({
    ...command,
    command: z.literal('evidence'),
    readId: id,
    kinds: z
      .array(z.enum(['plate', 'overview']))
      .optional()
      .describe('default: all that are kept'),
  })
  .describe('Send the pictures of a read');

/** By `{name}` of `cmd/{name}`. */
export const commands = { replay: replayCommand, evidence: evidenceCommand, hit: hitCommand } as const;
export type CommandName = keyof typeof commands;
export type ReplayCommand = z.infer<typeof replayCommand>;
export type EvidenceCommand = z.infer<typeof evidenceCommand>;

export const replayResult = z.object({
  requeued: z
    .int()
    .min(0)
    .describe('records that come again, in lane backlog (urgent where they belong there)'),
  missing: z.array(range).describe('no longer in the journal; covered by gap records'),
});

export const evidenceResult = z.object({
  pictures: z.array(
    z.object({
      kind: z.enum(['plate', 'overview']),
      state: z
        .enum(['queued', 'gone'])
        .describe('queued: it comes, when the daily budget allows; gone: not kept any more'),
    }),
  ),
});

export const replyMessage = z
  .object({
    schema: schemaVersion,
    type: z.literal('reply'),
    ...address,
    at: isoTime,
    id: z.string().describe("the command's"),
    command: z.string(),
    ok: z.boolean(),
    result: z.union([replayResult, evidenceResult, hitResult]).optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  })
  .describe('Answer to a command: to its response topic (MQTT 5), else to reply/{name}');

export type ReplyMessage = z.infer<typeof replyMessage>;

/** User properties (MQTT 5) of a picture; with 3.1.1 its SHA-256 tells which of the read's pictures it is. */
export const pictureProperties = z.object({
  lane: z.literal('pictures'),
  readId: id,
  kind: z.enum(['plate', 'overview']),
  sha256,
});
