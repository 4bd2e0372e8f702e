// A private key of another kind (the TLS key of the box) under lock: text like a PEM file, which opens with the keys of
// the box alone. It lies beside its certificate, and a copy of the file is worth nothing elsewhere.

import { AnprError } from '../shared/errors.ts';
import type { BoxKey } from './keys.ts';
import { lock, unlock } from './locker.ts';
import type { OpenRing } from './ring.ts';

const LABEL = 'ANPR SEALED PRIVATE KEY';
const BLOCK = new RegExp(`-----BEGIN ${LABEL}-----([A-Za-z0-9+/=\\s]+)-----END ${LABEL}-----`);
const LINE_CHARACTERS = 64;

/** @param pem a private key, PKCS#8 */
export function sealPrivateKey(key: BoxKey, pem: string): string {
  const body = lock(key, { kind: 'identity' }, pem).toString('base64');
  const lines = body.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return `-----BEGIN ${LABEL}-----\n${lines.join('\n')}\n-----END ${LABEL}-----\n`;
}

export const isSealedPrivateKey = (text: string): boolean => BLOCK.test(text);

/**
 * The PEM that was sealed.
 * @throws {AnprError} `seal.key-lost`, `seal.broken`
 */
export function openPrivateKey(ring: OpenRing, text: string): string {
  const body = BLOCK.exec(text)?.[1];
  if (body === undefined) throw new AnprError('seal.broken', `wanted a text with ${LABEL} in it, found none`);
  return unlock(ring, { kind: 'identity' }, Buffer.from(body, 'base64')).toString();
}
