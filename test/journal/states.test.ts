// What becomes of a record on its way: pending, sent, confirmed or dead; and that each seq that never comes is covered by
// a gap record.

import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { gapMessage } from '../../agent/contract/index.ts';
import {
  type Delivery,
  type Gap,
  type Journal,
  type NewRecord,
  openJournal,
} from '../../agent/journal/index.ts';

import { ADDRESS, newRead, silent } from './records.ts';
import { writeVersion1 } from './version-1.ts';

async function open(t: Test, path = join(t.testdir(), 'journal.db')): Promise<Journal> {
  const journal = await openJournal({ path, log: silent, address: ADDRESS });
  t.teardown(() => journal.close());
  return journal;
}

/** A journal with reads 1 … count, of which the first `sent` are sent. */
async function filled(t: Test, count: number, sent = 0, path?: string): Promise<Journal> {
  const journal = await open(t, path);
  await Promise.all(Array.from({ length: count }, (_, n) => journal.append(newRead(n + 1))));
  await journal.markSent(Array.from({ length: sent }, (_, n) => n + 1));
  return journal;
}

const pendingSeqs = async (journal: Journal) =>
  (await journal.pending({ after: 0, limit: 10_000 })).map(({ seq }) => seq);

/** What the pending gap records say. */
async function gapsOf(journal: Journal): Promise<Gap[]> {
  const records = await journal.pending({ after: 0, limit: 10_000, types: ['gap'] });
  return records.map(({ json }) => JSON.parse(`${json}`).gap);
}

const states = async (journal: Journal): Promise<Record<Delivery, number>> => {
  const { pending, sent, confirmed, dead } = await journal.counts();
  return { pending, sent, confirmed, dead };
};

test('a receipt confirms what it covers and sends its holes again', async (t) => {
  const journal = await filled(t, 10, 8);
  t.same(await journal.confirm({ epoch: journal.epoch, upTo: 7, holes: [[3, 4]] }), {
    confirmed: 5,
    requeued: 2,
    missing: [],
  });
  t.same(await states(journal), { pending: 4, sent: 1, confirmed: 5, dead: 0 });
  t.same(await pendingSeqs(journal), [3, 4, 9, 10]);
  t.match(await journal.queue(), { receipt: { epoch: journal.epoch, upTo: 7, at: Number } });
});

test('a receipt confirms what was sent although the mark was lost in a crash', async (t) => {
  const journal = await filled(t, 3);
  t.match(await journal.confirm({ epoch: journal.epoch, upTo: 2, holes: [] }), { confirmed: 2 });
  t.same(await pendingSeqs(journal), [3]);
});

test('a hole is filled later: the next receipt confirms it', async (t) => {
  const journal = await filled(t, 5, 5);
  await journal.confirm({ epoch: journal.epoch, upTo: 5, holes: [[2, 2]] });
  await journal.markSent([2]);
  t.match(await journal.confirm({ epoch: journal.epoch, upTo: 5, holes: [] }), { confirmed: 1, requeued: 0 });
  t.same(await states(journal), { pending: 0, sent: 0, confirmed: 5, dead: 0 });
});

test('what was sent a moment ago is not sent again for a hole', async (t) => {
  const journal = await filled(t, 3, 3);
  const receipt = { epoch: journal.epoch, upTo: 3, holes: [[2, 2]] as [number, number][] };
  t.match(await journal.confirm({ ...receipt, graceMs: 60_000 }), { confirmed: 2, requeued: 0 });
  t.match(await journal.confirm(receipt), { confirmed: 0, requeued: 1 });
});

test('holes in any order, overlapping, outside of what there is', async (t) => {
  const journal = await filled(t, 6, 6);
  const holes: [number, number][] = [
    [4, 5],
    [-3, 1],
    [5, 4],
    [4, 4],
    [6, 90],
  ];
  t.match(await journal.confirm({ epoch: journal.epoch, upTo: 6, holes }), { confirmed: 2, requeued: 4 });
  t.same(await pendingSeqs(journal), [1, 4, 5, 6]);
});

