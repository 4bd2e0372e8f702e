// How long a live read takes from `append` to a subscriber: at rest, behind a backlog, and behind one on a slow link.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import mqtt from 'mqtt';
import type { Journal } from '../../../agent/journal/index.ts';
import { startMosquitto } from '../../../test/fixtures/mosquitto.ts';
import { percentiles, whole } from './figures.ts';
import { startLink } from './link.ts';
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

export async function live({ records, sealed }: Extent): Promise<void> {
  const broker = await startMosquitto({
    config: [`max_inflight_messages ${WINDOW}`, 'max_queued_messages 0'],
  });
  const journal = await openBenchJournal(sealed);
  await fill(journal, records);
  const uplink = start(journal, broker.url);
  await reached(() => uplink.state().state === 'connected');
  const times = await latencies(journal, broker.url, 20, () => uplink.state().sentTotal < records);
  await uplink.close();
  await journal.close();
  await broker.stop();
  console.log(`live read behind ${whole(records)}, append → subscriber: ${percentiles(times)}`);
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

export async function rest({ sealed }: Extent): Promise<void> {
  const broker = await startMosquitto();
  const journal = await openBenchJournal(sealed);
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
export async function slow({ sealed }: Extent): Promise<void> {
  const broker = await startMosquitto({ config: ['max_queued_messages 0'] });
  const link = await startLink(broker.port, 8000);
  const journal = await openBenchJournal(sealed);
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
