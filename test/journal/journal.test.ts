// What the journal promises to the stages beside it: places without holes, one record an id, one commit for many
// appends, delivery that is remembered, questions that are answered.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Test, test } from 'tap';
import {
  type Journal,
  type JournalRecord,
  openJournal,
  openJournalReadOnly,
} from '../../agent/journal/index.ts';
import { ADDRESS, AT_MS, newRead, silent } from './records.ts';

async function open(t: Test, path = join(t.testdir(), 'journal.db')): Promise<Journal> {
  const journal = await openJournal({
    path,
    log: silent,
    address: ADDRESS,
  });
  t.teardown(() => journal.close());
  return journal;
}

/** Commits in the write-ahead log: frames whose header says how large the database is after them (SQLite format 4.2). */
function commitsIn(path: string): number {
  const wal = readFileSync(`${path}-wal`);
  const frameBytes = 24 + wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frameBytes <= wal.length; at += frameBytes)
    if (wal.readUInt32BE(at + 4) > 0) commits++;
  return commits;
}

test('places count from 1 without holes, and go on after a restart', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const first = await open(t, path);
  const places = [];
  for (let n = 1; n <= 3; n++) places.push(await first.append(newRead(n)));
  t.same(
    places.map(({ seq }) => seq),
    [1, 2, 3],
  );
  await first.close();
  const second = await open(t, path);
  t.equal(second.lastPosition, 3);
  t.same(await second.append(newRead(4)), { epoch: first.epoch, seq: 4 });
});

test('an id is kept once, however often and however close together it is appended', async (t) => {
  const journal = await open(t);
  const read = newRead(1);
  const places = await Promise.all([journal.append(read), journal.append(read), journal.append(newRead(2))]);
  t.same(await journal.append(read), places[0]);
  t.same(places[1], places[0]);
  t.match(await journal.counts(), { records: 2, lastSeq: 2, pending: 2 });
});

test('appends that are made together share a commit; each awaited one has its own', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const journal = await open(t, path);
  const before = commitsIn(path);
  await Promise.all(Array.from({ length: 100 }, (_, n) => journal.append(newRead(n))));
  const together = commitsIn(path) - before;
  t.ok(together <= 10, `100 appends took ${together} commits`);
  for (let n = 0; n < 5; n++) await journal.append(newRead(n));
  t.equal(commitsIn(path) - before - together, 5);
});

test('a follower hears of each new record once, in order, with its place', async (t) => {
  const journal = await open(t);
  const heard: JournalRecord[] = [];
  const end = journal.follow((record) => heard.push(record));
  const read = newRead(1);
  await Promise.all([journal.append(read), journal.append(read), journal.append(newRead(2))]);
  t.same(
    heard.map(({ seq, text }) => [seq, text]),
    [
      [1, '1ABC001'],
      [2, '1ABC002'],
    ],
  );
  t.match(heard[0], { id: read.id, delivery: 'pending', payload: { epoch: journal.epoch, seq: 1, n: 1 } });
  end();
  await journal.append(newRead(3));
  t.equal(heard.length, 2);
});

test('a follower that throws harms nobody', async (t) => {
  const journal = await open(t);
  const heard: number[] = [];
  journal.follow(() => {
    throw new Error('defect');
  });
  journal.follow(({ seq }) => heard.push(seq));
  await journal.append(newRead(1));
  t.same(heard, [1]);
});

test('pending gives what nobody has acknowledged, by position, type and range', async (t) => {
  const journal = await open(t);
  for (let n = 1; n <= 6; n++) await journal.append(newRead(n, { type: n === 4 ? 'hit' : 'read' }));
  const seqs = async (filter: Parameters<Journal['pending']>[0]) =>
    (await journal.pending(filter)).map(({ seq }) => seq);
  t.same(await seqs({ after: 0, limit: 10 }), [1, 2, 3, 4, 5, 6]);
  t.same(await seqs({ after: 2, limit: 2 }), [3, 4]);
  t.same(await seqs({ after: 0, upTo: 5, limit: 10, types: ['read'] }), [1, 2, 3, 5]);
  await journal.markSent([1, 3]);
  await journal.markDead(2, 'too large');
  t.same(await seqs({ after: 0, limit: 10 }), [4, 5, 6, 7], 'with the gap record for the dead letter');
  t.match(await journal.counts(), { records: 7, pending: 4, sent: 2, dead: 1 });
  const [queued] = await journal.pending({ after: 3, limit: 1 });
  const { id } = queued!;
  t.same(JSON.parse(`${queued!.json}`), { epoch: journal.epoch, seq: 4, schema: 1, type: 'read', id, n: 4 });
});

