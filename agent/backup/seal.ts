// How a backup is locked: a key for this one file, which opens with a passphrase or with the key of the box (or person) it is
// for. Then the content in pieces, each sealed on its own and in its order (the STREAM construction of Hoang, Reyhanitabar,
// Rogaway and Vizár, 2015): a changed, missing, moved or cut piece does not open, and no file has to fit in memory.

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import { z } from 'zod';
import { AnprError } from '../shared/errors.ts';

/** Plaintext bytes of a piece; the last one is shorter. */
export const PIECE_BYTES = 64 * 1024;
export const TAG_BYTES = 16;
const KEY_BYTES = 32;
const ALGORITHM = 'aes-256-gcm';

/** 2^17 x 8 x 128 bytes: 128 MiB and about half a second (OWASP's password storage cheat sheet for scrypt). */
const SCRYPT_LOG2 = 17;
const SCRYPT_BLOCK = 8;
/** A file may not ask for more than this: it is read before it is trusted. */
const MAX_SCRYPT_LOG2 = 20;
const MIN_PASSPHRASE_CHARACTERS = 12;

const base64 = z.string().max(100);

/** What the file says openly of its lock. */
export const lockSchema = z.union([
  z.strictObject({
    passphrase: z.strictObject({ salt: base64, log2: z.int().min(14).max(MAX_SCRYPT_LOG2) }),
  }),
  z.strictObject({ recipient: z.strictObject({ publicKey: base64, ephemeral: base64 }) }),
]);
export type Lock = z.infer<typeof lockSchema>;

/** Whom a file is for. `publicKey`: X25519, raw, base64. */
export type Recipient = { passphrase: string } | { publicKey: string };
/** What somebody has to open one with. */
export interface Openers {
  passphrase?: string | undefined;
  /** X25519 */
  privateKeys: readonly KeyObject[];
}

/** @throws {AnprError} `backup.passphrase`, `backup.recipient` */
export function newLock(recipient: Recipient): { lock: Lock; key: Buffer } {
  if ('passphrase' in recipient) {
    if (recipient.passphrase.length < MIN_PASSPHRASE_CHARACTERS)
      throw new AnprError(
        'backup.passphrase',
        `wanted a passphrase of at least ${MIN_PASSPHRASE_CHARACTERS} characters, found ${recipient.passphrase.length}`,
        'Take several words: whoever has the file can try as many passphrases as they like.',
      );
    const salt = randomBytes(KEY_BYTES);
    const key = stretched(recipient.passphrase, salt, SCRYPT_LOG2);
    return { lock: { passphrase: { salt: salt.toString('base64'), log2: SCRYPT_LOG2 } }, key };
  }
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const ephemeral = rawX25519(publicKey);
  const key = agreed(privateKey, x25519PublicKey(recipient.publicKey), ephemeral, recipient.publicKey);
  return { lock: { recipient: { publicKey: recipient.publicKey, ephemeral } }, key };
}

/** @throws {AnprError} `backup.wants-passphrase`, `backup.other-recipient`, `backup.damaged` */
export function keyOf(lock: Lock, { passphrase, privateKeys }: Openers): Buffer {
  if ('passphrase' in lock) {
    if (passphrase === undefined)
      throw new AnprError(
        'backup.wants-passphrase',
        'wanted the passphrase that the file was locked with, found none',
        'Give it with --passphrase-file, or run this on a terminal.',
      );
    return stretched(passphrase, Buffer.from(lock.passphrase.salt, 'base64'), lock.passphrase.log2);
  }
  const { publicKey, ephemeral } = lock.recipient;
  const own = privateKeys.find((key) => rawX25519(createPublicKey(key)) === publicKey);
  if (!own)
    throw new AnprError(
      'backup.other-recipient',
      `the file was locked for the key ${publicKey}, which this box does not have`,
      'Take the file that was made for this box (anpr keys show), or name the private key with --key.',
    );
  return agreed(own, x25519PublicKey(ephemeral), ephemeral, publicKey);
}

function stretched(passphrase: string, salt: Buffer, log2: number): Buffer {
  const N = 2 ** log2;
  // NFC: the same passphrase typed on another keyboard
  return scryptSync(passphrase.normalize('NFC'), salt, KEY_BYTES, {
    ...{ N, r: SCRYPT_BLOCK, p: 1 },
    maxmem: 2 * 128 * N * SCRYPT_BLOCK,
  });
}

/** ECDH with a key of this file's own, as in HPKE's base mode (RFC 9180): both public keys go into the key. */
function agreed(privateKey: KeyObject, publicKey: KeyObject, ephemeral: string, recipient: string): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  const salt = Buffer.concat([Buffer.from(ephemeral, 'base64'), Buffer.from(recipient, 'base64')]);
  return Buffer.from(hkdfSync('sha256', secret, salt, 'anpr-edge/1/backup', KEY_BYTES));
}

/** DER around a raw X25519 key (RFC 8410): Node takes no bare ones. */
const SPKI_HEAD = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8_HEAD = Buffer.from('302e020100300506032b656e04220420', 'hex');

export const rawX25519 = (key: KeyObject): string =>
  key.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length).toString('base64');

/** @throws {AnprError} `backup.recipient` */
function x25519PublicKey(base64: string): KeyObject {
  const raw = Buffer.from(base64, 'base64');
  try {
    if (raw.length !== KEY_BYTES) throw new Error('length');
    return createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
  } catch {
    throw new AnprError(
      'backup.recipient',
      'wanted the public key that a box restores with (X25519, 32 bytes, base64), found something else',
      'anpr keys show prints it on the box that is to restore.',
    );
  }
}

/** @param seed 32 bytes */
export const x25519PrivateKey = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });

/** 12 bytes: the piece's number, and whether it is the last. A key seals one file only, so none repeats. */
function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** @param head belongs to every piece: it cannot be exchanged */
export function sealPiece(key: Buffer, head: string, index: number, isLast: boolean, plain: Buffer): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonceOf(index, isLast));
  cipher.setAAD(Buffer.from(head));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when it does not open: the wrong key, or another piece than this. */
export function openPiece(
  key: Buffer,
  head: string,
  index: number,
  isLast: boolean,
  sealed: Buffer,
): Buffer | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, nonceOf(index, isLast), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(head));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}
