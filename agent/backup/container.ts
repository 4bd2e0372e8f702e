// The file of a backup or of a bundle for a new box:
//
//     a line      JSON: what it is, for which site and box, how it is locked, who signed it
//     pieces      gzipped JSON Lines, sealed (seal.ts), each of PIECE_BYTES + 16 bytes but the last
//     64 bytes    Ed25519 signature over the SHA-256 (as hex) of all before it
//
// It is written beside its place and renamed, and read in one pass for the signature and one for the content.

import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { isSigned, keyIdOf, publicKeyOf } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { foundInstead, whyNotWritten } from '../shared/file-fault.ts';
import { syncFolder } from '../shared/replace-file.ts';
import {
  keyOf,
  type Lock,
  lockSchema,
  newLock,
  type Openers,
  openPiece,
  PIECE_BYTES,
  type Recipient,
  sealPiece,
  TAG_BYTES,
} from './seal.ts';

const FORMAT = 'anpr-edge-backup';
/** Read by this agent; a file with a higher one is from a newer agent. */
const FORMAT_VERSION = 1;
const MAX_HEAD_BYTES = 4096;
const SIGNATURE_BYTES = 64;
/** A file of the configuration at most, in base64; a line is never longer. */
const MAX_LINE_CHARACTERS = 4_000_000;

const name = z.string().max(200);
const headSchema = z.object({
  format: z.literal(FORMAT),
  version: z.int(),
  kind: z.enum(['backup', 'bundle']),
  agent: name,
  site: name,
  box: name,
  createdAt: z.number(),
  lock: lockSchema,
  /** Ed25519, raw, base64 */
  signer: z.string().max(100),
});

/** What it says openly of itself. */
export type Head = z.infer<typeof headSchema>;

export interface Signer {
  /** Ed25519, raw, base64 */
  publicKey: string;
  /** base64 signature of a text as UTF-8 */
  sign(text: string): string;
}

/**
 * Writes it whole or not at all.
 * @throws {AnprError} `backup.unwritable`, `backup.passphrase`, `backup.recipient`, whatever `content` throws
 */
export async function writeContainer(
  path: string,
  about: Omit<Head, 'format' | 'version' | 'lock' | 'signer'>,
  recipient: Recipient,
  signer: Signer,
  content: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<number> {
  const { lock, key } = newLock(recipient);
  const head: Head = { format: FORMAT, version: FORMAT_VERSION, ...about, lock, signer: signer.publicKey };
  const line = `${JSON.stringify(head)}\n`;
  const draft = `${path}.new-${process.pid}`;
  let fd: number | undefined;
  try {
    fd = openSync(draft, 'wx', 0o600);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const put = (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd!, bytes, at);
      sizeBytes += bytes.length;
    };
    const hashed = (bytes: Buffer) => {
      hash.update(bytes);
      put(bytes);
    };
    hashed(Buffer.from(line));
    const zipped = createGzip();
    pipeline(Readable.from(textOf(content), { objectMode: false }), zipped).catch(() => {}); // it comes out of `zipped`
    let index = 0;
    for await (const { piece, isLast } of pieces(zipped, PIECE_BYTES))
      hashed(sealPiece(key, line, index++, isLast, piece));
    put(Buffer.from(signer.sign(hash.digest('hex')), 'base64'));
    fsyncSync(fd);
    closeSync(fd);
    fd = undefined;
    renameSync(draft, path);
    syncFolder(dirname(path));
    return sizeBytes;
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    rmSync(draft, { force: true });
    if (error instanceof AnprError) throw error;
    throw new AnprError(
      'backup.unwritable',
      `cannot write ${path}: ${whyNotWritten(error)}`,
      codeOf(error) === 'ENOSPC' ? 'Make room there, or name another place.' : 'Name another place.',
      { cause: error },
    );
  }
}

async function* textOf(content: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<Buffer> {
  for await (const value of content) yield Buffer.from(`${JSON.stringify(value)}\n`);
}

/** The same bytes in pieces of one size; the last one is shorter, or empty. */
async function* pieces(stream: AsyncIterable<Buffer>, sizeBytes: number) {
  let held: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    held.push(part);
    size += part.length;
    if (size < sizeBytes) continue;
    const all = Buffer.concat(held);
    let at = 0;
    for (; at + sizeBytes <= all.length; at += sizeBytes)
      yield { piece: all.subarray(at, at + sizeBytes), isLast: false };
    held = [all.subarray(at)];
    size = all.length - at;
  }
  yield { piece: Buffer.concat(held), isLast: true };
}

export interface Container {
  head: Head;
  /** id of the key that signed it */
  signerId: string;
  /** Every value of the content. @throws {AnprError} `backup.wants-passphrase`, `backup.other-recipient`, `backup.locked`, `backup.damaged` */
  content(openers: Openers): AsyncGenerator<unknown, void>;
}

