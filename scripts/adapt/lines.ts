// Lines of messages become observations: from exports and from stdin. Each is checked against the contract, and is
// taken once, however often it comes; what later records of a hit leave out is put in from its first one.

import { createInterface } from 'node:readline';
import { z } from 'zod';
import { centralHitMessage, hitMessage, parseTolerant, readMessage } from '../../agent/contract/index.ts';
import { messageOf } from '../../agent/shared/errors.ts';
import {
  type ExportedPicture,
  exportedLines,
  exportedMessage,
  isPacked,
} from '../../agent/shared/exported-lines.ts';
import {
  createHitMemory,
  type HitMemory,
  type Observation,
  observationOf,
} from '../../config/contract/adapters/index.ts';

export type FoundLine = { where: string } & (
  | { observation: Observation; pictures: ExportedPicture[] }
  /** what is wrong with it */
  | { wrong: string }
  /** a record of another kind, one that was here already, the end of an export */
  | { other: true }
);

/** What becomes an observation. */
const SCHEMAS = [
  ['read', readMessage],
  ['hit', hitMessage],
  ['centralHit', centralHitMessage],
] as const;

const REMEMBERED_IDS = 100_000;

/** @throws {AnprError} `usage.file`: one of the files cannot be read; before any line of another is given out */
export async function* readLines(files: readonly string[]): AsyncGenerator<FoundLine, void> {
  const hits = createHitMemory();
  const isNew = createOnce(REMEMBERED_IDS);
  for (const file of files) if (file !== '-') isPacked(file);
  for (const file of files) {
    let number = 0;
    for await (const line of file === '-' ? stdinLines() : exportedLines(file)) {
      number++;
      if (line.trim() === '') continue;
      const where = `${file === '-' ? 'stdin' : file}, line ${number}`;
      yield { where, ...found(line, hits, isNew) };
    }
  }
}

const stdinLines = () => createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });

type Found = FoundLine extends infer Line
  ? Line extends { where: string }
    ? Omit<Line, 'where'>
    : never
  : never;

function found(line: string, hits: HitMemory, isNew: (id: string) => boolean): Found {
  const brought = exportedMessage(line);
  if (typeof brought === 'string') return { wrong: brought };
  const { message: record, pictures } = brought;
  const schema = SCHEMAS.find(([type]) => type === record.type)?.[1];
  if (!schema) return { other: true };
  try {
    // An export has no lanes: nothing of it was on its way.
    const { message } = parseTolerant(schema, { lane: 'backlog', ...record });
    if (!isNew(message.id)) return { other: true };
    const whole = message.type === 'hit' ? hits.complete(message) : message;
    return { observation: observationOf(whole), pictures };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    return {
      wrong: `no ${record.type} as the contract has it: ${why.replaceAll(/\s+/g, ' ')}`,
    };
  }
}

/** Whether an id is here for the first time; the oldest ones are forgotten. */
function createOnce(most: number): (id: string) => boolean {
  const known = new Set<string>();
  return (id) => {
    if (known.has(id)) return false;
    known.add(id);
    const [oldest] = known;
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return true;
  };
}
