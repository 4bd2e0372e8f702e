// What a box's secret becomes: a signing key and a key for each thing that is kept under lock. One secret of 32 bytes
// is all that has to be sealed, copied or lost; HKDF (RFC 5869) keeps what is derived from it apart.

import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { AnprError } from '../shared/errors.ts';

export const SECRET_BYTES = 32;
const SIGNATURE_BYTES = 64;
const PUBLIC_KEY_BYTES = 32;

/** DER around a raw Ed25519 key (RFC 8410, 7 and 4): Node takes no bare ones. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

export type Purpose =
  | 'sign'
  | 'record'
  | 'picture'
  | 'text'
  | 'head'
  | 'list'
  | 'list-index'
  | 'identity'
  | 'restore';

export interface BoxKey {
  /** first 8 bytes of the public key's SHA-256, hex */
  readonly id: string;
  /** raw, base64 */
  readonly publicKey: string;
  /** base64 signature of a text as UTF-8 */
  sign(text: string): string;
  /** AES-256 or HMAC key for one purpose */
  secretFor(purpose: Exclude<Purpose, 'sign'>): KeyObject;
}

/** @throws {AnprError} `seal.key` when the secret has another length */
export function boxKeyOf(secret: Uint8Array): BoxKey {
  if (secret.byteLength !== SECRET_BYTES)
    throw new AnprError('seal.key', `wanted a secret of ${SECRET_BYTES} bytes, found ${secret.byteLength}`);
  const derive = (purpose: Purpose) =>
    Buffer.from(hkdfSync('sha256', secret, '', `anpr-edge/1/${purpose}`, SECRET_BYTES));
  const privateKey = privateKeyOf(derive('sign'));
  const publicKey = rawPublicKeyOf(privateKey);
  const secrets = new Map<Purpose, KeyObject>();
  return {
    id: keyIdOf(publicKey),
    publicKey: publicKey.toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    secretFor(purpose) {
      let key = secrets.get(purpose);
      if (!key) {
        key = createSecretKey(derive(purpose));
        secrets.set(purpose, key);
      }
      return key;
    },
  };
}

/** The private key of a raw Ed25519 seed of 32 bytes. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

/** 32 bytes */
export function rawPublicKeyOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey)
    .export({ format: 'der', type: 'spki' })
    .subarray(SPKI_HEAD.length) as Buffer;
}

/** @param publicKey raw, base64 or bytes @throws {AnprError} `seal.key` */
export function keyIdOf(publicKey: string | Uint8Array): string {
  return hash('sha256', rawOf(publicKey), 'hex').slice(0, 16);
}

/** A public key ready to check with: making it costs as much as a check. @throws {AnprError} `seal.key` */
export function publicKeyOf(publicKey: string | Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, rawOf(publicKey)]), format: 'der', type: 'spki' });
}

/** Whether `signature` (base64) is the key's over the text as UTF-8. */
export function isSigned(text: string, signature: string, publicKey: KeyObject): boolean {
  const bytes = Buffer.from(signature, 'base64');
  // Node reads past what is no base64; one signature has one spelling here.
  const whole = bytes.length === SIGNATURE_BYTES && bytes.toString('base64') === signature;
  return whole && verify(null, Buffer.from(text), publicKey, bytes);
}

function rawOf(publicKey: string | Uint8Array): Uint8Array {
  const raw = typeof publicKey === 'string' ? Buffer.from(publicKey, 'base64') : publicKey;
  if (raw.byteLength !== PUBLIC_KEY_BYTES)
    throw new AnprError(
      'seal.key',
      `wanted a public key of ${PUBLIC_KEY_BYTES} bytes, found ${raw.byteLength}`,
    );
  return raw;
}