/**
 * Reads what a file says openly, and looks whether it is whole: its signature is by the key that it names. Whether that key
 * is to be trusted is for whoever asks.
 * @throws {AnprError} `backup.unreadable`, `backup.foreign`, `backup.newer`, `backup.damaged`
 */
export async function openContainer(path: string): Promise<Container> {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const start = Buffer.alloc(MAX_HEAD_BYTES);
    const read = readSync(fd, start, 0, MAX_HEAD_BYTES, 0);
    const end = start.subarray(0, read).indexOf('\n');
    const head = headOf(start.toString('utf8', 0, Math.max(0, end)), path);
    const from = end + 1;
    const { size } = fstatSync(fd);
    const to = size - SIGNATURE_BYTES;
    if (to < from + TAG_BYTES) throw damaged(path, 'it was cut');
    const hash = createHash('sha256');
    await addFile(hash, path, to);
    const signature = Buffer.alloc(SIGNATURE_BYTES);
    readSync(fd, signature, 0, SIGNATURE_BYTES, to);
    if (!isSignedBy(head.signer, hash.digest('hex'), signature)) throw damaged(path, 'it was cut or changed');
    const line = start.toString('utf8', 0, from);
    return {
      head,
      signerId: keyIdOf(head.signer),
      content: (openers) => contentOf(path, line, head.lock, openers, { start: from, end: to - 1 }),
    };
  } catch (error) {
    if (error instanceof AnprError) throw error;
    throw new AnprError(
      'backup.unreadable',
      `wanted a backup or bundle in ${path}, found ${foundInstead(error)}`,
      'Name another file.',
      {
        cause: error,
      },
    );
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function headOf(line: string, path: string): Head {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // what is no JSON is no head either
  }
  const kind = z.object({ format: z.literal(FORMAT), version: z.int() }).safeParse(value);
  if (!kind.success)
    throw new AnprError(
      'backup.foreign',
      `wanted a backup or bundle of anpr-edge in ${path}, found another file`,
      'They are made by anpr backup and scripts/fleet provision.',
    );
  if (kind.data.version > FORMAT_VERSION)
    throw new AnprError(
      'backup.newer',
      `${path} is of version ${kind.data.version}, and this agent knows ${FORMAT_VERSION}`,
      'Install the agent that made it, or a newer one, then restore.',
    );
  const head = headSchema.safeParse(value);
  if (!head.success) throw damaged(path, 'its first line is not whole');
  return head.data;
}

async function addFile(hash: Hash, path: string, lengthBytes: number): Promise<void> {
  for await (const part of createReadStream(path, { end: lengthBytes - 1 })) hash.update(part as Buffer);
}

function isSignedBy(signer: string, digest: string, signature: Buffer): boolean {
  try {
    return isSigned(digest, signature.toString('base64'), publicKeyOf(signer));
  } catch {
    return false; // what it names is no key
  }
}

async function* contentOf(
  path: string,
  line: string,
  lock: Lock,
  openers: Openers,
  range: { start: number; end: number },
): AsyncGenerator<unknown, void> {
  const key = keyOf(lock, openers);
  async function* opened() {
    let index = 0;
    const stream: AsyncIterable<Buffer> = createReadStream(path, range);
    for await (const { piece, isLast } of pieces(stream, PIECE_BYTES + TAG_BYTES)) {
      const plain = openPiece(key, line, index, isLast, piece);
      if (!plain && index === 0) throw locked(lock);
      if (!plain) throw damaged(path, 'a piece of it does not open');
      index += 1;
      yield plain;
    }
  }
  let rest = '';
  try {
    const unzipped = createGunzip();
    unzipped.setEncoding('utf8');
    // An error comes out of `unzipped`; so does the end, when nobody reads on.
    pipeline(Readable.from(opened(), { objectMode: false }), unzipped).catch(() => {});
    for await (const part of unzipped) {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARACTERS) throw damaged(path, 'a line of it is too long');
      for (const each of lines) yield JSON.parse(each);
    }
  } catch (error) {
    throw error instanceof AnprError ? error : damaged(path, messageOf(error));
  }
}

function locked(lock: Lock): AnprError {
  return new AnprError(
    'backup.locked',
    'passphrase' in lock ? 'the passphrase does not open the file' : 'the key does not open the file',
    'passphrase' in lock ? 'Type it again; case and spaces count.' : undefined,
  );
}

function damaged(path: string, why: string): AnprError {
  return new AnprError(
    'backup.damaged',
    `${path} is damaged: ${why}`,
    'Copy it once more from where it came, or take another backup.',
  );
}
