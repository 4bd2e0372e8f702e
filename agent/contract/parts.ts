// What several messages of the contract have in common.

import { z } from 'zod';
import { CONTRACT_VERSION } from './constants.ts';

/** Brokers differ on every other character in topics and client ids. */
export const id = z.string().regex(/^[A-Za-z0-9_-]+$/);
export const isoTime = z.iso.datetime({ precision: 3 });
export const probability = z.number().min(0).max(1);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const schemaVersion = z.literal(CONTRACT_VERSION);
export const address = { site: id, box: id };

export const place = z.object({
  epoch: z.string().min(1).describe("random id of the journal's unbroken sequence"),
  seq: z.int().positive().describe('without holes within an epoch'),
});

export const recordLanes = ['urgent', 'live', 'backlog'] as const;
export const lanes = [...recordLanes, 'pictures'] as const;
export type RecordLane = (typeof recordLanes)[number];
export type Lane = (typeof lanes)[number];

const seal = z.object({
  keyId: z.string().describe('which key of the box signed'),
  payloadHash: sha256.describe(
    'SHA-256 of the canonical message without epoch, seq, lane, connection and seal',
  ),
  previousHash: sha256.describe("hash of the previous record's envelope; zeros in an epoch's first"),
  signature: z.string().describe('Ed25519 over the canonical envelope, base64'),
});

/** What every record has beside its own content. */
export const recordParts = {
  schema: schemaVersion,
  id: z.uuid().describe('UUIDv7; drop what you already know'),
  ...place.shape,
  lane: z
    .enum(recordLanes)
    .describe('urgent goes first, then live; backlog: reads queued before this connection'),
  connection: z
    .string()
    .optional()
    .describe('random id of the connection it came over: within a lane of one connection seq only grows'),
  ...address,
  seal: seal.optional().describe('signature and link of the chain, where the box signs'),
};

/** Both ends belong to it. */
export const range = z.tuple([z.int().positive(), z.int().positive()]);
export type Range = [from: number, to: number];
