// What the journal does when its file is not what it was: damage is set aside, what can be read is saved, the rest is told
// in gap records, and a seq is never given out twice. No human is needed.

import {
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { type Gap, type Journal, openJournal } from '../../agent/journal/index.ts';
import { openForWriting } from '../../agent/journal/schema.ts';
import { ADDRESS, hearingSaved, newRead, silent } from './records.ts';

const COUNT = 2000;
const PAGE_BYTES = 4096;

async function open(t: Test, path: string, log = silent): Promise<Journal> {
  const journal = await openJournal({ path, log, address: ADDRESS });
  t.teardown(() => journal.close());
  return journal;
}

/** A journal of `COUNT` reads of realistic size, the first 100 sent, closed. Returns its epoch and the ids by seq. */
async function filled(t: Test, path: string): Promise<{ epoch: string; ids: string[] }> {
  const journal = await open(t, path);
  const reads = Array.from({ length: COUNT }, (_, n) => newRead(n + 1));
  for (const read of reads) read.payload.filler = 'x'.repeat(600);
  await Promise.all(reads.map((read) => journal.append(read)));
  await journal.markSent(Array.from({ length: 100 }, (_, n) => n + 1));
  await journal.close();
  return { epoch: journal.epoch, ids: reads.map(({ id }) => id) };
}

async function gapsOf(journal: Journal): Promise<Gap[]> {
  const records = await journal.pending({ after: 0, limit: 10_000, types: ['gap'] });
  return records.map(({ json }) => JSON.parse(`${json}`).gap);
}

/** Each seq of the old epoch is there, or in exactly one gap record. */
async function accounts(t: Test, journal: Journal, epoch: string, ids: string[]): Promise<number> {
  const found = await Promise.all(ids.map((id) => journal.get(id)));
  const here = new Set(found.flatMap((record, index) => (record ? [index + 1] : [])));
  const gaps = (await gapsOf(journal)).filter(({ reason }) => reason === 'damaged');
  const told = gaps.flatMap(({ from, to }) => {
    return Array.from({ length: (to ?? 0) - (from ?? 0) + 1 }, (_, n) => (from ?? 0) + n);
  });
  t.ok(
    gaps.every((gap) => gap.epoch === epoch && gap.count === (gap.to ?? 0) - (gap.from ?? 0) + 1),
    'the ranges are exact',
  );
  t.same(
    [...here, ...told].sort((a, b) => a - b),
    ids.map((_, index) => index + 1),
    `${here.size} saved, ${told.length} told to be lost in ${gaps.length} gap records`,
  );
  return here.size;
}

function overwrite(path: string, atByte: number, bytes: Uint8Array): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, atByte);
}

/** First byte of the page in the middle of the file that holds the payload of a read. */
function pageOfReads(path: string): number {
  const file = readFileSync(path);
  const at = file.indexOf('x'.repeat(300), file.length / 2);
  return Math.floor(at / PAGE_BYTES) * PAGE_BYTES;
}

const noise = (length: number) => Uint8Array.from({ length }, (_, n) => (n * 2654435761) >>> 13);

/** What was done to the file, and how many reads are saved at least: as many as row-by-row salvage was measured to save. */
const damages: [what: string, damage: (path: string) => void, atLeast: number][] = [
  ['a zeroed page', (path) => overwrite(path, pageOfReads(path), new Uint8Array(PAGE_BYTES)), 1990],
  ['eight pages of garbage', (path) => overwrite(path, pageOfReads(path), noise(8 * PAGE_BYTES)), 1940],
  ['the file cut by a quarter', (path) => truncateSync(path, Math.floor(statSync(path).size * 0.75)), 1200],
  [
    'garbage where the rows of deliveries are',
    (path) => overwrite(path, 10 * PAGE_BYTES, noise(PAGE_BYTES)),
    0,
  ],
];

for (const [what, damage, atLeast] of damages)
  test(`${what}: set aside, saved row by row, the rest told`, async (t) => {
    const path = join(t.testdir(), 'journal.db');
    const { epoch, ids } = await filled(t, path);
    damage(path);
    const { log, saved } = hearingSaved();
    const journal = await open(t, path, log);
    t.not(journal.epoch, epoch, 'a new epoch');
    await Promise.all([saved, journal.append(newRead(1))]);
    t.match(await gapsOf(journal), [{ epoch, from: COUNT + 1, to: null, reason: 'new-epoch' }]);
    const here = await accounts(t, journal, epoch, ids);
    t.ok(here >= atLeast, `${here} of ${COUNT} saved, at least ${atLeast} expected`);
    const aside = readdirSync(dirname(path)).filter((name) => /\.damaged-[^.]*Z$/.test(name));
    t.equal(aside.length, 1, 'the damaged file is kept');
    await journal.close();
    const again = await open(t, path);
    t.equal(again.epoch, journal.epoch, 'and the journal goes on');
  });

