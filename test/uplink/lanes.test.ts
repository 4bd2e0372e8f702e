// Four lanes over one connection: urgent first, then live, then backlog, pictures last; each in its order, and every
// kind of record has its topic.

import { createHash, randomUUIDv7 } from 'node:crypto';
import { test } from 'tap';
import { pictureProperties } from '../../agent/contract/index.ts';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import type { RecordType } from '../../agent/journal/index.ts';
import { noMosquitto } from '../fixtures/mosquitto.ts';
import { newRead } from '../journal/records.ts';
import {
  ADDRESS,
  appendReads,
  openTestJournal,
  reached,
  readsOf,
  startScene,
  startTestUplink,
} from './parts.ts';
import { startScriptedBroker } from './scripted-broker.ts';

const skip = noMosquitto;

test('each kind of record has a topic, and none stays behind', async (t) => {
  const broker = await startScriptedBroker(t);
  const journal = await openTestJournal(t);
  const types: RecordType[] = ['audit', 'status', 'hit', 'gap', 'read'];
  for (const [n, type] of types.entries()) await journal.append(newRead(n + 1, { type }));
  startTestUplink(t, journal, { url: broker.url });
  await journal.delivered(5);
  const records = broker.sent.filter(({ message }) => message.seq);
  t.same(
    records.map(({ topic, message }) => [topic.replace(/.*\//, ''), message.lane]),
    [
      ['audit', 'urgent'],
      ['change', 'urgent'],
      ['hit', 'urgent'],
      ['gap', 'urgent'],
      ['read', 'backlog'],
    ],
  );
});

test('urgent before live before backlog, each lane in its order', async (t) => {
  const broker = await startScriptedBroker(t, {
    puback: ({ topic }) => (topic.endsWith('/status') ? 0 : undefined),
  });
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 50);
  const uplink = startTestUplink(t, journal, { url: broker.url, window: 4 });
  const records = () => broker.sent.filter(({ message }) => message.seq);
  await broker.until(() => records().length === 1);
  const { pending } = journal;
  const fetched = new Set<number>();
  const all = Promise.withResolvers<void>();
  journal.pending = async (filter) => {
    const found = await pending(filter);
    for (const { seq } of found) if (seq > 50) fetched.add(seq);
    if (fetched.size === 5) setImmediate(all.resolve);
    return found;
  };
  await appendReads(journal, 51, 53);
  await journal.append(newRead(54, { type: 'hit' }));
  await journal.append(newRead(55, { type: 'hit' }));
  // They fill the three places that the backlog leaves while its first message has no answer.
  await broker.until(() => records().length === 4);
  for (let answered = 0; answered < 55; answered++) {
    await broker.until(() => records().length > answered);
    records()[answered]!.acknowledge();
  }
  await journal.delivered(55);
  await uplink.close();
  const lanes = Map.groupBy(records(), ({ message }) => message.lane as string);
  for (const [lane, sent] of lanes) {
    const seqs = sent.map(({ message }) => message.seq as number);
    t.same(
      seqs,
      seqs.toSorted((a, b) => a - b),
      `${lane} in order`,
    );
  }
  t.same([...lanes].map(([lane, sent]) => [lane, sent.length]).toSorted(), [
    ['backlog', 50],
    ['live', 3],
    ['urgent', 2],
  ]);
  const firstTen = records().slice(0, 10);
  t.ok(firstTen.filter(({ message }) => message.lane !== 'backlog').length === 5, 'the five went ahead');
  t.equal(new Set(records().map(({ message }) => message.connection)).size, 1);
  t.ok(broker.mostInFlight <= 4);
});

/** A read with a patch of so many bytes on disk, and its id. */
async function appendWithPicture(
  journal: Awaited<ReturnType<typeof openTestJournal>>,
  store: ReturnType<typeof createEvidenceStore>,
  n: number,
  jpeg: Buffer,
): Promise<string> {
  const read = newRead(n);
  const kept = await store.put(read.id, 'plate', read.at, jpeg);
  const { kind, sizeBytes, sha256 } = kept;
  await journal.append({ ...read, pictures: [{ kind, at: read.at, sizeBytes, sha256 }] });
  return read.id;
}

test('pictures come after everything else, whole, and say which they are', { skip }, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
  const jpeg = Buffer.from(Array.from({ length: 5000 }, (_, n) => 255 - (n % 251)));
  const ids = [];
  for (let n = 1; n <= 3; n++) ids.push(await appendWithPicture(journal, evidence, n, jpeg));
  const pictures = { send: 'plate', dailyMiB: 1 } as const;
  startTestUplink(t, journal, { url: broker.url, pictures }, { evidence });
  await centre.until(() => centre.pictures.length === 3);
  t.ok(readsOf(3)(centre.received), 'the reads were there before');
  t.same(
    centre.pictures.map(({ topic }) => topic),
    ids.map((id) => `anpr/1/e19/north/evidence/${id}`),
  );
  const [first] = centre.pictures;
  t.ok(first?.payload.equals(jpeg));
  t.same(pictureProperties.parse({ ...first?.userProperties }), {
    lane: 'pictures',
    readId: ids[0],
    kind: 'plate',
    sha256: createHash('sha256').update(jpeg).digest('hex'),
  });
});

test('pictures go when nothing else waits, though the journal was still looking for those of hits then', {
  skip,
}, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
  for (let n = 1; n <= 3; n++) await appendWithPicture(journal, evidence, n, Buffer.from('jpeg'));
  const { pendingPictures } = journal;
  journal.pendingPictures = async (filter) => {
    const found = await pendingPictures(filter);
    if (filter.ofHits) await journal.delivered(3);
    return found;
  };
  const pictures = { send: 'plate', dailyMiB: 1 } as const;
  const options = { evidence, times: { statusMs: 2 ** 30 } };
  startTestUplink(t, journal, { url: broker.url, pictures }, options);
  await centre.until(() => centre.pictures.length === 3);
  t.pass('without a read or a status that comes later');
});