test('replay sends confirmed records again, and no receipt stops it before they were sent', async (t) => {
  const journal = await filled(t, 5, 5);
  await journal.confirm({ epoch: journal.epoch, upTo: 5, holes: [] });
  let told = 0;
  journal.onRequeued(() => told++);
  t.same(await journal.replay({ epoch: journal.epoch, from: 2, to: 3 }), { requeued: 2, missing: [] });
  t.equal(told, 1);
  t.match(await journal.confirm({ epoch: journal.epoch, upTo: 5, holes: [] }), { confirmed: 0 });
  t.same(await pendingSeqs(journal), [2, 3]);
  await journal.markSent([2, 3]);
  t.match(await journal.confirm({ epoch: journal.epoch, upTo: 5, holes: [] }), { confirmed: 2 });
});

test('a dead letter is covered by a gap record from the same commit on, once', async (t) => {
  const journal = await filled(t, 3);
  const followed: string[] = [];
  journal.follow(({ type }) => followed.push(type));
  await journal.markDead(2, 'packet too large');
  await journal.markDead(2, 'again');
  t.same(await gapsOf(journal), [
    { what: 'records', epoch: journal.epoch, from: 2, to: 2, count: 1, reason: 'dead-letter' },
  ]);
  t.match(await journal.queue(), { deadLetters: [{ seq: 2, reason: 'packet too large', type: 'read' }] });
  await journal.append(newRead(9));
  t.same(followed, ['gap', 'read'], 'followers hear of it');
  const [queued] = await journal.pending({ after: 0, limit: 1, types: ['gap'] });
  gapMessage.parse({ lane: 'urgent', ...JSON.parse(`${queued!.json}`) });
});

test('a dead letter is tried again, or dropped; its gap record stays as it is', async (t) => {
  const journal = await filled(t, 2);
  const [one, two] = await journal.pending({ after: 0, limit: 2 });
  await journal.markDead(1, 'no');
  await journal.markDead(2, 'no');
  await journal.retryDead(one!.id);
  t.same(await pendingSeqs(journal), [1, 3, 4]);
  t.match(await journal.confirm({ epoch: journal.epoch, upTo: 4, holes: [] }), { confirmed: 2 });
  t.same(await pendingSeqs(journal), [1], 'a receipt that covers it by its gap does not stop it');
  await journal.markDead(1, 'no');
  t.equal((await journal.counts()).lastSeq, 4, 'covered already');
  await journal.dropDead(two!.id);
  t.match(await journal.counts(), { records: 3, dead: 1 });
  await t.rejects(journal.dropDead(two!.id), { code: 'journal.no-dead-letter' });
  await t.rejects(journal.retryDead('nobody'), { code: 'journal.no-dead-letter', remedy: /anpr queue/ });
});

test('a gap record that is refused needs no gap of its own, and cannot be dropped', async (t) => {
  const journal = await filled(t, 1);
  await journal.markDead(1, 'no');
  const [gap] = await journal.pending({ after: 0, limit: 1 });
  await journal.markDead(2, 'not this either');
  t.equal((await journal.counts()).lastSeq, 2);
  await t.rejects(journal.dropDead(gap!.id), { code: 'journal.needed' });
  await journal.retryDead(gap!.id);
  t.same(await pendingSeqs(journal), [2]);
});

test('what is removed and wanted again is covered by one gap record for the range', async (t) => {
  const journal = await filled(t, 8, 6);
  t.equal(await journal.prune({ keepMs: 0 }), 6);
  const wanted = { epoch: journal.epoch, from: 3, to: 7 };
  t.same(await journal.replay(wanted), { requeued: 0, missing: [[3, 6]] });
  t.same(await gapsOf(journal), [
    { what: 'records', epoch: journal.epoch, from: 3, to: 6, count: 4, reason: 'expired' },
  ]);
  t.same(await journal.replay(wanted), { requeued: 0, missing: [[3, 6]] });
  t.equal((await journal.counts()).lastSeq, 9, 'told once');
  await journal.markSent([9]);
  t.same(await journal.replay(wanted), { requeued: 1, missing: [[3, 6]] }, 'and again when it may be lost');
});

