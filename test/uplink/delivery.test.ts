// Records reach a real broker: once each when nothing breaks, at least once whatever breaks, in order within a lane,
// and a record is delivered only when the broker has said so.

import { test } from 'tap';
import { readMessage, statusMessage } from '../../agent/contract/index.ts';
import { freePort, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { newRead } from '../journal/records.ts';
import {
  ADDRESS,
  appendReads,
  openTestJournal,
  reached,
  readsOf,
  seqsOf,
  startScene,
  startTestUplink,
  subscribe,
} from './parts.ts';
import { startProxy } from './proxy.ts';
import { readPayload } from './read-payload.ts';
import { startScriptedBroker } from './scripted-broker.ts';

const skip = noMosquitto;

for (const protocol of ['5', '3.1.1'] as const) {
  test(`MQTT ${protocol}: reads made offline arrive once each in order, then live ones`, {
    skip,
  }, async (t) => {
    const port = await freePort();
    const journal = await openTestJournal(t);
    await appendReads(journal, 1, 10);
    // The gate keeps the uplink from being faster than the subscriber once the broker is there.
    let gate: Promise<void> | undefined;
    const uplink = startTestUplink(
      t,
      journal,
      { url: `mqtt://127.0.0.1:${port}`, protocol },
      {
        secrets: async () => {
          await gate;
          return {};
        },
      },
    );
    t.match(await reached(uplink, ({ state }) => state === 'waiting'), { reason: /nothing listens/ });
    const { promise, resolve: openGate } = Promise.withResolvers<void>();
    gate = promise;

    const broker = await startMosquitto({ port });
    t.teardown(() => broker.stop());
    const centre = await subscribe(t, broker.url);
    openGate();
    await centre.until(readsOf(10));
    await journal.append(newRead(11));
    await centre.until(readsOf(11));
    t.same(seqsOf(centre.reads()), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const lanes = centre.reads().map(({ message }) => message.lane);
    t.same(lanes, [...Array(10).fill('backlog'), 'live']);
    t.equal(centre.reads()[0]!.topic, 'anpr/1/e19/north/read');
    if (protocol === '5') t.equal(centre.reads()[0]!.contentType, 'application/json');

    await uplink.close();
    t.match(uplink.state(), { state: 'closed', protocol, sentTotal: 11, deadTotal: 0, inFlight: 0 });
    t.match(await journal.counts(), { pending: 0, dead: 0, records: 11 });
  });
}

test('what arrives is the contract', { skip }, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  const payload = readPayload();
  await journal.append(newRead(1, { id: payload.id, payload: { ...payload } }));
  startTestUplink(t, journal, { url: broker.url });
  await centre.until(readsOf(1));
  const { message } = centre.reads()[0]!;
  const place = { epoch: journal.epoch, seq: 1, lane: 'backlog', connection: message.connection };
  t.same(readMessage.parse(message), { ...payload, ...place });
  t.match(message.connection, /^[0-9a-f]{8}$/);
});

test('the status is retained: online while connected, again on a change, offline at the end', {
  skip,
}, async (t) => {
  const { broker, centre, journal } = await startScene(t);
  let camera = { id: 'north', state: 'connecting' as 'connecting' | 'streaming', reason: null };
  const uplink = startTestUplink(
    t,
    journal,
    { url: broker.url },
    { status: () => ({ agent: '0.1.0', epoch: journal.epoch, cameras: [camera] }) },
  );
  await centre.until((received) => received.length === 1);
  camera = { ...camera, state: 'streaming' };
  uplink.publishStatus();
  await centre.until((received) => received.length === 2);
  await uplink.close();
  await centre.until((received) => received.length === 3);
  const told = centre.received.map(({ message }) => statusMessage.parse(message));
  t.match(told, [
    { ...ADDRESS, online: true, at: String, cameras: [{ state: 'connecting' }] },
    { online: true, cameras: [{ state: 'streaming' }] },
    { online: false, at: String },
  ]);
  const late = await subscribe(t, broker.url);
  await late.until((received) => received.length === 1);
  t.match(late.received[0], { topic: 'anpr/1/e19/north/status', retain: true, message: { online: false } });
});

test('a box that vanishes is said to be offline by the broker', { skip }, async (t) => {
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const proxy = await startProxy(t, broker.port);
  const centre = await subscribe(t, broker.url);
  startTestUplink(t, await openTestJournal(t), { url: proxy.url });
  await centre.until((received) => received.some(({ message }) => message.online));
  proxy.shut();
  await centre.until((received) => received.some(({ message }) => !message.online));
  const will = statusMessage.parse(centre.received.at(-1)!.message);
  t.match(will, { ...ADDRESS, online: false, at: null });
});

for (const protocol of ['5', '3.1.1'] as const) {
  test(`MQTT ${protocol}: a broker killed in the middle loses nothing of ours`, { skip }, async (t) => {
    // Unlimited: mosquitto hands each message to the subscriber's socket before it acknowledges it to us.
    const broker = await startMosquitto({ config: ['max_inflight_messages 0', 'max_queued_messages 0'] });
    t.teardown(() => broker.stop());
    const proxy = await startProxy(t, broker.port);
    const journal = await openTestJournal(t);
    await appendReads(journal, 1, 500);
    const before = await subscribe(t, broker.url);
    const uplink = startTestUplink(t, journal, { url: proxy.url, protocol });
    await before.until(readsOf(100));
    await broker.kill9();
    proxy.shut();
    t.match(await reached(uplink, ({ state }) => state === 'waiting'), { state: 'waiting' });
    await broker.restart();
    const after = await subscribe(t, broker.url);
    proxy.open();
    await after.until((received) => readsOf(500)([...before.received, ...received]));
    await uplink.close();
    t.match(await journal.counts(), { pending: 0, records: 500 });
    const again = before.reads().length + after.reads().length - 500;
    t.ok(again <= 20, `${again} came twice: no more than the window`);
  });
}

test("the broker's Receive Maximum bounds the window", async (t) => {
  const broker = await startScriptedBroker(t, {
    connack: () => ({ properties: { receiveMaximum: 1 } }),
    puback: (sent) => void setImmediate(() => sent.acknowledge()),
  });
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 30);
  startTestUplink(t, journal, { url: broker.url, window: 20 });
  await broker.until(() => broker.reads().length === 30);
  t.equal(broker.mostInFlight, 1, 'the status counts too');
});

test('mosquitto with max_inflight_messages 1 gets everything', { skip }, async (t) => {
  const { broker, centre, journal } = await startScene(t, { config: ['max_inflight_messages 1'] });
  await appendReads(journal, 1, 50);
  startTestUplink(t, journal, { url: broker.url, window: 20 });
  await centre.until(readsOf(50));
  t.same(
    seqsOf(centre.reads()),
    Array.from({ length: 50 }, (_, n) => n + 1),
  );
});
