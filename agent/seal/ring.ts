// The keys of a box: the one that seals now, and those before it, which still open what they sealed. Plain data, so
// that it crosses to the threads that need it; what is derived from it is made there.

import { randomBytes } from 'node:crypto';
import { AnprError } from '../shared/errors.ts';
import { type BoxKey, boxKeyOf, SECRET_BYTES } from './keys.ts';

/** As it is kept: JSON. */
export interface KeyRing {
  version: 1;
  /** oldest first; the last one seals. `secret` is base64 */
  keys: { createdAt: number; secret: string }[];
}

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
    const ring: unknown = JSON.parse(text);
    if (isRing(ring)) {
      openRing(ring);
      return ring;
    }
  } catch (error) {
    if (error instanceof AnprError) throw error;
  }
  throw new AnprError('seal.key', 'wanted the keys of a box, found something else');
}

/** By hand: the journal's threads have the ring too, and a schema library for this alone doubles how long they take to start. */
function isRing(value: unknown): value is KeyRing {
  return (
    hasJust(value, ['keys', 'version']) &&
    value.version === 1 &&
    Array.isArray(value.keys) &&
    value.keys.length > 0 &&
    value.keys.every(
      (key: unknown) =>
        hasJust(key, ['createdAt', 'secret']) &&
        typeof key.createdAt === 'number' &&
        typeof key.secret === 'string',
    )
  );
}

/** @param names in alphabetical order */
function hasJust<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Record<Name, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).sort().join() === names.join();
}

/** Derives what the keys are for. @throws {AnprError} `seal.key` */
export function openRing(ring: KeyRing): OpenRing {
  const keys = ring.keys.map(({ secret }) => boxKeyOf(Buffer.from(secret, 'base64')));
  const byId = new Map(keys.map((key) => [key.id, key]));
  return { current: keys.at(-1)!, get: (id) => byId.get(id), ids: [...byId.keys()] };
}
