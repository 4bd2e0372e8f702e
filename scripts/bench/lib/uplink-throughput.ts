// How much goes through: a drain beside mqtt.js alone, the consumer alone, and everything confirmed beside a mosquitto bridge with
// persistence once the broker is back.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import type { Receipt } from '../../../agent/journal/index.ts';
import { freePort, startMosquitto } from '../../../test/fixtures/mosquitto.ts';
import { startBridge } from './bridge.ts';
import { at, seconds, sorted, whole } from './figures.ts';
import { treeSeconds } from './processes.ts';
import {
  directory,
  type Extent,
  fill,
  newRead,
  openBenchJournal,
  reached,
  start,
  WINDOW,
} from './uplink-scene.ts';

/** The consumer is there before the broker, as in a centre whose broker alone was away. */
const CONSUMER_START_MS = 5000;

/** Starts the clocks; the function returned gives messages a second, and processor time for each in µs. */
function clocks(records: number): () => { perSecond: number; cpuUs: number } {
  const beganMs = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      perSecond: (records / (performance.now() - beganMs)) * 1000,
      cpuUs: (user + system) / records,
    };
  };
}

type Rate = ReturnType<ReturnType<typeof clocks>>;

/** mqtt.js alone with the same window, from memory: as it comes, or with Nagle's algorithm off as in the uplink. */
async function rawDrain(url: string, records: number, noDelay: boolean): Promise<Rate> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  const message = Buffer.from(JSON.stringify({ lane: 'backlog', ...newRead().payload }));
  if (noDelay && 'setNoDelay' in client.stream) (client.stream as import('node:net').Socket).setNoDelay(true);
  const stop = clocks(records);
  let next = 0;
  await Promise.all(
    Array.from({ length: WINDOW }, async () => {
      while (next++ < records)
        await new Promise((resolve) =>
          client.publish('anpr/1/e19/raw/read', message, { qos: 1 }, () => resolve(undefined)),
        );
    }),
  );
  const rate = stop();
  await client.endAsync(true);
  return rate;
}

