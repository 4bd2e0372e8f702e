// The agent is killed with -9 while it saves what can be read of a damaged journal, again and again. The next start goes on
// where the last one stopped: each seq of the old epoch is saved or told, none twice, and what was appended between stays.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { test } from 'tap';
import { type Gap, openJournal } from '../../agent/journal/index.ts';
import { ADDRESS, newRead, silent } from './records.ts';

const COUNT = 3000;
const PAGE_BYTES = 4096;
const appender = fileURLToPath(new URL('./appender.ts', import.meta.url));

/** How far saving is; null: it has not begun, or is over. */
function progressOf(path: string): number | null {
  const db = new Database(path, { readonly: true, timeout: 5000 });
  try {
    return (db.prepare('SELECT after_position FROM salvage').pluck().get() as number | undefined) ?? null;
  } catch {
    return null; // the file is just being put in its place
  } finally {
    db.close();
  }
}

function idsIn(path: string): Set<string> {
  const db = new Database(path, { readonly: true, timeout: 5000 });
  try {
    return new Set(db.prepare('SELECT id FROM record').pluck().all() as string[]);
  } finally {
    db.close();
  }
}

test('killed while saving: the next start goes on, each seq is saved or told', {
  timeout: 240_000,
}, async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const first = await openJournal({ path, log: silent, address: ADDRESS });
  const reads = Array.from({ length: COUNT }, (_, n) => newRead(n + 1));
  for (const read of reads) read.payload.filler = 'x'.repeat(600);
  await Promise.all(reads.map((read) => first.append(read)));
  const { epoch } = first;
  await first.close();

  const bytes = readFileSync(path);
  for (const share of [0.3, 0.6]) {
    const at = bytes.indexOf('x'.repeat(300), bytes.length * share);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, at - (at % PAGE_BYTES));
    closeSync(fd);
  }

  const acknowledged: string[] = [];
  const stops: number[] = [];
  for (let round = 0; round < 4; round++) {
    const agent = spawn(process.execPath, [appender, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    agent.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const ended = once(agent, 'close');
    const before = stops.at(-1) ?? 0;
    // It is killed a little further on each time, or when it is through.
    let begun = round > 0;
    for (;;) {
      const now = progressOf(path);
      begun ||= now !== null;
      if (now !== null && now > before) break;
      if (begun && now === null && told !== '') break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    agent.kill('SIGKILL');
    await ended;
    acknowledged.push(...told.split('\n').slice(0, -1));
    const stopped = progressOf(path);
    if (stopped === null) break;
    stops.push(stopped);
  }
  t.ok(stops.length > 0, `killed while it saved, after positions ${stops.join(', ')} of ${COUNT}`);

  const journal = await openJournal({ path, log: silent, address: ADDRESS });
  t.teardown(() => journal.close());
  while (progressOf(path) !== null) await new Promise((resolve) => setTimeout(resolve, 20));
  const ids = idsIn(path);
  const here = reads.flatMap(({ id }, index) => (ids.has(id) ? [index + 1] : []));
  const gaps = (await journal.pending({ after: 0, limit: 100_000, types: ['gap'] }))
    .map(({ json }) => JSON.parse(`${json}`).gap as Gap)
    .filter((gap) => gap.reason === 'damaged' && gap.epoch === epoch);
  const lost = gaps.flatMap(({ from, to }) =>
    Array.from({ length: (to ?? 0) - (from ?? 0) + 1 }, (_, n) => (from ?? 0) + n),
  );
  t.same(
    [...here, ...lost].sort((a, b) => a - b),
    reads.map((_, index) => index + 1),
    `${here.length} saved, ${lost.length} told`,
  );
  t.same(
    acknowledged.filter((id) => !ids.has(id)),
    [],
    `${acknowledged.length} appended while saving are there`,
  );
});
