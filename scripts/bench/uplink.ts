// What the delivery costs, on real brokers: a drain beside mqtt.js alone, everything confirmed beside a mosquitto bridge
// with persistence, live reads behind a backlog, the way at rest, a slow link, and a thousand reconnects.
//
//     node scripts/bench/uplink.ts [--only drain,consumer,back,live,rest,slow,reconnects] [--records 100000] [--rounds 3] [--sealed]
//
// docs/benchmarks-uplink.md keeps the figures.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import mqtt from 'mqtt';
import { type Journal, type NewRecord, openJournal, type Receipt } from '../../agent/journal/index.ts';
import { newRing } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { startUplink, type UplinkJournal } from '../../agent/uplink/index.ts';
import { freePort, startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { readPayload } from '../../test/uplink/read-payload.ts';
import { startBridge } from './lib/bridge.ts';
import { startLink } from './lib/link.ts';
import { treeSeconds } from './lib/processes.ts';
import { uplinkConfig } from './lib/uplink-config.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'drain,consumer,back,live,rest,slow,reconnects' },
    records: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    sealed: { type: 'boolean', default: false },
  },
});
const only = new Set(values.only.split(','));
const RECORDS = Number(values.records);
const ROUNDS = Number(values.rounds);
const WINDOW = 20;
/** The consumer is there before the broker, as in a centre whose broker alone was away. */
const CONSUMER_START_MS = 5000;
const address = { site: 'e19', box: 'bench' };
const log = createLog('silent');
const directory = mkdtempSync(join(tmpdir(), 'bench-uplink-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

function newRead(): NewRecord {
  const payload = { ...readPayload(), ...address };
  const { text, confidence } = payload.plate;
  return { id: payload.id, type: 'read', at: Date.now(), camera: 'north', text, confidence, payload };
}

let journals = 0;
const openBenchJournal = (): Promise<Journal> =>
  openJournal({
    path: join(directory, `journal-${++journals}.db`),
    address,
    log,
    ...(values.sealed ? { keys: newRing() } : {}),
  });

async function fill(journal: Journal, count: number): Promise<void> {
  for (let n = 0; n < count; n += 500)
    await Promise.all(Array.from({ length: Math.min(500, count - n) }, () => journal.append(newRead())));
}

const start = (journal: UplinkJournal, url: string) =>
  startUplink({ journal, config: uplinkConfig(url, WINDOW), address, status: () => ({}), log });

const reached = (isThere: () => boolean) =>
  new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      if (!isThere()) return;
      clearInterval(watch);
      resolve();
    }, 2);
  });

const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b);
const at = (numbers: number[], share: number) =>
  sorted(numbers)[Math.floor(share * (numbers.length - 1))] ?? Number.NaN;
const whole = (number: number) => Math.round(number).toLocaleString('en');
const seconds = (ms: number) => (ms / 1000).toFixed(1);
const percentiles = (ms: number[]) =>
  `p50 ${at(ms, 0.5).toFixed(1)} ms, p95 ${at(ms, 0.95).toFixed(1)} ms, most ${at(ms, 1).toFixed(1)} ms (${ms.length} reads)`;

/** Starts the clocks; the function returned gives messages a second, and processor time for each in µs. */
function clocks(): () => { perSecond: number; cpuUs: number } {
  const beganMs = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      perSecond: (RECORDS / (performance.now() - beganMs)) * 1000,
      cpuUs: (user + system) / RECORDS,
    };
  };
}

type Rate = ReturnType<ReturnType<typeof clocks>>;

/** mqtt.js alone with the same window, from memory: as it comes, or with Nagle's algorithm off as in the uplink. */
async function rawDrain(url: string, noDelay: boolean): Promise<Rate> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  const message = Buffer.from(JSON.stringify({ lane: 'backlog', ...newRead().payload }));
  if (noDelay && 'setNoDelay' in client.stream) (client.stream as import('node:net').Socket).setNoDelay(true);
  const stop = clocks();
  let next = 0;
  await Promise.all(
    Array.from({ length: WINDOW }, async () => {
      while (next++ < RECORDS)
        await new Promise((resolve) =>
          client.publish('anpr/1/e19/raw/read', message, { qos: 1 }, () => resolve(undefined)),
        );
    }),
  );
  const rate = stop();
  await client.endAsync(true);
  return rate;
}