test('pictures of many hits go once each, and the journal is asked for a hundred at a time', {
  skip,
}, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
  const ids: string[] = [];
  for (let n = 1; n <= 120; n++) {
    const readId = await appendWithPicture(journal, evidence, n, Buffer.from(`jpeg ${n}`));
    await journal.append(newRead(n, { type: 'hit', readId }));
    ids.push(readId);
  }
  const { pendingPictures } = journal;
  const asked: number[] = [];
  journal.pendingPictures = (filter) => {
    if (filter.ofHits) asked.push(filter.limit);
    return pendingPictures(filter);
  };
  const pictures = { send: 'none', dailyMiB: 1 } as const;
  startTestUplink(t, journal, { url: broker.url, pictures }, { evidence });
  await centre.until(() => centre.pictures.length >= 120);
  const topics = centre.pictures.map(({ topic }) => topic.split('/').at(-1));
  t.same(topics, ids, 'each once, oldest first');
  // A hit that goes out in between may ask again; one question a picture would be 120.
  t.ok(asked.length < 10 && asked.every((limit) => limit === 100), `${asked.length} questions`);
});

test("the day's budget bounds the pictures, never the reads", { skip }, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
  for (let n = 1; n <= 4; n++) await appendWithPicture(journal, evidence, n, Buffer.alloc(400 * 1024, 0xff));
  const asked: number[] = [];
  const { picturesSentSince } = journal;
  const full = Promise.withResolvers<void>();
  journal.picturesSentSince = async (at) => {
    asked.push(await picturesSentSince(at));
    if (asked.at(-1) === 800 * 1024) full.resolve();
    return asked.at(-1)!;
  };
  const pictures = { send: 'plate', dailyMiB: 1 } as const;
  const uplink = startTestUplink(t, journal, { url: broker.url, pictures }, { evidence });
  await full.promise;
  await journal.append(newRead(5));
  await centre.until(readsOf(5));
  await uplink.close();
  t.equal(centre.pictures.length, 2, '2 × 400 KiB of 1 MiB');
});

