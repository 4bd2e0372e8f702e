// What the journal and the uplink cost, beside the parts they are made of, in the same run on the same disk: single
// and shared commits against better-sqlite3 itself, a drain against mqtt.js itself with the same window. Prints a
// table. Usage: node scripts/bench/journal.ts [--rounds 9] [--dir FOLDER] [--no-drain]

import { randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'better-sqlite3';
import mqtt from 'mqtt';
import { type Journal, type NewRecord, openJournal } from '../../agent/journal/index.ts';
import { loadKeys } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { startUplink } from '../../agent/uplink/index.ts';
import { noMosquitto, startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { readPayload } from '../../test/uplink/read-payload.ts';
import { uplinkConfig } from './lib/uplink-config.ts';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    rounds: { type: 'string', default: '9' },
    dir: { type: 'string', default: tmpdir() },
    drain: { type: 'boolean', default: true },
  },
});
const rounds = Number(values.rounds);
const log = createLog('silent');

/** Fills the write-ahead log once, as in an agent that has run for a while. */
const WARM_UP_RECORDS = 3000;
const SINGLE_APPENDS = 400;
const GROUPS = 60;
const GROUP_SIZE = 20;
const DRAIN_RECORDS = 5000;
const WINDOWS = [20, 100];
const LATENCY_READS = 200;

function newRead(): NewRecord {
  const payload = readPayload();
  const { text, confidence } = payload.plate;
  return {
    id: payload.id,
    type: 'read',
    at: Date.now(),
    camera: 'north',
    text,
    confidence,
    payload: { ...payload },
  };
}

/** What one measurement gives: records a second, and processor time of this process for each, in microseconds. */
interface Cost {
  perSecond: number;
  cpuUs: number;
}

/** Starts the clocks; the function returned stops them. */
function measure(): (records: number) => Cost {
  const began = performance.now();
  const cpu = process.cpuUsage();
  return (records) => {
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { perSecond: records / seconds, cpuUs: (user + system) / records };
  };
}

function freshPath(): { path: string; remove(): void } {
  const dir = mkdtempSync(join(values.dir, 'bench-journal-'));
  return { path: join(dir, 'journal.db'), remove: () => rmSync(dir, { recursive: true }) };
}

/** better-sqlite3 as one would use it alone: one table, one index, FULL, the same rows. */
function rawSqlite(rowsPerCommit: number, commits: number): Cost {
  const { path, remove } = freshPath();
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(
    'CREATE TABLE record (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL) STRICT',
  );
  const insert = db.prepare('INSERT INTO record (id, payload) VALUES (?, ?)');
  const commit = db.transaction((reads: NewRecord[]) => {
    for (const read of reads) insert.run(read.id, JSON.stringify(read.payload));
  });
  const batches = Array.from({ length: commits }, () => Array.from({ length: rowsPerCommit }, newRead));
  commit(Array.from({ length: WARM_UP_RECORDS }, newRead));
  commit([newRead()]);
  const done = measure();
  for (const batch of batches) commit(batch);
  const cost = done(commits * rowsPerCommit);
  db.close();
  remove();
  return cost;
}

/** @param sealed with chain, signature and encryption, as on a box */
async function withJournal<T>(work: (journal: Journal) => Promise<T>, sealed = false): Promise<T> {
  const { path, remove } = freshPath();
  const keys = sealed ? loadKeys(path, { environment: {} }).ring : undefined;
  const journal = await openJournal({
    path,
    log,
    address: { site: 'e19', box: 'bench' },
    ...(keys && { keys }),
  });
  try {
    return await work(journal);
  } finally {
    await journal.close();
    remove();
  }
}

const appendOneByOne = (sealed = false) =>
  withJournal(async (journal) => {
    await appendMany(journal, WARM_UP_RECORDS);
    const reads = Array.from({ length: SINGLE_APPENDS }, newRead);
    const done = measure();
    for (const read of reads) await journal.append(read);
    return done(reads.length);
  }, sealed);

const appendTogether = (sealed = false) =>
  withJournal(async (journal) => {
    await appendMany(journal, WARM_UP_RECORDS);
    const groups = Array.from({ length: GROUPS }, () => Array.from({ length: GROUP_SIZE }, newRead));
    const done = measure();
    for (const group of groups) await Promise.all(group.map((read) => journal.append(read)));
    return done(GROUPS * GROUP_SIZE);
  }, sealed);

/** mqtt.js alone, `window` messages in flight, nothing kept anywhere. */
async function rawMqtt(url: string, window: number): Promise<Cost> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  const messages = Array.from({ length: DRAIN_RECORDS }, () =>
    Buffer.from(JSON.stringify(newRead().payload)),
  );
  const done = measure();
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < messages.length; n = next++)
      await new Promise((resolve) =>
        client.publish('anpr/1/e19/raw/read', messages[n]!, { qos: 1 }, () => resolve(undefined)),
      );
  };
  await Promise.all(Array.from({ length: window }, worker));
  const cost = done(DRAIN_RECORDS);
  await client.endAsync(true);
  return cost;
}

