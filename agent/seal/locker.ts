// What lies on the disk under lock: AES-256-GCM, and with each piece, as associated data, what it belongs to. A sealed
// payload that is put into another row, or a picture under another read's name, does not open.
//
//     byte 0       1, the version of this form
//     bytes 1–8    id of the key
//     bytes 9–20   nonce, random
//     then         the ciphertext, as long as the plaintext
//     last 16      the tag
//
// Nonces are random: with 2^32 pieces to a key the chance of one repeated is 2^-33 (NIST SP 800-38D, 8.3); a busy box
// makes 2^27 in a year.

import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import { AnprError } from '../shared/errors.ts';
import type { BoxKey } from './keys.ts';
import type { OpenRing } from './ring.ts';

export type LockedThing =
  | { kind: 'record'; epoch: string; seq: number; id: string }
  | { kind: 'picture'; readId: string; picture: string }
  | { kind: 'audit' }
  /** a read that the journal did not take before the agent stopped */
  | { kind: 'held' }
  /** the private key of the box's TLS certificate */
  | { kind: 'identity' }
  /** a password that the box needs elsewhere, like a camera's */
  | { kind: 'password' }
  /** a row of a version of a watchlist */
  | { kind: 'entry'; list: string; version: number; table: string; row: number }
  /** a part of a version of a watchlist on its way; base: '' for the whole list, else the version that it changes */
  | { kind: 'part'; list: string; version: number; base: string; part: number };

const VERSION = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
const ALGORITHM = 'aes-256-gcm';

/** What locking adds to the size. */
export const LOCK_OVERHEAD_BYTES = HEAD_BYTES + TAG_BYTES;

/** The associated data: the parts cannot hold a NUL, so no two things come to the same bytes. */
export function associatedData(thing: LockedThing): string {
  switch (thing.kind) {
    case 'record':
      return ['record', thing.epoch, thing.seq, thing.id].join('\0');
    case 'picture':
      return ['picture', thing.readId, thing.picture].join('\0');
    case 'held':
      return 'held';
    case 'audit':
    case 'identity':
    case 'password':
      return thing.kind;
    case 'entry':
      return ['entry', thing.list, thing.version, thing.table, thing.row].join('\0');
    case 'part':
      return ['part', thing.list, thing.version, thing.base, thing.part].join('\0');
  }
}

const purposes = {
  record: 'record',
  picture: 'picture',
  audit: 'record',
  held: 'record',
  identity: 'identity',
  password: 'identity',
  entry: 'list',
  part: 'list',
} as const;
const purposeOf = (thing: LockedThing) => purposes[thing.kind];

/** @param nonce for test vectors only: it must never repeat */
export function lock(
  key: BoxKey,
  thing: LockedThing,
  plain: Uint8Array | string,
  nonce: Uint8Array = newNonce(),
): Buffer {
  const cipher = createCipheriv(ALGORITHM, key.secretFor(purposeOf(thing)), nonce);
  cipher.setAAD(Buffer.from(associatedData(thing)));
  const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
  cipher.final(); // in this mode there is nothing left, but the tag is made here
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(key.id, 'hex'), nonce, body, cipher.getAuthTag()]);
}

/**
 * @throws {AnprError} `seal.key-lost` when the key is not in the ring, `seal.broken` when the piece was changed, is
 *   not what it is taken for, or is no sealed piece
 */
export function unlock(ring: OpenRing, thing: LockedThing, locked: Uint8Array): Buffer {
  const keyId = lockedBy(locked);
  if (keyId === undefined) throw broken(thing, 'it has not the form of one');
  const key = ring.get(keyId);
  if (!key)
    throw new AnprError(
      'seal.key-lost',
      `the ${thing.kind} was sealed with the key ${keyId}, which this box no longer has`,
      'Put the key back if there is a copy of it; without it nobody can read this.',
    );
  const bytes = Buffer.from(locked.buffer, locked.byteOffset, locked.byteLength);
  const decipher = createDecipheriv(
    ALGORITHM,
    key.secretFor(purposeOf(thing)),
    bytes.subarray(1 + KEY_ID_BYTES, HEAD_BYTES),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(Buffer.from(associatedData(thing)));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw broken(thing, 'it was changed, or belongs to something else');
  }
  return plain;
}

/** The id of the key that a piece is locked with; undefined for bytes that are no locked piece. */
export function lockedBy(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength < LOCK_OVERHEAD_BYTES || bytes[0] !== VERSION) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset + 1, KEY_ID_BYTES).toString('hex');
}

function broken(thing: LockedThing, why: string): AnprError {
  return new AnprError('seal.broken', `wanted a sealed ${thing.kind}, found one that does not open: ${why}`);
}

/** Nonces out of a pool: asking the system for 12 bytes costs more than encrypting a record. */
const pool = Buffer.alloc(NONCE_BYTES * 512);
let used = pool.length;

function newNonce(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += NONCE_BYTES;
  return pool.subarray(used - NONCE_BYTES, used);
}