test('where receipts come, a record that was only sent waits for its receipt', async (t) => {
  const journal = await filled(t, 6, 6);
  await journal.confirm({ epoch: journal.epoch, upTo: 2, holes: [] });
  t.equal(await journal.prune({ keepMs: 0 }), 2);
  t.same(await states(journal), { pending: 0, sent: 4, confirmed: 0, dead: 0 });
});

test('a receipt for more than was ever given out begins a new epoch, and says so first', async (t) => {
  const journal = await filled(t, 3, 3);
  const before = journal.epoch;
  await journal.confirm({ epoch: before, upTo: 9, holes: [] });
  t.same(await gapsOf(journal), [
    { what: 'records', epoch: before, from: 4, to: null, count: null, reason: 'new-epoch' },
  ]);
  const place = await journal.append(newRead(4));
  t.not(place.epoch, before);
  t.equal(place.seq, 2);
  t.equal(journal.epoch, place.epoch);
  t.match(await journal.confirm({ epoch: before, upTo: 9, holes: [[5, 9]] }), { missing: [[5, 9]] });
  t.equal((await journal.counts()).lastSeq, 2, 'the end of that epoch is told once');
});

test('an epoch that nobody here knows is answered with a gap record, once', async (t) => {
  const journal = await filled(t, 1);
  const wanted = { epoch: 'long-gone', from: 5, to: 9 };
  t.same(await journal.replay(wanted), { requeued: 0, missing: [[5, 9]] });
  t.same(await journal.replay(wanted), { requeued: 0, missing: [[5, 9]] });
  t.match(await gapsOf(journal), [{ epoch: 'long-gone', from: 1, to: null, count: null, reason: 'damaged' }]);
  t.equal((await journal.append(newRead(2))).epoch, journal.epoch, 'the running epoch goes on');
});

test('what was sent last and is not confirmed is sent again: without it the consumer cannot see what it misses', async (t) => {
  const journal = await filled(t, 5, 5);
  t.equal(await journal.remind({ sentForMs: 0 }), 0, 'no receipts come: PUBACK counts');
  await journal.confirm({ epoch: journal.epoch, upTo: 2, holes: [] });
  t.equal(await journal.remind({ sentForMs: 60_000 }), 0, 'it was only just sent');
  t.equal(await journal.remind({ sentForMs: 0 }), 1);
  t.same(await pendingSeqs(journal), [5]);
  await journal.markSent([5]);
  await journal.confirm({ epoch: journal.epoch, upTo: 5, holes: [] });
  t.equal(await journal.remind({ sentForMs: 0 }), 0);
});

test('while nobody gives receipts reminders come ever more rarely; a receipt begins anew', async (t) => {
  const journal = await filled(t, 5, 5);
  await journal.confirm({ epoch: journal.epoch, upTo: 2, holes: [] });
  const reminded = async (sentForMs: number) => {
    const count = await journal.remind({ sentForMs });
    if (count > 0) await journal.markSent([5]);
    return count;
  };
  const until = async (sentForMs: number) => {
    while ((await reminded(sentForMs)) === 0) await setTimeout(5);
  };
  await until(20);
  await until(20);
  t.equal(await reminded(60_000), 0, 'the pause that is asked for grows with each time');
  await journal.confirm({ epoch: journal.epoch, upTo: 3, holes: [] });
  await until(1);
  t.pass('somebody is there again');
});

test('a receipt over thousands of rows lets appends go between', async (t) => {
  const journal = await filled(t, 3000, 3000);
  const order: string[] = [];
  const confirmed = journal
    .confirm({ epoch: journal.epoch, upTo: 3000, holes: [] })
    .then(() => order.push('confirmed'));
  await journal.append(newRead(1)).then(() => order.push('appended'));
  await confirmed;
  t.same(order, ['appended', 'confirmed']);
  t.match(await journal.counts(), { confirmed: 3000, pending: 1 });
});

