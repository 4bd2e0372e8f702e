// An export as a file that somebody brought: its lines, again and again, plain or gzipped.

import { createHash } from 'node:crypto';
import { AnprError } from '../shared/errors.ts';
import { exportedLines } from '../shared/exported-lines.ts';

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
  for await (const line of exportedLines(file)) {
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
