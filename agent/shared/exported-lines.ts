// The lines of a file that `anpr journal export` wrote, plain or gzipped.

import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AnprError, messageOf } from './errors.ts';

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
    `wanted an export in ${file}: ${messageOf(error)}`,
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
