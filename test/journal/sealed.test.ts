// The journal with the box's keys: what a thief finds in its file, what still works, and what is noticed when somebody
// has been at it.

import { randomUUIDv7 } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Test, test } from 'tap';
import {
  type Journal,
  openJournal,
  openJournalReadOnly,
  type ReadFilter,
  verifyJournal,
} from '../../agent/journal/index.ts';
import { type KeyRing, newRing, openRing, rotatedRing, verifyRecords } from '../../agent/seal/index.ts';
import { ADDRESS, AT_MS, newRead, silent } from './records.ts';

async function open(t: Test, path: string, keys?: KeyRing): Promise<Journal> {
  const journal = await openJournal({ path, log: silent, address: ADDRESS, ...(keys && { keys }) });
  t.teardown(() => journal.close());
  return journal;
}

/** A read whose payload has a plate, as the agent's own have. */
function plateRead(n: number, text = `1ABC${String(n).padStart(3, '0')}`) {
  const read = newRead(n, { text });
  return { ...read, payload: { ...read.payload, plate: { text, country: 'B' } } };
}

const messagesOf = async (journal: Journal) =>
  (await journal.pending({ after: 0, limit: 100_000 })).map(
    ({ json }) => JSON.parse(`${json}`) as Record<string, unknown> & { seq: number; epoch: string },
  );

const sourceOf = (messages: readonly Record<string, unknown>[]) => ({
  records: () => messages.map((message, index) => ({ where: `line ${index + 1}`, message })),
});

/** Changes the file as somebody with a database tool would. */
function tamper(path: string, ...statements: string[]): void {
  const disk = new Database(path);
  for (const statement of statements) disk.exec(statement);
  disk.close();
}

test('nothing that was read is in clear on the disk', async (t) => {
  const dir = t.testdir();
  const journal = await open(t, join(dir, 'journal.db'), newRing());
  await journal.append({
    ...plateRead(1, 'GEHEIM1'),
    payload: { plate: { text: 'GEHEIM1' }, lane: 'left lane' },
  });
  await journal.append({ ...newRead(2), type: 'audit', payload: { type: 'audit', who: 'somebody' } });
  for (const file of readdirSync(dir)) {
    const bytes = readFileSync(join(dir, file));
    for (const secret of ['GEHEIM1', 'left lane', 'somebody'])
      t.notOk(bytes.includes(secret), `${file}: ${secret}`);
  }
  t.match(
    await journal.reads(),
    [{ text: 'GEHEIM1', payload: { lane: 'left lane' } }],
    'and it comes out again',
  );
});

test('reads are found as in a journal in clear', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const journal = await open(t, path, keys);
  await journal.append(plateRead(1));
  await journal.append({ ...plateRead(2), camera: 'south', confidence: 0.5 });
  await journal.append(plateRead(3, '2XYZ003'));
  await journal.append(plateRead(4, 'ABCDEFGHIJKL'));
  await journal.append(newRead(5, { type: 'hit' }));
  const texts = async (filter: Parameters<Journal['reads']>[0]) =>
    (await journal.reads(filter)).map((r) => r.text);
  t.same(await texts({}), ['ABCDEFGHIJKL', '2XYZ003', '1ABC002', '1ABC001']);
  t.same(await texts({ limit: 1 }), ['ABCDEFGHIJKL']);
  t.same(await texts({ plate: '1-abc-001' }), ['1ABC001']);
  t.same(await texts({ plate: '1ABC*' }), ['1ABC002', '1ABC001']);
  t.same(await texts({ plate: '1ABC*', limit: 1 }), ['1ABC002']);
  t.same(await texts({ plate: '?XYZ00?' }), ['2XYZ003']);
  t.same(await texts({ plate: 'ABCDEFGHIJKL' }), ['ABCDEFGHIJKL'], 'longer than a block holds');
  t.same(await texts({ plate: '*', camera: 'south' }), ['1ABC002']);
  t.same(await texts({ from: AT_MS + 2000, to: AT_MS + 2000 }), ['1ABC002']);
  t.same(await texts({ minConfidence: 0.8, plate: '1*' }), ['1ABC001']);
  t.same(await texts({ plate: 'NOBODY' }), []);
  const beside = await openJournalReadOnly(path, keys);
  t.teardown(() => beside.close());
  t.match(await beside.reads({ plate: '2XYZ003' }), [{ text: '2XYZ003' }]);
  t.same(await beside.readsSince(0), { north: 3, south: 1 });
});

