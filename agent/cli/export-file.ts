// An export as a file that somebody brought: its lines, again and again, plain or gzipped.

import { createHash } from 'node:crypto';
import { AnprError } from '../shared/errors.ts';
import { type ExportedPicture, exportedLines, exportedMessage } from '../shared/exported-lines.ts';

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
  const found = exportedMessage(line);
  if (typeof found === 'string') throw broken(found);
  const { message, pictures } = found;
  for (const name of ['id', 'type', 'site', 'box'])
    if (typeof message[name] !== 'string') throw broken(`wanted a record, found none with "${name}"`);
  for (const { kind, sha256, jpeg } of pictures)
    if (createHash('sha256').update(jpeg).digest('hex') !== sha256)
      throw broken(`the ${kind} picture is not what the record's hash says`);
  return { message: message as ExportedRecord['message'], pictures };
}