/** A full journal to a broker, round by round beside mqtt.js alone. */
export async function drain({ records, rounds, sealed }: Extent): Promise<void> {
  const broker = await startMosquitto({ config: [`max_inflight_messages ${WINDOW}`] });
  const journal = await openBenchJournal(sealed);
  await fill(journal, records);
  const ours: Rate[] = [];
  const raw: Rate[] = [];
  const tuned: Rate[] = [];
  for (let round = 0; round < rounds; round++) {
    raw.push(await rawDrain(broker.url, records, false));
    tuned.push(await rawDrain(broker.url, records, true));
    if (round > 0) await journal.replay({ epoch: journal.epoch, from: 1, to: records });
    const uplink = start(journal, broker.url);
    await reached(() => uplink.state().state === 'connected');
    const stop = clocks(records);
    await reached(() => uplink.state().sentTotal >= records);
    ours.push(stop());
    await uplink.close();
  }
  await journal.close();
  await broker.stop();
  const median = (rates: Rate[], of: keyof Rate) =>
    whole(
      at(
        rates.map((rate) => rate[of]),
        0.5,
      ),
    );
  const ratios = sorted(ours.map(({ perSecond }, round) => perSecond / raw[round]!.perSecond));
  console.log(
    `drain of ${whole(records)}, window ${WINDOW}: ${median(ours, 'perSecond')}/s at ${median(ours, 'cpuUs')} µs of processor each; ` +
      `mqtt.js alone ${median(raw, 'perSecond')}/s at ${median(raw, 'cpuUs')} µs; ` +
      `with Nagle's algorithm off ${median(tuned, 'perSecond')}/s at ${median(tuned, 'cpuUs')} µs; ` +
      `ratio to the first ${at(ratios, 0.5).toFixed(2)} (rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
  );
}

/** scripts/central as a platform starts it. */
function startCentral(url: string, database: string) {
  const central = fileURLToPath(new URL('../../central', import.meta.url));
  return spawn(central, ['listen', '--url', url, '--database', database], { stdio: 'ignore' });
}

/** The consumer alone: messages of a journal's records from a client that has them in memory, until a receipt has them all. */
export async function consumer({ records: count, sealed }: Extent): Promise<void> {
  const broker = await startMosquitto({ config: ['max_inflight_messages 0', 'max_queued_messages 0'] });
  const journal = await openBenchJournal(sealed);
  await fill(journal, count);
  const messages: Buffer[] = [];
  for (let after = 0; messages.length < count; ) {
    const records = await journal.pending({ after, limit: 500 });
    for (const { json } of records)
      messages.push(
        Buffer.concat([Buffer.from('{"lane":"backlog","connection":"01234567",'), json.subarray(1)]),
      );
    after = records.at(-1)?.position ?? Number.MAX_SAFE_INTEGER;
  }
  await journal.close();
  const central = startCentral(broker.url, join(directory, 'consumer.db'));
  await sleep(CONSUMER_START_MS);
  const client = await mqtt.connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0 });
  const before = treeSeconds(central.pid!).all;
  const beganMs = performance.now();
  const all = new Promise<void>((resolve) => {
    client.on(
      'message',
      (_topic, payload) => JSON.parse(payload.toString()).upTo >= messages.length && resolve(),
    );
  });
  await client.subscribeAsync('anpr/1/e19/bench/receipt', { qos: 1 });
  for (let n = 0; n < messages.length; n += 500)
    await Promise.all(
      messages
        .slice(n, n + 500)
        .map((message) => client.publishAsync('anpr/1/e19/bench/read', message, { qos: 1 })),
    );
  await all;
  const tookMs = performance.now() - beganMs;
  const cpuUs = ((treeSeconds(central.pid!).all - before) * 1e6) / messages.length;
  await client.endAsync(true);
  central.kill('SIGTERM');
  await broker.stop();
  console.log(
    `consumer: ${whole(messages.length)} records in ${seconds(tookMs)} s, ${cpuUs.toFixed(0)} µs of processor each, all its threads`,
  );
}

/** From the broker being back until everything is confirmed, and until a bridge has brought everything. */
export async function back({ records, rounds, sealed }: Extent): Promise<void> {
  const ours: number[] = [];
  const waits: number[] = [];
  const costs: number[] = [];
  const bridge: Awaited<ReturnType<typeof startBridge>>[] = [];
  for (let round = 0; round < rounds; round++) {
    const journal = await openBenchJournal(sealed);
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    const all = Promise.withResolvers<void>();
    let confirmed = 0;
    const uplink = start(
      Object.create(journal, {
        confirm: {
          async value(receipt: Receipt) {
            const done = await journal.confirm(receipt);
            confirmed += done.confirmed;
            if (confirmed >= records) all.resolve();
            return done;
          },
        },
      }),
      url,
    );
    await fill(journal, records);
    const database = join(directory, `central-${round}.db`);
    const central = startCentral(url, database);
    await sleep(CONSUMER_START_MS);
    const broker = await startMosquitto({
      port,
      config: [`max_inflight_messages ${WINDOW}`, 'max_queued_messages 0'],
    });
    const beganMs = performance.now();
    const began = treeSeconds(process.pid).all;
    let connectedMs = 0;
    uplink.watch(({ state }) => {
      if (state === 'connected') connectedMs ||= performance.now() - beganMs;
    });
    await all.promise;
    ours.push(performance.now() - beganMs);
    costs.push(((treeSeconds(process.pid).all - began) * 1e6) / records);
    waits.push(connectedMs);
    central.kill('SIGTERM');
    await uplink.close();
    await journal.close();
    await broker.stop();
    bridge.push(await startBridge(records, () => JSON.stringify(newRead().payload)));
  }
  console.log(
    `broker back → all ${whole(records)} there: ours, confirmed from SQLite ${ours.map(seconds).join(', ')} s ` +
      `(of which until the box tried again: ${waits.map(seconds).join(', ')}); mosquitto bridge, at a subscriber ${bridge.map(({ tookMs }) => seconds(tookMs)).join(', ')} s; ` +
      `processor time of all processes, µs a record: ours ${costs.map(whole).join(', ')}, bridge ${bridge.map(({ cpuUs }) => whole(cpuUs)).join(', ')}`,
  );
}
