// Whom somebody trusts, as they name it: a public key as text, or the file that it is in.

import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { AnprError } from '../shared/errors.ts';

const RAW_BYTES = 32;

/** Raw, base64. @param given base64 of a raw Ed25519 key, or a PEM file with one @throws {AnprError} `usage.signer` */
export function signerKeyOf(given: string): string {
  const raw = Buffer.from(given, 'base64');
  if (raw.length === RAW_BYTES && raw.toString('base64') === given) return given;
  if (existsSync(given))
    try {
      const key = createPublicKey(readFileSync(given));
      if (key.asymmetricKeyType === 'ed25519')
        return key.export({ format: 'der', type: 'spki' }).subarray(-RAW_BYTES).toString('base64');
    } catch {
      // said below
    }
  throw new AnprError(
    'usage.signer',
    `wanted a public key Ed25519, as base64 or in a PEM file, found ${given}`,
    'openssl pkey -in fleet.key -pubout writes one into a file.',
  );
}
