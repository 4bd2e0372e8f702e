// The keys that a box restores with and signs its backups with: both come from the keys of the box, so nothing more has
// to be kept.

import { createPublicKey, type KeyObject } from 'node:crypto';
import type { BoxKey, OpenRing } from '../seal/index.ts';
import { rawX25519, x25519PrivateKey } from './seal.ts';

/** X25519; what is locked for it opens on this box alone. */
const restoreKeyOf = (key: BoxKey): KeyObject => x25519PrivateKey(key.secretFor('restore').export());

/** Raw, base64: what somebody gives to `anpr backup --for`. */
export function restorePublicKeyOf(key: BoxKey): string {
  return rawX25519(createPublicKey(restoreKeyOf(key)));
}

/** Those of every key of the box: a file that was made for an older one opens too. */
export function restoreKeysOf(ring: OpenRing): KeyObject[] {
  return ring.ids.flatMap((id) => {
    const key = ring.get(id);
    return key ? [restoreKeyOf(key)] : [];
  });
}
