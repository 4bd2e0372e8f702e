// What a box states about its journal beside the records themselves: which range retention has removed (or nobody could
// tell that from a theft), and where the newest record stands (or the newest could be cut off unseen).

import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { BoxKey } from './keys.ts';

/** Records `from` to `to` of an epoch are gone because their time was over. */
export interface Removed {
  epoch: string;
  from: number;
  to: number;
  /** hash of the envelope before `from` (GENESIS when there is none), and that of the envelope `to`; null: not known */
  before: string | null;
  after: string | null;
}

export interface SignedRemoved extends Removed {
  keyId: string;
  /** base64 */
  signature: string;
}

/** The text that is signed. No envelope has a `statement`, so one never passes for the other. */
export function removedText({ epoch, from, to, before, after }: Removed, keyId: string): string {
  return canonical({ version: 1, statement: 'removed', epoch, from, to, before, after, keyId });
}

export function signRemoved(key: BoxKey, removed: Removed): SignedRemoved {
  return { ...removed, keyId: key.id, signature: key.sign(removedText(removed, key.id)) };
}

/** The newest record of an epoch. */
export interface Head {
  epoch: string;
  seq: number;
  /** of its envelope */
  hash: string;
}

/**
 * HMAC-SHA256: made with every commit, so it must cost microseconds, not a signature's tens; checked on the box alone.
 */
export function headCode(key: BoxKey, { epoch, seq, hash }: Head): Buffer {
  return createHmac('sha256', key.secretFor('head')).update(canonical({ epoch, seq, hash })).digest();
}

export function isHeadCode(key: BoxKey, head: Head, code: Uint8Array): boolean {
  const expected = headCode(key, head);
  return code.byteLength === expected.byteLength && timingSafeEqual(code, expected);
}