test('get tells what became of a record', async (t) => {
  const journal = await open(t);
  const [delivered, dead] = [newRead(1), newRead(2)];
  await journal.append(delivered);
  await journal.append(dead);
  const acknowledgedAt = Date.now() - 100;
  await journal.markSent([1], [acknowledgedAt]);
  await journal.markDead(2, 'payload format invalid (0x99)');
  t.match(await journal.get(delivered.id), {
    seq: 1,
    delivery: 'sent',
    deliveryAt: acknowledgedAt,
    reason: null,
  });
  t.match(await journal.get(dead.id), {
    delivery: 'dead',
    deliveryAt: Number,
    reason: 'payload format invalid (0x99)',
  });
  t.equal(await journal.get('nobody'), undefined);
});

test('reads are found by plate, camera, time and confidence, newest first', async (t) => {
  const journal = await open(t);
  await journal.append(newRead(1));
  await journal.append(newRead(2, { camera: 'south', confidence: 0.5 }));
  await journal.append(newRead(3, { text: '2XYZ003' }));
  await journal.append(newRead(4, { type: 'hit' }));
  const texts = async (filter: Parameters<Journal['reads']>[0]) =>
    (await journal.reads(filter)).map((r) => r.text);
  t.same(await texts({}), ['2XYZ003', '1ABC002', '1ABC001']);
  t.same(await texts({ limit: 1 }), ['2XYZ003']);
  t.same(await texts({ plate: '1-abc-001' }), ['1ABC001']);
  t.same(await texts({ plate: '1ABC*' }), ['1ABC002', '1ABC001']);
  t.same(await texts({ plate: '?XYZ00?' }), ['2XYZ003']);
  t.same(await texts({ camera: 'south' }), ['1ABC002']);
  t.same(await texts({ from: AT_MS + 2000, to: AT_MS + 2000 }), ['1ABC002']);
  t.same(await texts({ minConfidence: 0.8 }), ['2XYZ003', '1ABC001']);
});

test('a command reads the journal beside the running agent, and without it', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const journal = await open(t, path);
  const read = newRead(1);
  await journal.append(read);
  const beside = await openJournalReadOnly(path);
  t.match(await beside.get(read.id), { seq: 1, delivery: 'pending' });
  await journal.append(newRead(2));
  t.equal((await beside.reads({})).length, 2, 'sees what is appended later');
  t.same(await beside.counts(), await journal.counts());
  await beside.close();
  await journal.close();
  const alone = await openJournalReadOnly(path);
  t.match(await alone.counts(), { records: 2, pending: 2, lastSeq: 2 });
  await alone.close();
  await t.rejects(openJournalReadOnly(`${path}.not`), { code: 'journal.missing' });
});

test('old delivered records go; what is pending stays, and places go on', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const first = await open(t, path);
  for (let n = 1; n <= 500; n++) void first.append(newRead(n));
  await first.append(newRead(501));
  await first.markSent(Array.from({ length: 501 }, (_, n) => n + 1).filter((n) => n !== 7));
  t.equal(await first.prune({ keepMs: 60_000 }), 0, 'none is old yet');
  t.equal(await first.prune({ keepMs: 0 }), 500);
  t.match(await first.counts(), { records: 1, pending: 1, lastSeq: 501 });
  await first.markSent([7]);
  t.equal(await first.prune({ keepMs: 0 }), 1);
  await first.close();
  const second = await open(t, path);
  t.match(await second.append(newRead(502)), { seq: 502 });
});