/** The same number of records from the journal, from connected to the last PUBACK. */
const drain = (url: string, window: number) =>
  withJournal(async (journal) => {
    await appendMany(journal, DRAIN_RECORDS);
    const all = Promise.withResolvers<void>();
    const uplink = startUplink({
      journal,
      config: uplinkConfig(url, window),
      address: { site: 'e19', box: 'bench' },
      status: () => ({}),
      log,
    });
    let done = measure();
    uplink.watch(({ state }) => {
      if (state === 'connected') done = measure();
    });
    const watch = setInterval(() => {
      if (uplink.state().sentTotal >= DRAIN_RECORDS) all.resolve();
    }, 1);
    await all.promise;
    const cost = done(DRAIN_RECORDS);
    clearInterval(watch);
    await uplink.close();
    return cost;
  });

async function appendMany(journal: Journal, count: number): Promise<void> {
  for (let n = 0; n < count; n += 500)
    await Promise.all(Array.from({ length: Math.min(500, count - n) }, () => journal.append(newRead())));
}

/** One read at a time: from `append` to a subscriber, milliseconds, sorted. */
const latency = (url: string) =>
  withJournal(async (journal) => {
    const subscriber = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
    await subscriber.subscribeAsync('anpr/1/e19/bench/read', { qos: 1 });
    const arrived = new Map<string, () => void>();
    subscriber.on('message', (_topic, payload) => arrived.get(JSON.parse(payload.toString()).id)?.());
    const uplink = startUplink({
      journal,
      config: uplinkConfig(url, 20),
      address: { site: 'e19', box: 'bench' },
      status: () => ({}),
      log,
    });
    await new Promise<void>((resolve) => uplink.watch(({ state }) => state === 'connected' && resolve()));
    const times: number[] = [];
    for (let n = 0; n < LATENCY_READS; n++) {
      const read = { ...newRead(), id: randomUUIDv7() };
      read.payload.id = read.id;
      const began = performance.now();
      const there = new Promise<void>((resolve) => arrived.set(read.id, resolve));
      await journal.append(read);
      await there;
      times.push(performance.now() - began);
    }
    await uplink.close();
    await subscriber.endAsync(true);
    return times.toSorted((a, b) => a - b);
  });

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
const whole = (number: number) => Math.round(number).toLocaleString('en');

interface Row {
  what: string;
  ours: Cost[];
  raw: Cost[];
}

/** Ours and theirs in turn, so that both meet the same weather on the machine. */
async function compare(
  what: string,
  ours: () => Promise<Cost>,
  raw: () => Cost | Promise<Cost>,
): Promise<Row> {
  const row: Row = { what, ours: [], raw: [] };
  for (let round = 0; round < rounds; round++) {
    row.raw.push(await raw());
    row.ours.push(await ours());
  }
  process.stderr.write(`${what}: done\n`);
  return row;
}

/** Medians of ours and theirs, their ratio, and the lowest and highest ratio of a round. */
function cells({ ours, raw }: Row, of: keyof Cost): string {
  const ratios = ours.map((cost, round) => cost[of] / raw[round]![of]).toSorted((a, b) => a - b);
  const [mine, theirs] = [median(ours.map((cost) => cost[of])), median(raw.map((cost) => cost[of]))];
  const span = `${ratios[0]!.toFixed(2)} to ${ratios.at(-1)!.toFixed(2)}`;
  return `${whole(mine)} | ${whole(theirs)} | ${(mine / theirs).toFixed(2)} (${span})`;
}

const bytes = Buffer.byteLength(JSON.stringify(readPayload()));
console.log(
  `${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}; Node ${process.version}; reads of ${bytes} bytes; ` +
    `median of ${rounds} rounds in turn, ratio of the medians (lowest and highest of a round)\n`,
);
const rows = [
  await compare(
    'append, each awaited (raw: 1 row a commit)',
    () => appendOneByOne(),
    async () => rawSqlite(1, SINGLE_APPENDS),
  ),
  await compare(
    `append, ${GROUP_SIZE} at a time (raw: ${GROUP_SIZE} rows a commit)`,
    () => appendTogether(),
    () => rawSqlite(GROUP_SIZE, GROUPS),
  ),
  await compare(
    'append, each awaited, sealed',
    () => appendOneByOne(true),
    async () => rawSqlite(1, SINGLE_APPENDS),
  ),
  await compare(
    `append, ${GROUP_SIZE} at a time, sealed`,
    () => appendTogether(true),
    () => rawSqlite(GROUP_SIZE, GROUPS),
  ),
];
let times: number[] | undefined;
if (!values.drain) console.log('no drain asked for\n');
else if (noMosquitto) console.log(`no drain: ${noMosquitto}\n`);
else {
  // mosquitto's Receive Maximum is 20 by default: mqtt.js alone would not keep to it, and be slowed down for it.
  const broker = await startMosquitto({ config: [`max_inflight_messages ${Math.max(...WINDOWS)}`] });
  for (const window of WINDOWS)
    rows.push(
      await compare(
        `drain of ${whole(DRAIN_RECORDS)}, window ${window} (raw: mqtt.js, nothing kept)`,
        () => drain(broker.url, window),
        () => rawMqtt(broker.url, window),
      ),
    );
  times = await latency(broker.url);
  await broker.stop();
}

console.log('| | ours /s | raw /s | ours / raw | ours, CPU µs each | raw, CPU µs each | ours / raw |');
console.log('|---|--:|--:|--:|--:|--:|--:|');
for (const row of rows) console.log(`| ${row.what} | ${cells(row, 'perSecond')} | ${cells(row, 'cpuUs')} |`);
if (times) {
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!.toFixed(1);
  console.log(
    `\nAppend to subscriber at rest, ${LATENCY_READS} reads: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`,
  );
}