for (const kept of ['sealed', 'in clear'])
  test(`reads that raised a hit are found, ${kept}`, async (t) => {
    const path = join(t.testdir(), 'journal.db');
    const keys = kept === 'sealed' ? { keys: newRing() } : {};
    const journal = await openJournal({ path, log: silent, address: ADDRESS, ...keys });
    t.teardown(() => journal.close());
    const reads = [1, 2, 3, 4].map((n) => plateRead(n));
    const hitOn = (n: number) => newRead(n, { type: 'hit', readId: reads[n - 1]!.id });
    await journal.append(hitOn(2)); // an early one: its read comes later
    for (const read of reads) await journal.append(read);
    for (const n of [2, 4, 4]) await journal.append(hitOn(n));
    const found = async (filter: ReadFilter) => (await journal.reads(filter)).map(({ text }) => text);
    t.same(await found({ hits: true }), ['1ABC004', '1ABC002'], 'each once');
    t.same(await found({ hits: true, plate: '*002' }), ['1ABC002']);
    t.same(await found({ hits: true, plate: '1ABC001' }), []);
    t.same(await found({ hits: true, limit: 1 }), ['1ABC004']);
    t.equal((await found({ hits: false })).length, 4);
  });

test('without the keys nothing is given out, and the error says so', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const journal = await open(t, path, newRing());
  const read = plateRead(1);
  await journal.append(read);
  const beside = await openJournalReadOnly(path);
  t.teardown(() => beside.close());
  await t.rejects(beside.get(read.id), { code: 'seal.no-keys' });
  await t.rejects(beside.reads(), { code: 'seal.no-keys' });
  t.match(await beside.counts(), { records: 2, pending: 2 }, 'counting needs none');
});

test('what goes out is sealed, begins with the key, and is right to whoever has the public key', async (t) => {
  const keys = newRing();
  const { publicKey, id } = openRing(keys).current;
  const journal = await open(t, join(t.testdir(), 'journal.db'), keys);
  const heard: unknown[] = [];
  journal.follow((record) => heard.push(record.payload.seal));
  for (let n = 1; n <= 5; n++) await journal.append(plateRead(n));
  const messages = await messagesOf(journal);
  t.match(messages[0], { type: 'audit', seq: 1, audit: { action: 'key', key: { id, publicKey } } });
  t.same(
    heard,
    messages.map(({ seal }) => seal),
    'followers have the same',
  );
  t.match(await verifyRecords(sourceOf(messages), { keys: [publicKey] }), { ok: true, records: 6 });
});

test('a payload is the same text whoever wrote it down: a NaN is null', async (t) => {
  const journal = await open(t, join(t.testdir(), 'journal.db'), newRing());
  await journal.append({ ...newRead(1), payload: { z: Number.NaN, a: [1.5, undefined], b: undefined } });
  t.match((await messagesOf(journal))[1], { z: null, a: [1.5, null] });
  await t.rejects(journal.append({ ...newRead(2), payload: { text: '\ud83d' } }), {
    code: 'seal.not-canonical',
  });
});

test('the chain goes on over a restart', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const first = await open(t, path, keys);
  await first.append(plateRead(1));
  await first.close();
  const second = await open(t, path, keys);
  await second.append(plateRead(2));
  t.equal(second.epoch, first.epoch);
  t.match(await verifyJournal(path, { keys }), { ok: true, records: 3, epochs: [{ lastSeq: 3 }] });
});

test('a change of key: the old one vouches for the new one, and still opens what it sealed', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const first = await open(t, path, keys);
  await first.append(plateRead(1));
  await first.close();
  const both = rotatedRing(keys);
  const second = await open(t, path, both);
  await second.append(plateRead(2));
  t.equal(second.epoch, first.epoch);
  t.same(
    (await second.reads({ plate: '1ABC00?' })).map(({ text }) => text),
    ['1ABC002', '1ABC001'],
  );
  const old = openRing(keys).current.publicKey;
  t.match(await verifyRecords(sourceOf(await messagesOf(second)), { keys: [old] }), {
    ok: true,
    keys: { length: 2 },
  });
  t.match(await verifyJournal(path, { keys: both }), { ok: true, records: 4 });
});

