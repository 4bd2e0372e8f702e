// The keys of a box: the one that seals now, and those before it, which still open what they sealed. Plain data, so
// that it crosses to the threads that need it; what is derived from it is made there.

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AnprError } from '../shared/errors.ts';
import { type BoxKey, boxKeyOf, SECRET_BYTES } from './keys.ts';

const ringSchema = z.strictObject({
  version: z.literal(1),
  /** oldest first; the last one seals */
  keys: z.array(z.strictObject({ createdAt: z.number(), secret: z.string() })).min(1),
});

/** As it is kept: JSON. `secret` is base64. */
export type KeyRing = z.infer<typeof ringSchema>;

export interface OpenRing {
  /** the key that seals and signs */
  readonly current: BoxKey;
  /** every key, by id */
  get(id: string): BoxKey | undefined;
  readonly ids: readonly string[];
}

/** A ring with one new key. */
export function newRing(now = Date.now()): KeyRing {
  return { version: 1, keys: [newKey(now)] };
}

/** The ring with a new key that seals from now on. */
export function rotatedRing(ring: KeyRing, now = Date.now()): KeyRing {
  return { ...ring, keys: [...ring.keys, newKey(now)] };
}

/** All keys of both; the second one's newest seals. */
export function joinedRings(older: KeyRing, newer: KeyRing): KeyRing {
  const known = new Set(newer.keys.map(({ secret }) => secret));
  return { ...newer, keys: [...older.keys.filter(({ secret }) => !known.has(secret)), ...newer.keys] };
}

const newKey = (createdAt: number) => ({
  createdAt,
  secret: randomBytes(SECRET_BYTES).toString('base64'),
});

/** @throws {AnprError} `seal.key` for a text that is no ring; the error says nothing of what is in it */
export function parseRing(text: string): KeyRing {
  try {
    const ring = ringSchema.parse(JSON.parse(text));
    openRing(ring);
    return ring;
  } catch (error) {
    if (error instanceof AnprError) throw error;
    throw new AnprError('seal.key', 'wanted the keys of a box, found something else');
  }
}

/** Derives what the keys are for. @throws {AnprError} `seal.key` */
export function openRing(ring: KeyRing): OpenRing {
  const keys = ring.keys.map(({ secret }) => boxKeyOf(Buffer.from(secret, 'base64')));
  const byId = new Map(keys.map((key) => [key.id, key]));
  return { current: keys.at(-1)!, get: (id) => byId.get(id), ids: [...byId.keys()] };
}
