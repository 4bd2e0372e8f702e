// Several brokers in order: the next one when one cannot be reached, the first again as soon as it can.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { test } from 'tap';
import { freePort, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { newRead } from '../journal/records.ts';
import { appendReads, openTestJournal, reached, readsOf, startTestUplink, subscribe } from './parts.ts';
import { startProxy } from './proxy.ts';
import { startScriptedBroker } from './scripted-broker.ts';

test('the second serves while the first is away, and the first again when it is back', {
  skip: noMosquitto,
}, async (t) => {
  const port = await freePort();
  const second = await startMosquitto();
  t.teardown(() => second.stop());
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 10);
  const first = `mqtt://127.0.0.1:${port}`;
  const uplink = startTestUplink(t, journal, { url: first, fallbacks: [{ url: second.url }] });
  t.match(await reached(uplink, ({ state }) => state === 'connected'), { broker: second.url });
  await journal.delivered(10);

  const broker = await startMosquitto({ port });
  t.teardown(() => broker.stop());
  const centre = await subscribe(t, broker.url);
  await reached(uplink, ({ state, broker }) => state === 'connected' && broker === first);
  await journal.append(newRead(11));
  await centre.until(readsOf(1));
  t.equal(centre.reads()[0]?.message.seq, 11, 'what the second had is not sent again');
  await journal.delivered(11);
});

test('away from the first in the middle of a backlog: nothing is lost, and the order holds', {
  skip: noMosquitto,
}, async (t) => {
  const [first, second] = [await startMosquitto(), await startMosquitto()];
  t.teardown(() => Promise.all([first.stop(), second.stop()]));
  const proxy = await startProxy(t, first.port);
  const [one, two] = [await subscribe(t, first.url), await subscribe(t, second.url)];
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 400);
  const uplink = startTestUplink(t, journal, { url: proxy.url, fallbacks: [{ url: second.url }] });
  await one.until(readsOf(50));
  proxy.shut();
  await reached(uplink, ({ broker, state }) => broker === second.url && state === 'connected');
  await journal.delivered(400);
  await two.until((received) => readsOf(400)([...one.received, ...received]));
  for (const centre of [one, two]) {
    const seqs = centre.reads().map(({ message }) => message.seq);
    t.same(
      seqs,
      seqs.toSorted((a, b) => a - b),
    );
  }
});

test('a first broker that refuses this box is no reason to wait', async (t) => {
  const refusing = await startScriptedBroker(t, { connack: () => ({ reasonCode: 0x87 }) });
  const second = await startScriptedBroker(t);
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 3);
  const uplink = startTestUplink(
    t,
    journal,
    { url: refusing.url, fallbacks: [{ url: second.url }] },
    { times: { slowMs: 3_600_000 } },
  );
  await journal.delivered(3);
  t.match(uplink.state(), { broker: second.url, state: 'connected' });
});

test('a first broker that speaks MQTT 3.1.1 only is returned to as well', async (t) => {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await startProxy(t, (server.address() as AddressInfo).port);
  t.teardown(() => {
    aedes.close();
    server.close();
  });
  proxy.shut();
  const second = await startScriptedBroker(t);
  const journal = await openTestJournal(t);
  const uplink = startTestUplink(t, journal, { url: proxy.url, fallbacks: [{ url: second.url }] });
  await reached(uplink, ({ state, broker }) => state === 'connected' && broker === second.url);
  proxy.open();
  t.match(await reached(uplink, ({ state, broker }) => state === 'connected' && broker === proxy.url), {
    protocol: '3.1.1',
  });
  await uplink.close();
});

test('all brokers away: each in turn, and the first that comes is taken', async (t) => {
  const ports = [await freePort(), await freePort(), await freePort()];
  const [url, ...others] = ports.map((port) => `mqtt://127.0.0.1:${port}`) as [string, string, string];
  const journal = await openTestJournal(t);
  const uplink = startTestUplink(t, journal, { url, fallbacks: others.map((url) => ({ url })) });
  const tried = new Set<string | null>();
  uplink.watch(({ broker }) => tried.add(broker));
  await reached(uplink, ({ failures }) => failures >= 7);
  t.same([...tried].sort(), [url, ...others].sort());
});
