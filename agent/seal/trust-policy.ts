// Which keys speak for the box. A key is believed when somebody named it (the box itself, or whoever runs the check), or
// when a record that a believed key signed introduces it. Where nobody was named the first key of the file is taken
// at its word, and the report says so. Pure.

import type { Envelope } from './envelope.ts';
import { isSigned, keyIdOf, publicKeyOf } from './keys.ts';

/** A record that introduces a key: signed by the key before, or, the first one, by the new key itself. */
export interface Introduction {
  envelope: Envelope;
  /** the envelope's canonical text */
  text: string;
  signature: string;
  key: { id: string; publicKey: string };
}

export interface Trust {
  /** public key (base64) by id */
  keys: ReadonlyMap<string, string>;
  /** the key taken at its word, when nobody was named */
  onFirstUse: string | undefined;
  /** ids that were introduced by nobody who is believed */
  unknown: readonly string[];
}

/** @param named public keys, base64, of the box as somebody trustworthy has them; may be empty */
export function trustOf(introductions: readonly Introduction[], named: readonly string[]): Trust {
  const keys = new Map(named.map((publicKey) => [keyIdOf(publicKey), publicKey]));
  const sound = introductions.filter(({ key }) => isOwnId(key));
  let onFirstUse: string | undefined;
  const first = sound.find((each) => each.envelope.keyId === each.key.id && isBy(each, each.key.publicKey));
  if (keys.size === 0 && first) {
    onFirstUse = first.key.id;
    keys.set(first.key.id, first.key.publicKey);
  }
  for (let before = -1; before !== keys.size; ) {
    before = keys.size;
    for (const each of sound) {
      const signer = keys.get(each.envelope.keyId);
      if (signer && !keys.has(each.key.id) && isBy(each, signer)) keys.set(each.key.id, each.key.publicKey);
    }
  }
  const unknown = new Set(introductions.map(({ key }) => key.id).filter((id) => !keys.has(id)));
  return { keys, onFirstUse, unknown: [...unknown] };
}

/** The key that must sign each record of an epoch, by the changes of key in it; undefined before the first. */
export function signerAt(
  changes: readonly { seq: number; keyId: string }[],
  seq: number,
): string | undefined {
  return changes.findLast((change) => change.seq < seq)?.keyId;
}

function isBy({ text, signature }: Introduction, publicKey: string): boolean {
  return isSigned(text, signature, publicKeyOf(publicKey));
}

/** An id that is not the hash of its key would let one key stand in for another. */
function isOwnId({ id, publicKey }: Introduction['key']): boolean {
  try {
    return keyIdOf(publicKey) === id;
  } catch {
    return false;
  }
}