test('pictures go after their read, oldest first, and their bytes are counted', async (t) => {
  const journal = await open(t);
  const picture = (kind: 'plate' | 'overview', sizeBytes: number) => ({
    kind,
    at: 1000,
    sizeBytes,
    sha256: 'a'.repeat(64),
  });
  const reads = [1, 2].map((n) =>
    newRead(n, { pictures: [picture('plate', 10 * n), picture('overview', 100 * n)] }),
  );
  for (const read of reads) await journal.append(read);
  t.same(await journal.pendingPictures({ limit: 9 }), [], 'no read of theirs is sent yet');
  await journal.markSent([2]);
  const [readId] = reads.map(({ id }) => id).slice(1);
  t.same(await journal.pendingPictures({ limit: 1 }), [
    { readId, kind: 'overview', at: 1000, sizeBytes: 200, sha256: 'a'.repeat(64) },
  ]);
  t.match(await journal.pendingPictures({ limit: 9, kinds: ['plate'] }), [{ kind: 'plate' }]);
  t.match(await journal.get(readId!), { pictures: [{ kind: 'overview' }, { kind: 'plate', sizeBytes: 20 }] });
  await journal.markPicture({ readId: readId!, kind: 'overview' }, 'sent');
  await journal.markPicture({ readId: readId!, kind: 'plate' }, 'gone');
  t.same(await journal.pendingPictures({ limit: 9 }), []);
  t.equal(await journal.picturesSentSince(Date.now() - 60_000), 200);
  t.equal(await journal.picturesSentSince(Date.now() + 60_000), 0);
  t.match(await journal.queue(), { pictures: { pending: 2, pendingBytes: 110, sent: 1, sentBytes: 200 } });
});

test('pictures of hits are found from the hits: of their reads and their own, each once, oldest first', async (t) => {
  const journal = await open(t);
  const picture = (kind: 'plate' | 'overview') => ({ kind, at: 1000, sizeBytes: 7, sha256: 'a'.repeat(64) });
  const reads = [1, 2, 3].map((n) => newRead(n, { pictures: [picture('plate'), picture('overview')] }));
  for (const read of reads) await journal.append(read);
  const [, second, third] = reads as [NewRecord, NewRecord, NewRecord];
  const early = newRead(4, { type: 'hit', readId: third.id, pictures: [picture('plate')] });
  await journal.append(early);
  for (const n of [5, 6]) await journal.append(newRead(n, { type: 'hit', readId: second.id }));
  const of = async (limit: number) =>
    (await journal.pendingPictures({ limit, ofHits: true })).map(({ readId, kind }) => [readId, kind]);
  const all = [
    [second.id, 'plate'],
    [second.id, 'overview'],
    [third.id, 'plate'],
    [third.id, 'overview'],
    [early.id, 'plate'],
  ];
  t.same(await of(9), all);
  t.same(await of(3), all.slice(0, 3));
  await journal.markPicture({ readId: second.id, kind: 'plate' }, 'sent');
  t.same(await of(9), all.slice(1));
});

test('a journal of version 1 is brought over: states, what was removed, pictures', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  writeVersion1(path);
  const journal = await open(t, path);
  t.equal(journal.epoch, 'old', 'the epoch goes on');
  t.same(await states(journal), { pending: 1, sent: 1, confirmed: 0, dead: 0 });
  t.match(await journal.pendingPictures({ limit: 9 }), [{ kind: 'plate', sizeBytes: 7 }]);
  t.match(await journal.replay({ epoch: 'old', from: 1, to: 4 }), {
    requeued: 1,
    missing: [
      [1, 1],
      [3, 3],
    ],
  });
  t.match(await journal.append(newRead(5)), { epoch: 'old', seq: 7 });
});