test('a zeroed header: all of it is told to be lost, how much of it is not known', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const { epoch, ids } = await filled(t, path);
  overwrite(path, 0, new Uint8Array(PAGE_BYTES));
  const { log, saved } = hearingSaved();
  const journal = await open(t, path, log);
  await saved;
  t.match(await gapsOf(journal), [
    { epoch, from: COUNT + 1, to: null, count: null, reason: 'new-epoch' },
    { epoch, from: 1, to: COUNT, count: null, reason: 'damaged' },
  ]);
  t.equal(await journal.get(ids[0]!), undefined);
  t.match(await journal.replay({ epoch, from: 5, to: 7 }), { missing: [[5, 7]] });
});

test('the file is gone: the same, and nobody is told of damage', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const { epoch } = await filled(t, path);
  rmSync(path);
  const lines: { level: number; msg: string }[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line)) });
  const journal = await open(t, path, log);
  t.match(
    lines.filter(({ msg }) => /journal is/.test(msg)),
    [{ level: 40, msg: /not here: a new one begun/, reason: /its file is gone/ }],
  );
  t.match(await gapsOf(journal), [{ epoch, from: COUNT + 1, to: null, reason: 'new-epoch' }]);
  t.match(await journal.replay({ epoch, from: 1, to: COUNT }), { missing: [[1, COUNT]] });
});

test('an old copy put in its place gives no seq out twice', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const first = await open(t, path);
  for (let n = 1; n <= 3; n++) await first.append(newRead(n));
  await first.close();
  copyFileSync(path, `${path}.copy`);
  const second = await open(t, path);
  t.equal(second.epoch, first.epoch, 'an ordinary restart goes on in its epoch');
  for (let n = 4; n <= 6; n++) await second.append(newRead(n));
  await second.close();
  renameSync(`${path}.copy`, path);
  const restored = await open(t, path);
  t.match(await gapsOf(restored), [{ epoch: first.epoch, from: 4, to: null, reason: 'new-epoch' }]);
  t.match(await restored.append(newRead(7)), { epoch: restored.epoch, seq: 2 });
  t.not(restored.epoch, first.epoch);
});

test('a copy put back together with its mark file, over the same file, is noticed too', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const first = await open(t, path);
  await first.append(newRead(1));
  await first.close();
  const copy = [path, `${path}.mark`].map((file) => ({ file, bytes: readFileSync(file) }));
  const second = await open(t, path);
  await second.append(newRead(2));
  await second.close();
  for (const { file, bytes } of copy) writeFileSync(file, bytes);
  const restored = await open(t, path);
  t.not(restored.epoch, first.epoch);
});

test('without its mark file a journal begins a new epoch, and keeps what it has', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const { epoch } = await filled(t, path);
  rmSync(`${path}.mark`);
  const journal = await open(t, path);
  t.not(journal.epoch, epoch);
  t.match(await journal.counts(), { records: COUNT + 1, sent: 100 });
});

test('a flipped bit in a row: a dead letter with a gap record; the others go on', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const { epoch } = await filled(t, path);
  const at = pageOfReads(path);
  const inRow = readFileSync(path).indexOf('x'.repeat(300), at) + 100;
  overwrite(path, inRow, Uint8Array.of('x'.charCodeAt(0) ^ 4));
  const journal = await open(t, path);
  const pending = await journal.pending({ after: 0, limit: 10_000 });
  t.equal(pending.filter((record) => record.epoch === epoch).length, COUNT - 101);
  const [lost] = (await gapsOf(journal)).filter(({ reason }) => reason === 'damaged');
  t.match(lost, { epoch, count: 1 });
  t.match(await journal.queue(), { deadLetters: [{ seq: lost?.from, reason: /damaged on disk/ }] });
});

test('damage met while running is mended under way: nobody has to restart anything', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const { epoch, ids } = await filled(t, path);
  const { log, saved } = hearingSaved();
  const journal = await open(t, path, log);
  overwrite(path, pageOfReads(path), noise(2 * PAGE_BYTES));
  const pending = await journal.pending({ after: 0, limit: 10_000 });
  t.ok(pending.length > 0, 'the question is answered');
  await saved;
  t.match(await journal.append(newRead(1)), { epoch: journal.epoch });
  t.not(journal.epoch, epoch);
  await accounts(t, journal, epoch, ids);
});

test('a crash between the renames of setting aside: the next start finishes them', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const { epoch, ids } = await filled(t, path);
  // As recovery leaves it when it is cut before the first rename: the new file ready, the old one in its place.
  const aside = `${path}.damaged-then`;
  const ready = openForWriting(`${path}.new`);
  const old = new Database(path, { readonly: true });
  ready.exec('DELETE FROM epoch');
  ready.prepare(`INSERT INTO epoch VALUES (1, ?, 1, 0, 'saved', ?, NULL, NULL, NULL)`).run(epoch, COUNT);
  ready.prepare(`INSERT INTO epoch VALUES (2, 'next', 5000, 0, 'damaged', NULL, NULL, NULL, NULL)`).run();
  ready.prepare('INSERT INTO salvage (file) VALUES (?)').run(aside);
  ready.close();
  old.close();
  const { log, saved } = hearingSaved();
  const journal = await open(t, path, log);
  await saved;
  t.equal(await accounts(t, journal, epoch, ids), COUNT);
  t.ok(existsSync(aside), basename(aside));
});
