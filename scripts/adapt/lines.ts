// Lines of messages become observations: from exports and from stdin. Each is checked against the contract, and is
// taken once, however often it comes; what later records of a hit leave out is put in from its first one.

import { createInterface } from 'node:readline';
import { z } from 'zod';
import { hitMessage, parseTolerant, readMessage } from '../../agent/contract/index.ts';
import { messageOf } from '../../agent/shared/errors.ts';
import { exportedLines } from '../../agent/shared/exported-lines.ts';
import {
  createHitMemory,
  type HitMemory,
  type Observation,
  observationOf,
} from '../../config/contract/adapters/index.ts';

export type FoundLine = { where: string } & (
  | { observation: Observation; pictures: Picture[] }
  /** what is wrong with it */
  | { wrong: string }
  /** a record of another kind, one that was here already, the end of an export */
  | { other: true }
);

/** As an export has them within a record's line. */
const exportedPictures = z.array(
  z.object({
    kind: z.enum(['plate', 'overview']),
    jpeg: z.string().transform((base64) => Buffer.from(base64, 'base64')),
  }),
);

export type Picture = z.infer<typeof exportedPictures>[number];

const REMEMBERED_IDS = 100_000;

export async function* readLines(files: readonly string[]): AsyncGenerator<FoundLine, void> {
  const hits = createHitMemory();
  const isNew = createOnce(REMEMBERED_IDS);
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
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { wrong: 'wanted a message, found something that is no JSON (was the file cut?)' };
  }
  if (typeof value !== 'object' || value === null) return { wrong: 'wanted a message, found no object' };
  const { pictures = [], ...record } = value as { type?: unknown; pictures?: unknown };
  if (record.type !== 'read' && record.type !== 'hit') return { other: true };
  // An export has no lanes: nothing of it was on its way.
  const message = { lane: 'backlog', ...record };
  try {
    const { message: checked } = parseTolerant(message.type === 'read' ? readMessage : hitMessage, message);
    if (!isNew(checked.id)) return { other: true };
    const whole = checked.type === 'hit' ? hits.complete(checked) : checked;
    return { observation: observationOf(whole), pictures: exportedPictures.parse(pictures) };
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    return {
      wrong: `no ${message.type} as the contract has it: ${why.replaceAll(/\s+/g, ' ')}`,
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
