// Answers that go on: reads as they come, and what a camera tells, a line of JSON each.

import type { JournalRecord } from '../journal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { filterOf, wants } from './filter.ts';
import type { Answer, Request } from './route.ts';

/** A follower that reads so slowly that this much waits for it is cut off: it must not cost the agent its memory. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** A hit comes with its read, a little before or after it: so many passages are between the two at most. */
const MAX_WAITING_READS = 1000;

/** Hears reads and hits; passes on each read that has a hit, whichever of the two comes first. */
function withHits(give: (read: JournalRecord) => void): (record: JournalRecord) => void {
  const hits = new Set<string>();
  const reads = new Map<string, JournalRecord>();
  return (record) => {
    if (record.type === 'hit') {
      const { readId } = record;
      if (readId === undefined || hits.has(readId)) return;
      hits.add(readId);
      const read = reads.get(readId);
      if (read) give(read);
      reads.delete(readId);
    } else if (hits.has(record.id)) give(record);
    else reads.set(record.id, record);
    for (const waiting of [hits, reads])
      for (const oldest of waiting.keys())
        if (waiting.size > MAX_WAITING_READS) waiting.delete(oldest);
        else break;
  };
}

/** Two entries in the audit log: one before the first read, one with how many it were. */
export async function follow({ query, response, handlers, closed }: Request): Promise<Answer> {
  const filter = filterOf(query);
  return {
    rows: null,
    async send() {
      const ended = new Promise<void>((resolve) => {
        if (closed.aborted) resolve();
        closed.addEventListener('abort', () => resolve(), { once: true });
      });
      let given = 0;
      response.setHeader('content-type', 'application/jsonl; charset=utf-8');
      const give = (record: JournalRecord) => {
        given++;
        response.write(`${JSON.stringify(record)}\n`);
        if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
      };
      const hear = filter.hits ? withHits(give) : give;
      handlers.followRecords((record) => {
        const wanted = wants(filter, record) || (filter.hits === true && record.type === 'hit');
        if (wanted && !closed.aborted) hear(record);
      }, closed);
      // The head is the promise that nothing is missed from here on.
      if (!response.headersSent) response.flushHeaders();
      await ended;
      response.end();
      return given;
    },
  };
}

/** What a camera tells, a line of JSON each, once the access has been noted. */
export async function lines<T>(
  { query, response, closed }: Request,
  follow: (camera: string, tell: (line: T) => void, signal: AbortSignal) => boolean,
): Promise<Answer> {
  const camera = query.get('camera') ?? '';
  let early: string[] | undefined = [];
  const tell = (line: T) => {
    if (closed.aborted) return;
    const text = `${JSON.stringify(line)}\n`;
    if (early) early.push(text);
    else response.write(text);
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
  };
  if (!follow(camera, tell, closed))
    throw new AnprError('camera.missing', `the agent has no camera "${camera}"`);
  closed.addEventListener('abort', () => response.end(), { once: true });
  return {
    rows: null,
    send() {
      response.setHeader('content-type', 'application/jsonl; charset=utf-8');
      response.flushHeaders();
      for (const text of early ?? []) response.write(text);
      early = undefined;
    },
  };
}