test('lost keys: a new epoch with new ones; old records are dead letters with the reason, new ones go on', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const first = await open(t, path, newRing());
  const old = plateRead(1);
  await first.append(old);
  await first.close();
  const keys = newRing();
  const second = await open(t, path, keys);
  t.not(second.epoch, first.epoch);
  t.match(second.chainBroken, { cause: 'key-lost', reason: /key [0-9a-f]{16} is lost/ });
  t.equal(first.chainBroken, null);
  await second.append(plateRead(2));
  await messagesOf(second); // finds what it cannot open
  const messages = await messagesOf(second);
  t.match(
    messages.map(({ type, gap, audit }) => gap ?? audit ?? type),
    [
      { reason: 'new-epoch', epoch: first.epoch },
      { action: 'key' },
      'read',
      { reason: 'damaged', epoch: first.epoch },
      { reason: 'damaged', epoch: first.epoch },
    ],
  );
  t.match((await second.queue()).deadLetters, [{ reason: /key/ }, { id: old.id, reason: /key/ }]);
  t.match(await second.reads(), [{ text: '1ABC002' }]);
  await t.rejects(second.get(old.id), { code: 'seal.key-lost' });
  const report = await verifyJournal(path, { keys });
  t.match(report, { ok: false, breaks: [{ code: 'key' }] }, 'nobody vouches for the lost key');
});

test('a journal in clear is sealed from the next start on: a new epoch, and nothing stays in clear', async (t) => {
  const dir = t.testdir();
  const path = join(dir, 'journal.db');
  const plain = await open(t, path);
  const reads = Array.from({ length: 450 }, (_, n) => plateRead(n, `GEHEIM${n % 10}`));
  await Promise.all(reads.map((read) => plain.append(read)));
  await plain.close();
  t.ok(readFileSync(path).includes('GEHEIM1'));
  const keys = newRing();
  const journal = await open(t, path, keys);
  await journal.append(plateRead(451, '1NEW001'));
  t.not(journal.epoch, plain.epoch);
  await journal.sealedThroughout();
  for (const file of readdirSync(dir)) t.notOk(readFileSync(join(dir, file)).includes('GEHEIM'), file);
  t.equal((await journal.reads({ plate: 'GEHEIM3', limit: 100 })).length, 45);
  t.equal((await messagesOf(journal)).filter(({ epoch }) => epoch === plain.epoch).length, 450);
  t.match(
    await verifyJournal(path, { keys }),
    { ok: false, unsealed: 450, breaks: [] },
    'they were never signed',
  );
});

test('a sealed journal opened without keys begins another epoch, and loses nothing', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const sealed = await open(t, path, keys);
  await sealed.append(plateRead(1));
  await sealed.close();
  const bare = await open(t, path);
  await bare.append(plateRead(2));
  t.not(bare.epoch, sealed.epoch);
  await bare.close();
  const again = await open(t, path, keys);
  t.equal((await messagesOf(again)).length, 6, 'key and read; gap and read; gap and key');
  t.equal(again.epoch === bare.epoch, false);
});

test('retention and gaps leave it verifiable', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const journal = await open(t, path, keys);
  for (let n = 1; n <= 20; n++) await journal.append(plateRead(n));
  await journal.markSent([1, 2, 3, 5, 6, 9]);
  t.equal(await journal.prune({ keepMs: 0 }), 6);
  await journal.markDead(4, 'too large');
  const { id } = (await journal.queue()).deadLetters[0]!;
  await journal.dropDead(id);
  t.match(await verifyJournal(path, { keys }), { ok: true });
  const ranges = new Database(path, { readonly: true });
  t.same(ranges.prepare('SELECT from_seq, to_seq FROM chain_removed').raw().all(), [
    [1, 6],
    [9, 9],
  ]);
  ranges.close();
  const messages = await messagesOf(journal);
  const gap = messages.find(({ type }) => type === 'gap') as { gap?: { chain?: unknown } } | undefined;
  t.match(gap?.gap?.chain, { before: /^[0-9a-f]{64}$/, after: /^[0-9a-f]{64}$/ });
  const exported = messages.filter(({ seq }) => seq > 9);
  t.match(
    await verifyRecords(sourceOf(exported), { mayBeginLate: true, keys: [openRing(keys).current.publicKey] }),
    {
      ok: true,
    },
  );
});

test('an erased payload leaves the chain whole', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const journal = await open(t, path, keys);
  for (let n = 1; n <= 5; n++) await journal.append(plateRead(n));
  await journal.close();
  tamper(path, `UPDATE record SET sealed = NULL, text_sealed = NULL WHERE position = 3`);
  t.match(await verifyJournal(path, { keys }), { ok: true, withoutPayload: 1 });
});