test('a record that the journal cannot keep is refused alone, and leaves no hole', async (t) => {
  const journal = await open(t);
  const results = await Promise.allSettled([
    journal.append(newRead(1)),
    journal.append(newRead(2, { at: Number.NaN })),
    journal.append(newRead(3)),
  ]);
  t.match(results, [{ value: { seq: 1 } }, { reason: { code: 'journal.rejected' } }, { value: { seq: 2 } }]);
});

test('a row that the disk has changed becomes a dead letter, is reported and holds up nobody', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const first = await open(t, path);
  const reads = [newRead(1), newRead(2), newRead(3)];
  for (const read of reads) await first.append(read);
  await first.close();
  const disk = new Database(path);
  disk.prepare(`UPDATE record SET payload = replace(payload, '"n":2', '"n":6') WHERE position = 2`).run();
  disk.close();
  const second = await open(t, path);
  t.same(
    (await second.pending({ after: 0, limit: 10, types: ['read'] })).map(({ seq }) => seq),
    [1, 3],
  );
  t.match(
    await second.counts(),
    { pending: 4, dead: 1 },
    'with gap records: for it, and for the changed file',
  );
  await t.rejects(second.get(reads[1]!.id), { code: 'journal.damaged-record' });
  t.equal((await second.reads({})).length, 2);
});

test('close answers what was asked before; afterwards every call says that it is closed', async (t) => {
  const journal = await open(t);
  const appended = journal.append(newRead(1));
  await journal.close();
  t.match(await appended, { seq: 1 });
  await t.rejects(journal.append(newRead(2)), { code: 'journal.closed' });
  t.equal(await journal.ended, undefined);
  await journal.close();
});

test('the signal closes it, and nothing of it is left', async (t) => {
  const threads = () => process.getActiveResourcesInfo().filter((kind) => /Worker|MessagePort/.test(kind));
  const stop = new AbortController();
  const path = join(t.testdir(), 'journal.db');
  const journal = await openJournal({ path, log: silent, address: ADDRESS, signal: stop.signal });
  await journal.append(newRead(1));
  await journal.counts();
  t.not(threads().length, 0);
  stop.abort();
  t.equal(await journal.ended, undefined);
  await journal.close();
  t.same(threads(), []);
  await t.rejects(journal.counts(), { code: 'journal.closed' }, 'a late question is told so');
  await t.rejects(journal.pending({ after: 0, limit: 1 }), { code: 'journal.closed' });
  t.same(threads(), [], 'and starts no thread: the process could not end');
});

test('records that belong together are kept in one commit and in their order, or not at all', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const journal = await open(t, path);
  await journal.append(newRead(1));
  const before = commitsIn(path);
  const hit = (n: number, readId: string) => newRead(n, { type: 'hit', readId });
  const [read, other] = [newRead(2), newRead(9)];
  const told: string[] = [];
  journal.follow(({ type, seq }) => told.push(`${type} ${seq}`));
  const places = await journal.appendAll([read, hit(3, read.id), hit(4, read.id)]);
  t.same(
    places.map(({ seq }) => seq),
    [2, 3, 4],
  );
  t.equal(commitsIn(path) - before, 1);
  t.same(told, ['read 2', 'hit 3', 'hit 4']);
  t.same(await journal.appendAll([read, hit(5, other.id)]), [places[0], { epoch: journal.epoch, seq: 5 }]);
  const broken = { ...newRead(6), at: Number.NaN };
  await t.rejects(journal.appendAll([newRead(7), broken]));
  t.match(await journal.counts(), { records: 5, lastSeq: 5 }, 'nothing of what could not be kept whole');
  t.same(
    (await journal.hits()).map(({ seq }) => seq),
    [5, 4, 3],
    'newest first',
  );
  t.same(
    (await journal.hits({ readId: read.id })).map(({ seq }) => seq),
    [4, 3],
  );
  t.same(
    (await journal.hits({ readId: read.id, from: AT_MS + 4000, limit: 1 })).map(({ seq }) => seq),
    [4],
  );
});
