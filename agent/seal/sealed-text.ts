// A secret of another kind (the TLS key of the box, a camera's password) under lock: text like a PEM file, which opens with
// the keys of the box alone. It lies beside what it belongs to, and a copy of the file is worth nothing elsewhere.

import { AnprError } from '../shared/errors.ts';
import type { BoxKey } from './keys.ts';
import { lock, unlock } from './locker.ts';
import { type KeyRing, type OpenRing, openRing } from './ring.ts';

type SealedKind = 'identity' | 'password';

const LABELS: Record<SealedKind, string> = {
  identity: 'ANPR SEALED PRIVATE KEY',
  password: 'ANPR SEALED PASSWORD',
};
const LINE_CHARACTERS = 64;

/** @param pem a private key, PKCS#8 */
export const sealPrivateKey = (key: BoxKey, pem: string): string => sealed(key, 'identity', pem);

export const isSealedPrivateKey = (text: string): boolean => bodyOf(text, 'identity') !== undefined;

/**
 * The PEM that was sealed.
 * @throws {AnprError} `seal.key-lost`, `seal.broken`
 */
export const openPrivateKey = (ring: OpenRing, text: string): string => opened(ring, 'identity', text);

export const sealPassword = (key: BoxKey, password: string): string => sealed(key, 'password', password);

export const isSealedPassword = (text: string): boolean => bodyOf(text, 'password') !== undefined;

/** @throws {AnprError} `seal.key-lost`, `seal.broken` */
export const openPassword = (ring: OpenRing, text: string): string => opened(ring, 'password', text);

/**
 * The password in a text, which may be sealed: opened then with the keys of the box.
 * @param keys asked for only when it is sealed
 * @throws {AnprError} `seal.*`
 */
export function usablePassword(text: string, keys: () => KeyRing): string {
  if (!isSealedPassword(text)) return text;
  return openPassword(openRing(keys()), text);
}

function sealed(key: BoxKey, kind: SealedKind, text: string): string {
  const body = lock(key, { kind }, text).toString('base64');
  const lines = body.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return `-----BEGIN ${LABELS[kind]}-----\n${lines.join('\n')}\n-----END ${LABELS[kind]}-----\n`;
}

function opened(ring: OpenRing, kind: SealedKind, text: string): string {
  const body = bodyOf(text, kind);
  if (body === undefined)
    throw new AnprError('seal.broken', `wanted a text with ${LABELS[kind]} in it, found none`);
  return unlock(ring, { kind }, Buffer.from(body, 'base64')).toString();
}

function bodyOf(text: string, kind: SealedKind): string | undefined {
  const label = LABELS[kind];
  return new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text)?.[1];
}