const tamperings: [what: string, statements: string[], code: string, seq: number | null][] = [
  [
    'a payload changed',
    [
      `UPDATE record SET sealed = CAST(substr(sealed, 1, length(sealed) - 20) || zeroblob(20) AS BLOB) WHERE position = 3`,
    ],
    'payload',
    3,
  ],
  [
    'a payload changed, and said to be sealed with a key that was lost',
    [
      `UPDATE record SET sealed = CAST(substr(sealed, 1, 1) || randomblob(length(sealed) - 1) AS BLOB) WHERE position = 3`,
    ],
    'payload',
    3,
  ],
  [
    'a payload of another record put in',
    [`UPDATE record SET sealed = (SELECT sealed FROM record WHERE position = 4) WHERE position = 3`],
    'payload',
    3,
  ],
  ['a time changed', [`UPDATE record SET at = at + 60000 WHERE position = 3`], 'payload', 3],
  ['a hash changed', [`UPDATE record SET payload_hash = randomblob(32) WHERE position = 3`], 'signature', 3],
  [
    'a signature changed',
    [`UPDATE record SET signature = randomblob(64) WHERE position = 3`],
    'signature',
    3,
  ],
  ['an id changed', [`UPDATE record SET id = '${randomUUIDv7()}' WHERE position = 3`], 'signature', 3],
  [
    'a record removed',
    ['DELETE FROM record WHERE position = 3', 'DELETE FROM delivery WHERE position = 3'],
    'missing',
    3,
  ],
  ['the first removed', ['DELETE FROM record WHERE position = 1'], 'missing', 1],
  ['the newest removed', ['DELETE FROM record WHERE position >= 5'], 'tail', 5],
  ['all removed', ['DELETE FROM record'], 'tail', 1],
  [
    'the newest removed, and the note of it',
    ['DELETE FROM record WHERE position >= 5', 'DELETE FROM chain_head'],
    'tail',
    null,
  ],
  [
    'the newest removed, and the note of it forged',
    ['DELETE FROM record WHERE position >= 5', 'UPDATE chain_head SET seq = 4'],
    'tail',
    null,
  ],
  [
    'removed, and a note of retention forged',
    [
      'DELETE FROM record WHERE position = 3',
      `INSERT INTO chain_removed VALUES (1, 3, 3, NULL, NULL, (SELECT id FROM key), randomblob(64))`,
    ],
    'missing',
    3,
  ],
  [
    'a record put in, as a copy',
    [
      `INSERT INTO record SELECT 7, epoch, 7, 'copy', type, at, appended_at, camera, text, confidence, payload, checksum,
         sealed, text_sealed, payload_hash, previous_hash, key_id, signature, NULL FROM record WHERE position = 6`,
    ],
    'signature',
    7,
  ],
  [
    'a record put in, in clear',
    [
      `INSERT INTO record (position, epoch, seq, id, type, at, appended_at, payload, checksum)
         VALUES (7, 1, 7, 'mine', 'read', 0, 0, '{}', 0)`,
    ],
    'unsealed',
    7,
  ],
];

test('what somebody did to the file is found, with its place', async (t) => {
  for (const [index, [what, statements, code, seq]] of tamperings.entries())
    await t.test(what, async (t) => {
      const path = join(t.testdir(), `journal-${index}.db`);
      const keys = newRing();
      const journal = await open(t, path, keys);
      for (let n = 1; n <= 5; n++) await journal.append(plateRead(n));
      t.match(await verifyJournal(path, { keys }), { ok: true });
      await journal.close();
      tamper(path, ...statements);
      const { ok, breaks } = await verifyJournal(path, { keys });
      t.notOk(ok);
      t.ok(
        breaks.some((each) => each.code === code && each.from === seq),
        JSON.stringify(breaks),
      );
    });
});

test('when the newest records were cut off, the next start begins a new epoch', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const first = await open(t, path, keys);
  for (let n = 1; n <= 5; n++) await first.append(plateRead(n));
  await first.close();
  tamper(
    path,
    'DELETE FROM record WHERE position = 6',
    `UPDATE chain_head SET seq = 5, hash = randomblob(32)`,
  );
  const second = await open(t, path, keys);
  await second.append(plateRead(6));
  t.not(second.epoch, first.epoch);
  const { breaks } = await verifyJournal(path, { keys });
  t.ok(breaks.length === 0 || breaks.every(({ epoch }) => epoch === first.epoch));
});

test('beside a running agent: what is appended meanwhile changes nothing', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const keys = newRing();
  const journal = await open(t, path, keys);
  await Promise.all(Array.from({ length: 2500 }, (_, n) => journal.append(plateRead(n))));
  const heard: [number, number][] = [];
  const verified = verifyJournal(path, { keys, onProgress: (checked, of) => heard.push([checked, of]) });
  const appended = Promise.all(Array.from({ length: 100 }, (_, n) => journal.append(plateRead(n))));
  t.match(await verified, { ok: true });
  await appended;
  t.same(heard, [
    [1000, 2501],
    [2000, 2501],
  ]);
  t.match(await verifyJournal(path, { keys }), { ok: true, records: 2601 });
});
