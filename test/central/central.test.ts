// From a box's journal to the consumer's database and back with a receipt, while each of the three is killed with -9.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { arrivalOf } from '../../scripts/consumer/arrival.ts';
import { startConsumer } from '../../scripts/consumer/consumer.ts';
import { importLine } from '../../scripts/consumer/import.ts';
import { overview } from '../../scripts/consumer/overview.ts';
import { openStore } from '../../scripts/consumer/store.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { readPayload } from '../uplink/read-payload.ts';
import { startScriptedBroker } from '../uplink/scripted-broker.ts';
import { allConfirmed, file, shows, startable } from './processes.ts';

for (const protocol of ['5', '3.1.1'] as const)
  test(`MQTT ${protocol}: box, broker and consumer are killed in turn; every read arrives once, and is confirmed`, {
    skip: noMosquitto,
    timeout: 240_000,
  }, async (t) => {
    const READS = 300;
    // The broker forgets everything when it dies: what it had acknowledged and not delivered has to come again.
    const broker = await startMosquitto({ config: ['max_inflight_messages 0', 'max_queued_messages 0'] });
    t.teardown(() => broker.stop());
    const directory = t.testdir();
    const [journalPath, database] = [join(directory, 'journal.db'), join(directory, 'central.db')];
    const box = startable(
      t,
      [file('test/central/box.ts'), journalPath, broker.url, String(READS), '10', protocol],
      'full',
    );
    const paces = ['--receipt-ms', '100', '--grace-ms', '500'];
    const where = ['--url', broker.url, '--database', database];
    const central = startable(t, [file('scripts/central.ts'), 'listen', ...where, ...paces], 'listening');
    await central.start();
    await central.ready();
    await box.start();
    const arrived = (count: number) =>
      shows(database, ({ epochs }) => epochs.some(({ types }) => (types.read ?? 0) >= count));
    await arrived(20);
    for (const victim of ['box', 'broker', 'central', 'box'] as const) {
      if (victim === 'box') {
        await box.end('SIGKILL');
        await box.start();
      } else if (victim === 'broker') {
        await broker.kill9();
        await broker.restart();
      } else {
        await central.end('SIGKILL');
        await central.start();
      }
    }
    await box.ready();
    const told = await arrived(READS);
    t.match(told, { outOfOrder: 0, conflicts: 0, invalid: 0 });
    const complete = await shows(database, ({ epochs }) =>
      epochs.every(({ missing }) => missing.length === 0),
    );
    t.equal(
      complete.epochs.reduce((sum, { types }) => sum + (types.read ?? 0), 0),
      READS,
    );
    t.same(
      complete.epochs.flatMap(({ lost }) => lost.filter(({ reason }) => reason !== 'new-epoch')),
      [],
      'nothing is said to be lost',
    );
    await allConfirmed(journalPath);
    t.pass('every record is confirmed');
    await box.end('SIGTERM');
    await central.end('SIGTERM');
    const args = [file('scripts/central.ts'), 'verify', 'e19/north', '--database', database, '--json'];
    const verified = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const report = JSON.parse(verified.stdout);
    t.match(report, { ok: true, breaks: [], unsealed: 0 }, 'the chain holds over all that came');
    t.equal(verified.status, 0);
  });

const message = (seq: number, over: object = {}) => ({
  ...readPayload(),
  epoch: 'first',
  seq,
  lane: 'live',
  connection: '01234567',
  ...over,
});
const status = { schema: 1, type: 'status', site: 'e19', box: 'north', at: null, online: false };
const sent = (what: Record<string, unknown>) =>
  arrivalOf(`anpr/1/e19/north/${what.type}`, Buffer.from(JSON.stringify(what)))!;

test('what a consumer drops, counts and covers', async (t) => {
  const store = openStore(join(t.testdir(), 'central.db'));
  t.teardown(() => store.close());
  const second = message(2);
  const gap = {
    schema: 1,
    type: 'gap',
    id: '019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5b',
    epoch: 'first',
    seq: 7,
    lane: 'urgent',
    site: 'e19',
    box: 'north',
    at: '2026-11-22T13:07:56.123Z',
    gap: { what: 'records', epoch: 'first', from: 3, to: 4, count: 2, reason: 'expired' },
  };
  store.commit([sent(message(1)), sent(second), sent(second), sent(message(6)), sent(message(5)), sent(gap)]);
  store.commit([sent(message(1)), sent({ ...message(8), plate: 'none' }), sent({ ...second, camera: 5 })]);
  const told = overview(store);
  t.match(told, { ok: false, duplicates: 1, outOfOrder: 2, conflicts: 1, invalid: 2 });
  t.match(told.epochs[0], { upTo: 7, last: 7, missing: [], types: { read: 4, gap: 1 } });
  t.match(told.epochs[0]?.lost, [{ from: 3, to: 4, reason: 'expired' }]);
});

