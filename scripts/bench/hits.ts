// From the frame that decides to the hit's PUBACK: the real agent, cameras that play a recording over RTSP, a list of all plates in
// it, mosquitto; without a backlog, and with reads that wait and a link that keeps them waiting. Prints a table.
// Usage: node scripts/bench/hits.ts [--clip test/fixtures/traffic.mp4] [--cameras 1] [--backlog 100000] [--kbit 1000]

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { schema } from '../../agent/config/index.ts';
import type { HitPayload } from '../../agent/contract/index.ts';
import { type NewRecord, openJournal } from '../../agent/journal/index.ts';
import { findKeys, openRing } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { importList } from '../../agent/watchlist/index.ts';
import { agentFolder } from '../../test/fixtures/agent.ts';
import { startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { startRtspCamera } from '../../test/fixtures/rtsp-camera.ts';
import { readPayload } from '../../test/uplink/read-payload.ts';
import { readTruth } from '../lib/truth.ts';
import { startLink } from './lib/link.ts';
import { plateOf } from './lib/plates.ts';

const { values } = parseArgs({
  options: {
    clip: {
      type: 'string',
      default: fileURLToPath(new URL('../../test/fixtures/traffic.mp4', import.meta.url)),
    },
    cameras: { type: 'string', default: '1' },
    backlog: { type: 'string', default: '100000' },
    /** of the link, each way; the backlog has to outlast the recording */
    kbit: { type: 'string', default: '1000' },
    entries: { type: 'string', default: '10000' },
  },
});
const clip = resolve(values.clip);
const truth = readTruth(clip.replace(/\.\w+$/, '.json'));
const cameras = Number(values.cameras);
const BYTES_PER_SECOND = (Number(values.kbit) * 1000) / 8;
const address = { site: 'test-site', box: 'test-box' };
const log = createLog('error');

interface Outcome {
  /** ms from the deciding frame's capturedAt to the PUBACK, by what raised the hit */
  passage: number[];
  read: number[];
  /** from the record's moment to the PUBACK */
  delivery: number[];
  /** reads that still waited at the end */
  left: number;
  /** passages in the recordings, and those with a hit */
  passages: number;
  found: number;
}

function oldRead(n: number): NewRecord {
  const payload = { ...readPayload(), ...address };
  const { confidence } = payload.plate;
  return {
    ...{ id: payload.id, type: 'read', at: Date.now() - 3_600_000 + n, camera: 'before' },
    ...{ text: payload.plate.text, confidence, payload },
  };
}

async function measured(backlog: number): Promise<Outcome> {
  const broker = await startMosquitto();
  const link = await startLink(Number(new URL(broker.url).port), BYTES_PER_SECOND);
  const played = await Promise.all(Array.from({ length: cameras }, () => startRtspCamera(clip)));
  const watchlists = { lists: [{ id: 'bench', silenceSeconds: 0 }] };
  const config = {
    uplink: { url: link.url },
    watchlists,
    log: { level: 'info' },
  };
  // The box's keys come with its first start; it has no cameras yet.
  const folder = agentFolder(config);
  const first = await folder.start();
  await first.stop();
  const keys = findKeys(folder.journalPath)?.ring;
  if (!keys) throw new Error('the agent made no keys');
  const journal = await openJournal({ path: folder.journalPath, address, log, keys });
  for (let n = 0; n < backlog; n += 500)
    await Promise.all(
      Array.from({ length: Math.min(500, backlog - n) }, (_, k) => journal.append(oldRead(n + k))),
    );
  await journal.close();

  const all = {
    ...{ version: 1, ...address, journal: { path: folder.journalPath } },
    evidence: { directory: join(folder.directory, 'evidence') },
    api: { socket: join(folder.directory, 'anpr.sock') },
    ...config,
    watchlists: { ...watchlists, directory: join(folder.directory, 'lists') },
    cameras: played.map(({ url }, index) => ({ id: `camera-${index + 1}`, url })),
  };
  // JSON is YAML.
  writeFileSync(folder.configPath, JSON.stringify(all));
  const plates = [...new Set(truth.passages.map(({ plate }) => plate))];
  for (let n = 0; plates.length < Number(values.entries); n++) plates.push(plateOf(n));
  const source = join(folder.directory, 'list.csv');
  writeFileSync(source, ['plate,reason', ...plates.map((plate) => `${plate},bench`)].join('\n'));
  const list = schema.parse(all).watchlists.lists[0];
  if (!list) throw new Error('no list');
  const { directory } = all.watchlists;
  importList({ directory, list, ring: openRing(keys), file: source, format: 'csv' });

  const over = played.map(({ events }) => once(events, 'eos'));
  const agent = await folder.start();
  await Promise.all(over);
  // What the last passages raise is on its way.
  await new Promise((done) => setTimeout(done, 5000));
  await agent.stop();
  const queries = await folder.journal();
  const records = await queries.hits({ limit: 10_000 });
  const { pending: waiting } = await queries.counts();
  await queries.close();
  await folder.close();
  for (const camera of played) await camera.close();
  link.close();
  await broker.stop();
  const outcome: Outcome = {
    ...{ passage: [], read: [], delivery: [], left: waiting },
    ...{ passages: truth.passages.length * cameras, found: 0 },
  };
  const found = new Set<string>();
  for (const { payload, deliveryAt, at } of records) {
    const { hit, read } = payload as HitPayload;
    if (hit.event !== 'raised' || !read) continue;
    found.add(hit.readId);
    if (deliveryAt === null) continue;
    outcome[hit.basis].push(deliveryAt - Date.parse(read.passage.lastSeen));
    outcome.delivery.push(deliveryAt - at);
  }
  return { ...outcome, found: found.size };
}

function quantiles(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  return sorted.length === 0 ? 'none' : `${at(0.5)}, ${at(0.95)}, ${at(1)} (${sorted.length})`;
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)} before, Node ${process.version}; ` +
    `${cameras} cameras, ${truth.clip.seconds} s, link of ${values.kbit} kbit/s, list of ${values.entries}\n`,
);
console.log(
  '| reads that waited: before, at the end | passages, with a hit | early: deciding frame → PUBACK, p50, p95, most, ms | at the end of the passage: the same | record → PUBACK |',
);
console.log('|---|---|---|---|---|');
for (const backlog of [0, Number(values.backlog)]) {
  const { left, passages, found, passage, read, delivery } = await measured(backlog);
  console.log(
    `| ${backlog}, ${left} | ${passages}, ${found} | ${quantiles(passage)} | ${quantiles(read)} | ${quantiles(delivery)} |`,
  );
}
