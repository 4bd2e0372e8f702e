// An export as a file that somebody brought: its lines, again and again, plain or gzipped.

import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AnprError, messageOf } from '../shared/errors.ts';

export interface ExportedPicture {
  kind: 'plate' | 'overview';
  sha256: string;
  jpeg: Buffer;
}

export interface ExportedRecord {
  /** the message without its pictures */
  message: Record<string, unknown> & { id: string; type: string; site: string; box: string };
  pictures: ExportedPicture[];
}

/** @throws {AnprError} `usage.file`, `export.broken`: what is wrong in which line */
export async function* exportedRecords(file: string): AsyncGenerator<ExportedRecord, void> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() === '' || line.startsWith('{"export":')) continue;
    yield recordIn(line, `${file}, line ${number}`);
  }
}

function recordIn(line: string, where: string): ExportedRecord {
  const broken = (why: string) =>
    new AnprError(
      'export.broken',
      `${where}: ${why}`,
      'See what else is wrong with it: anpr journal verify FILE. Have it written again on the box.',
    );
  let value: Record<string, unknown> & { pictures?: unknown };
  try {
    value = JSON.parse(line);
  } catch {
    throw broken('wanted a record, found something that is no JSON (was the file cut?)');
  }
  const { pictures = [], ...message } = value;
  for (const name of ['id', 'type', 'site', 'box'])
    if (typeof message[name] !== 'string') throw broken(`wanted a record, found none with "${name}"`);
  const all = (pictures as { kind: 'plate' | 'overview'; sha256: string; jpeg: string }[]).map(
    ({ kind, sha256, jpeg }) => ({ kind, sha256, jpeg: Buffer.from(jpeg, 'base64') }),
  );
  for (const { kind, sha256, jpeg } of all)
    if (createHash('sha256').update(jpeg).digest('hex') !== sha256)
      throw broken(`the ${kind} picture is not what the record's hash says`);
  return { message: message as ExportedRecord['message'], pictures: all };
}

async function* linesOf(file: string): AsyncGenerator<string, void> {
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