async function drain(): Promise<void> {
  const broker = await startMosquitto({ config: [`max_inflight_messages ${WINDOW}`] });
  const journal = await openBenchJournal();
  await fill(journal, RECORDS);
  const ours: Rate[] = [];
  const raw: Rate[] = [];
  const tuned: Rate[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    raw.push(await rawDrain(broker.url, false));
    tuned.push(await rawDrain(broker.url, true));
    if (round > 0) await journal.replay({ epoch: journal.epoch, from: 1, to: RECORDS });
    const uplink = start(journal, broker.url);
    await reached(() => uplink.state().state === 'connected');
    const stop = clocks();
    await reached(() => uplink.state().sentTotal >= RECORDS);
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
    `drain of ${whole(RECORDS)}, window ${WINDOW}: ${median(ours, 'perSecond')}/s at ${median(ours, 'cpuUs')} µs of processor each; ` +
      `mqtt.js alone ${median(raw, 'perSecond')}/s at ${median(raw, 'cpuUs')} µs; ` +
      `with Nagle's algorithm off ${median(tuned, 'perSecond')}/s at ${median(tuned, 'cpuUs')} µs; ` +
      `ratio to the first ${at(ratios, 0.5).toFixed(2)} (rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
  );
}

/** scripts/central as a platform starts it. */
function startCentral(url: string, database: string) {
  const central = fileURLToPath(new URL('../central', import.meta.url));
  return spawn(central, ['listen', '--url', url, '--database', database], { stdio: 'ignore' });
}

/** The consumer alone: messages of a journal's records from a client that has them in memory, until a receipt has them all. */
async function consumer(): Promise<void> {
  const broker = await startMosquitto({ config: ['max_inflight_messages 0', 'max_queued_messages 0'] });
  const journal = await openBenchJournal();
  await fill(journal, RECORDS);
  const messages: Buffer[] = [];
  for (let after = 0; messages.length < RECORDS; ) {
    const records = await journal.pending({ after, limit: 500 });
    for (const { json } of records)
      messages.push(Buffer.from(`{"lane":"backlog","connection":"01234567",${json.slice(1)}`));
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
async function back(): Promise<void> {
  const ours: number[] = [];
  const waits: number[] = [];
  const costs: number[] = [];
  const bridge: Awaited<ReturnType<typeof startBridge>>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const journal = await openBenchJournal();
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
            if (confirmed >= RECORDS) all.resolve();
            return done;
          },
        },
      }),
      url,
    );
    await fill(journal, RECORDS);
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
    costs.push(((treeSeconds(process.pid).all - began) * 1e6) / RECORDS);
    waits.push(connectedMs);
    central.kill('SIGTERM');
    await uplink.close();
    await journal.close();
    await broker.stop();
    bridge.push(await startBridge(RECORDS, () => JSON.stringify(newRead().payload)));
  }
  console.log(
    `broker back → all ${whole(RECORDS)} there: ours, confirmed from SQLite ${ours.map(seconds).join(', ')} s ` +
      `(of which until the box tried again: ${waits.map(seconds).join(', ')}); mosquitto bridge, at a subscriber ${bridge.map(({ tookMs }) => seconds(tookMs)).join(', ')} s; ` +
      `processor time of all processes, µs a record: ours ${costs.map(whole).join(', ')}, bridge ${bridge.map(({ cpuUs }) => whole(cpuUs)).join(', ')}`,
  );
}

/** Subscribes; `arrived` resolves with when a read came. */
async function listener(url: string) {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  const waiting = new Map<string, (atMs: number) => void>();
  client.on('message', (_topic, payload) => {
    const id = /"id":"([^"]+)"/.exec(payload.toString())?.[1] ?? '';
    waiting.get(id)?.(performance.now());
    waiting.delete(id);
  });
  await client.subscribeAsync('anpr/1/e19/bench/read', { qos: 1 });
  return {
    arrived: (id: string) => new Promise<number>((resolve) => waiting.set(id, resolve)),
    close: () => client.endAsync(true),
  };
}

/** One read after the other, `pauseMs` apart, while `isOn`: append to subscriber, milliseconds. */
async function latencies(journal: Journal, url: string, pauseMs: number, isOn: (n: number) => boolean) {
  const centre = await listener(url);
  const times: Promise<number>[] = [];
  for (let n = 0; isOn(n); n++) {
    const read = newRead();
    const there = centre.arrived(read.id);
    const beganMs = performance.now();
    times.push(there.then((atMs) => atMs - beganMs));
    await journal.append(read);
    await sleep(pauseMs);
  }
  const all = await Promise.all(times);
  await centre.close();
  return all;
}

async function live(): Promise<void> {
  const broker = await startMosquitto({
    config: [`max_inflight_messages ${WINDOW}`, 'max_queued_messages 0'],
  });
  const journal = await openBenchJournal();
  await fill(journal, RECORDS);
  const uplink = start(journal, broker.url);
  await reached(() => uplink.state().state === 'connected');
  const times = await latencies(journal, broker.url, 20, () => uplink.state().sentTotal < RECORDS);
  await uplink.close();
  await journal.close();
  await broker.stop();
  console.log(`live read behind ${whole(RECORDS)}, append → subscriber: ${percentiles(times)}`);
}

/** better-sqlite3 alone, one row a commit with FULL, at the same pace: what the disk takes of the way. */
async function commits(): Promise<number[]> {
  const db = new Database(join(directory, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE record (payload TEXT)');
  const insert = db.prepare('INSERT INTO record VALUES (?)');
  const times: number[] = [];
  for (let n = 0; n < 500; n++) {
    const text = JSON.stringify(newRead().payload);
    const beganMs = performance.now();
    insert.run(text);
    times.push(performance.now() - beganMs);
    await sleep(20);
  }
  db.close();
  return times;
}

async function rest(): Promise<void> {
  const broker = await startMosquitto();
  const journal = await openBenchJournal();
  const uplink = start(journal, broker.url);
  await reached(() => uplink.state().state === 'connected');
  const times = await latencies(journal, broker.url, 20, (n) => n < 500);
  await uplink.close();
  await journal.close();
  await broker.stop();
  console.log(
    `at rest, append → subscriber: ${percentiles(times)}; a commit alone on this disk: ${percentiles(await commits())}`,
  );
}

/** A link of 64 kbit/s each way: a full window of backlog would be three seconds of it. */
async function slow(): Promise<void> {
  const broker = await startMosquitto({ config: ['max_queued_messages 0'] });
  const link = await startLink(broker.port, 8000);
  const journal = await openBenchJournal();
  await fill(journal, 2000);
  const uplink = start(journal, link.url);
  await reached(() => uplink.state().sentTotal > 10);
  const times = await latencies(journal, broker.url, 1000, (n) => n < 60);
  await uplink.close();
  await journal.close();
  link.close();
  await broker.stop();
  console.log(`live read behind a backlog on 64 kbit/s, append → subscriber: ${percentiles(times)}`);
}

async function reconnects(): Promise<void> {
  const broker = await startMosquitto();
  const link = await startLink(broker.port, Number.POSITIVE_INFINITY);
  const journal = await openBenchJournal();
  const times = { firstMs: 1, maxMs: 1, slowMs: 1 };
  const uplink = startUplink({
    journal,
    config: uplinkConfig(link.url, WINDOW),
    address,
    status: () => ({}),
    log,
    times,
  });
  const look = () => {
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    return {
      heapMiB: (heapUsed / 2 ** 20).toFixed(1),
      rssMiB: (rss / 2 ** 20).toFixed(0),
      resources: process.getActiveResourcesInfo().length,
      files: readdirSync('/proc/self/fd').length,
    };
  };
  let early = look();
  for (let n = 1; n <= 1000; n++) {
    const sent = uplink.state().sentTotal;
    await journal.append(newRead());
    await reached(() => uplink.state().sentTotal > sent);
    if (n === 100) early = look();
    const left = new Promise<void>((resolve) => {
      const end = uplink.watch(({ state }) => {
        if (state === 'connected') return;
        end();
        resolve();
      });
    });
    link.cut();
    await left;
  }
  await reached(() => uplink.state().state === 'connected');
  const late = look();
  await uplink.close();
  await journal.close();
  link.close();
  await broker.stop();
  console.log(`reconnects: after 100 ${JSON.stringify(early)}, after 1,000 ${JSON.stringify(late)}`);
}

const parts = { rest, slow, live, drain, consumer, back, reconnects };
console.log(
  `${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}; Node ${process.version}; ` +
    `reads of ${Buffer.byteLength(JSON.stringify(readPayload()))} bytes${values.sealed ? ', sealed' : ''}; window ${WINDOW}`,
);
for (const [name, part] of Object.entries(parts)) if (only.has(name)) await part();
process.exit(0);
