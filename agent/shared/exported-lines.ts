// The lines of a file that `anpr journal export` wrote, plain or gzipped, and what a line says.

import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AnprError } from './errors.ts';
import { foundInstead } from './file-fault.ts';
import { parsedJson } from './json.ts';

/** @throws {AnprError} `usage.file`: it cannot be read, or its packing is broken */
export async function* exportedLines(file: string): AsyncGenerator<string, void> {
  const packed = isPacked(file);
  const bytes = createReadStream(file);
  const text = packed ? pipeline(bytes, createGunzip(), () => {}) : bytes;
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await lines.next().catch((error) => {
        throw unreadable(file, error);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    bytes.destroy();
  }
}

export interface ExportedPicture {
  kind: 'plate' | 'overview';
  sha256: string;
  jpeg: Buffer;
}

/**
 * The message that a line is, and the pictures in it.
 * @returns a text, for people, when it is no such line
 */
export function exportedMessage(
  line: string,
): { message: Record<string, unknown>; pictures: ExportedPicture[] } | string {
  const value = parsedJson(line);
  if (value === undefined) return 'wanted a message, found something that is no JSON (was the file cut?)';
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'wanted a message, found no object';
  const { pictures: found = [], ...message } = value as Record<string, unknown>;
  const pictures = Array.isArray(found) ? found.map(pictureIn) : [undefined];
  if (pictures.includes(undefined)) return 'the pictures in it are not as an export has them';
  return { message, pictures: pictures.filter((picture) => picture !== undefined) };
}

/** By hand: commands that read no export load this too, and a schema library would take as long as all the rest. */
function pictureIn(value: unknown): ExportedPicture | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, sha256, jpeg } = value as Record<string, unknown>;
  if ((kind !== 'plate' && kind !== 'overview') || typeof sha256 !== 'string' || typeof jpeg !== 'string')
    return undefined;
  return { kind, sha256, jpeg: Buffer.from(jpeg, 'base64') };
}

/** Whether an export is gzipped: looked at before a first line is wanted. @throws {AnprError} `usage.file`: it cannot be read */
export function isPacked(file: string): boolean {
  try {
    return hasGzipHead(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

const unreadable = (file: string, error: unknown) =>
  new AnprError(
    'usage.file',
    `wanted an export in ${file}, found ${foundInstead(error)}`,
    'Name a file that anpr journal export wrote.',
  );

function hasGzipHead(file: string): boolean {
  const head = Buffer.alloc(2);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, 2, 0);
  } finally {
    closeSync(handle);
  }
  return head[0] === 0x1f && head[1] === 0x8b;
}