test('a message that the broker delivers again after later ones is late, and no disorder of the box', async (t) => {
  const store = openStore(join(t.testdir(), 'central.db'));
  t.teardown(() => store.close());
  const sentAgain = (what: Record<string, unknown>) =>
    arrivalOf('anpr/1/e19/north/read', Buffer.from(JSON.stringify(what)), true)!;
  const known = message(1);
  store.commit([sent(known), sent(message(4)), sentAgain(message(2)), sentAgain(known), sent(message(3))]);
  const told = overview(store);
  t.match(told, { late: 1, outOfOrder: 1, duplicates: 1, conflicts: 0, invalid: 0 });
  t.match(told.epochs[0], { upTo: 4, missing: [] }, 'each of them is kept');
});

test('a box speaks for itself alone: what comes in its topics about another one is not valid', async (t) => {
  for (const about of [message(1, { box: 'south' }), { ...status, site: 'e20' }])
    t.match(sent(about), {
      kind: 'invalid',
      reason: /^wanted a message of e19\/north, found one of e(19|20)\//,
    });
  t.match(sent(status), { kind: 'status' });
  t.match(sent(message(1)), { kind: 'record', record: { box: 'north' } });
});

test('a new epoch tells where the old one ended: its tail is missing, though nothing after it ever comes', async (t) => {
  const path = join(t.testdir(), 'central.db');
  const store = openStore(path);
  const gap = {
    schema: 1,
    type: 'gap',
    id: '019aab12-3c4d-7e5f-8a9b-0c1d2e3f4a5c',
    epoch: 'second',
    seq: 1,
    lane: 'urgent',
    site: 'e19',
    box: 'north',
    at: '2026-11-22T13:07:56.123Z',
    gap: { what: 'records', epoch: 'first', from: 5, to: null, count: null, reason: 'new-epoch' },
  };
  store.commit([sent(message(1)), sent(message(2)), sent(gap)]);
  store.close();
  const again = openStore(path, true);
  t.match(overview(again), {
    ok: false,
    epochs: [{ epoch: 'first', ended: true, upTo: 2, last: 4, missing: [[3, 4]] }, { upTo: 1 }],
  });
  again.close();
});

test('a stick brings what the broker did not, once', async (t) => {
  const store = openStore(join(t.testdir(), 'central.db'));
  t.teardown(() => store.close());
  const one = message(1);
  const { lane, connection, ...two } = message(2);
  t.ok(lane && connection);
  store.commit([sent(one)]);
  const pictures = [{ kind: 'plate', sha256: 'a'.repeat(64), jpeg: Buffer.from('jpeg').toString('base64') }];
  const lines = [
    JSON.stringify(one),
    JSON.stringify({ ...two, pictures }),
    '{"type":"read"',
    'null',
    '{"type":"read","pictures":7}',
    '{"type":"tale"}',
    '{"export":{"records":2}}',
  ];
  for (const line of [...lines, ...lines.slice(0, 2)]) store.commit(importLine(line, 'stick.jsonl:1'));
  t.match(overview(store), {
    duplicates: 3,
    invalid: 4,
    pictures: 1,
    epochs: [{ upTo: 2, types: { read: 2 } }],
  });
});

test('an empty message and a stranger are no news', async (t) => {
  t.equal(arrivalOf('anpr/1/e19/north/read', Buffer.alloc(0)), undefined);
  t.equal(arrivalOf('anpr/1/e19/north/cmd/replay', Buffer.from('{}')), undefined);
  t.equal(arrivalOf('weather/today', Buffer.from('rain')), undefined);
});

test('a question that the broker has not taken when its answer is given up is no more than unanswered', async (t) => {
  const broker = await startScriptedBroker(t, { puback: () => undefined });
  const consumer = await startConsumer({
    ...{ url: broker.url, database: join(t.testdir(), 'central.db'), clientId: 'centre' },
    ...{ receiptMs: 60_000, graceMs: 60_000, answerMs: 50 },
    onProblem: () => {},
  });
  await t.rejects(consumer.evidence({ site: 'e19', box: 'north' }, 'read'), {
    message: 'no answer from box e19/north within 0.05 s',
  });
  // a slow machine gives the answer up before the broker has the question
  while (broker.sent.length === 0) await sleep(10);
  for (const question of broker.sent) question.acknowledge();
  await consumer.close();
});
