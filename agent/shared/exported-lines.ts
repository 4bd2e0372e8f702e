// The lines of a file that `anpr journal export` wrote, plain or gzipped.

import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AnprError, messageOf } from './errors.ts';

/** @throws {AnprError} `usage.file`: it cannot be read, or its packing is broken */
export async function* exportedLines(file: string): AsyncGenerator<string, void> {
  const unreadable = (error: unknown) =>
    new AnprError(
      'usage.file',
      `wanted an export in ${file}: ${messageOf(error)}`,
      'Name a file that anpr journal export wrote.',
    );
  let isGzipped: boolean;
  try {
    isGzipped = hasGzipHead(file);
  } catch (error) {
    throw unreadable(error);
  }
  const bytes = createReadStream(file);
  const text = isGzipped ? pipeline(bytes, createGunzip(), () => {}) : bytes;
  const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await lines.next().catch((error) => {
        throw unreadable(error);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    bytes.destroy();
  }
}

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
