// The uplink is changed while reads come in: to another broker, to none, back. Nothing is lost, nothing comes twice.

import { test } from 'tap';
import { createBoxUplink } from '../../agent/box/uplink.ts';
import type { UplinkConfig } from '../../agent/config/index.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { newRead } from '../journal/records.ts';
import { openTestJournal, startTestUplink, subscribe, uplinkConfig } from '../uplink/parts.ts';

test('to another broker and back in the middle of a stream of reads: each arrives once, in order', {
  skip: noMosquitto,
}, async (t) => {
  const brokers = [await startMosquitto(), await startMosquitto()] as const;
  t.teardown(() => Promise.all(brokers.map((broker) => broker.stop())));
  const centres = await Promise.all(brokers.map(({ url }) => subscribe(t, url)));
  const journal = await openTestJournal(t);
  const started: string[] = [];
  const uplink = createBoxUplink((config) => {
    started.push(config.url);
    return startTestUplink(t, journal, config);
  });
  t.teardown(() => uplink.close());
  t.match(uplink.state(), { state: 'off' });
  const config = (broker: number): UplinkConfig => uplinkConfig({ url: brokers[broker]!.url });
  const arrived = () => centres.flatMap((centre) => centre.reads());
  const COUNT = 600;
  const changes = new Map<number, () => Promise<unknown>>([
    [0, () => uplink.use(config(0))],
    [150, () => uplink.use(config(1))],
    // two at once, and none between
    [300, () => Promise.all([uplink.use(config(0)), uplink.use(config(1))])],
    [400, () => uplink.use(undefined)],
    [450, () => uplink.use(config(0))],
  ]);
  for (let n = 1; n <= COUNT; n++) {
    void changes.get(n - 1)?.();
    await journal.append(newRead(n));
  }
  await journal.delivered(COUNT);
  const whole = () => arrived().length >= COUNT;
  await Promise.race(centres.map((centre) => centre.until(whole)));
  t.equal(arrived().length, COUNT, 'each once');
  t.equal(new Set(arrived().map(({ message }) => message.id)).size, COUNT);
  for (const centre of centres) {
    const lanes = Map.groupBy(centre.reads(), ({ message }) => `${message.connection} ${message.lane}`);
    for (const [lane, reads] of lanes) {
      const seqs = reads.map(({ message }) => message.seq);
      t.same(
        seqs,
        seqs.toSorted((a, b) => a - b),
        `in order: ${lane}`,
      );
    }
  }
  t.match(uplink.state(), { broker: brokers[0].url, sentTotal: COUNT, deadTotal: 0 }, 'counted on');
  t.ok(uplink.state().lastSentAt);
  t.same(
    started,
    [0, 1, 0, 1, 0].map((broker) => brokers[broker]!.url),
  );
});

test('closed while it is being changed: nothing begins any more', async (t) => {
  const journal = await openTestJournal(t);
  let started = 0;
  const uplink = createBoxUplink((config) => {
    started++;
    return startTestUplink(t, journal, config);
  });
  await uplink.use(uplinkConfig({ url: 'mqtt://127.0.0.1:9' }));
  const changing = uplink.use(uplinkConfig({ url: 'mqtt://127.0.0.1:10' }));
  await Promise.all([uplink.close(), changing]);
  await uplink.use(uplinkConfig({ url: 'mqtt://127.0.0.1:11' }));
  t.equal(started, 1);
  t.equal(uplink.state().state, 'off');
});