test('a picture that a 3.1.1 broker hangs up on, or that cannot be read, is set aside; the next one goes', async (t) => {
  const isBad = ({ topic }: { topic: string }) => topic.endsWith(bad);
  const broker = await startScriptedBroker(t, { puback: (sent) => (isBad(sent) ? 'close' : 0) });
  const journal = await openTestJournal(t);
  const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
  const bad = await appendWithPicture(journal, evidence, 1, Buffer.from('"large"'));
  const sealed = await appendWithPicture(journal, evidence, 2, Buffer.from('"sealed"'));
  const good = await appendWithPicture(journal, evidence, 3, Buffer.from('"small"'));
  const reading: typeof evidence = Object.create(evidence, {
    get: {
      value: async (readId: string, kind: 'plate', at: number) => {
        if (readId === sealed) throw new Error('the keys of the box are not there');
        return evidence.get(readId, kind, at);
      },
    },
  });
  const pictures = { send: 'plate', dailyMiB: 1 } as const;
  startTestUplink(t, journal, { url: broker.url, pictures, protocol: '3.1.1' }, { evidence: reading });
  await broker.until(() => broker.sent.some(({ topic }) => topic.endsWith(good)));
  t.equal(broker.sent.filter(isBad).length, 3);
});

test('with nothing configured no picture goes', { skip }, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
  await appendWithPicture(journal, evidence, 1, Buffer.from('jpeg'));
  const uplink = startTestUplink(t, journal, { url: broker.url }, { evidence });
  await centre.until(readsOf(1));
  await uplink.close();
  await centre.until((received) => received.at(-1)?.message.online === false);
  t.equal(centre.pictures.length, 0);
});

for (const protocol of ['5', '3.1.1'] as const)
  test(`MQTT ${protocol}: pictures of a read on request, and what is gone is said to be gone`, {
    skip,
  }, async (t) => {
    const { broker, centre, journal } = await startScene(t);
    const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
    const readId = await appendWithPicture(journal, evidence, 1, Buffer.from('jpeg'));
    const uplink = startTestUplink(t, journal, { url: broker.url, protocol }, { evidence });
    await reached(uplink, ({ sentTotal }) => sentTotal === 0);
    await centre.until(readsOf(1));
    const reply = await centre.ask('evidence', { id: 'q1', readId });
    t.match(reply, {
      ...ADDRESS,
      type: 'reply',
      id: 'q1',
      ok: true,
      result: {
        pictures: [
          { kind: 'plate', state: 'queued' },
          { kind: 'overview', state: 'gone' },
        ],
      },
    });
    await centre.until(() => centre.pictures.length === 1);
    t.equal(centre.pictures[0]!.payload.toString(), 'jpeg');
    t.match(await centre.ask('evidence', { id: 'q2', readId: randomUUIDv7() }), {
      id: 'q2',
      ok: false,
      error: { code: 'evidence.unknown-read' },
    });
  });

test('what was asked for and not sent is sent after a restart', { skip }, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  const evidence = createEvidenceStore({ directory: `${journal.path}-pictures` });
  const readId = await appendWithPicture(journal, evidence, 1, Buffer.from('jpeg'));
  const asked = { id: 'q1', readId, kinds: ['plate'] };
  const none = { send: 'none', dailyMiB: 0 } as const;
  const first = startTestUplink(t, journal, { url: broker.url, pictures: none }, { evidence });
  await centre.until(readsOf(1));
  t.match(await centre.ask('evidence', asked), { result: { pictures: [{ state: 'queued' }] } });
  t.match(await centre.ask('evidence', asked), { result: { pictures: [{ state: 'queued' }] } }, 'once');
  await first.close();
  t.equal(centre.pictures.length, 0, "the day's budget is used up");
  t.match(await journal.requestedPictures(9), [{ readId, kind: 'plate', sizeBytes: 4 }]);
  startTestUplink(t, journal, { url: broker.url, pictures: { ...none, dailyMiB: 1 } }, { evidence });
  await centre.until(() => centre.pictures.length === 1);
  t.equal(centre.pictures[0]!.payload.toString(), 'jpeg');
  while ((await journal.requestedPictures(9)).length > 0)
    await new Promise((resolve) => setImmediate(resolve));
  t.pass('and forgotten once it was sent');
});
