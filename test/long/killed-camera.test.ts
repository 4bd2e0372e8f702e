// A camera's process is killed with -9 at random moments while vehicles pass, all of them wanted: whatever was read well enough for
// an early hit has its read, also what was in the picture just then, once; each early hit has its end; no picture is left without a
// record. The recording's truth says which vehicles there are.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { test } from 'tap';
import type { HitPayload, ReadPayload } from '../../agent/contract/index.ts';
import { readTruth } from '../../scripts/lib/truth.ts';
import { noFfmpeg, noRtspServer, noTraffic, notLong, trafficTruth } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';
import { randomOf } from '../passage/road.ts';

const skip = notLong || noFfmpeg || noRtspServer || noTraffic;
const anpr = fileURLToPath(new URL('../../scripts/anpr', import.meta.url));
const KILLS = 12;
const SESSION_MS = { least: 3000, most: 25_000 };
/** the recording is a minute long, and begins anew */
const AGAIN_MS = 30_000;

t.setTimeout(3_600_000);

test('a camera killed a dozen times: one read a vehicle, an end for each hit', { skip }, async (t) => {
  const truth = readTruth(trafficTruth);
  const scene = sceneFor(t);
  const directory = scene.directory();
  const camera = await scene.camera();
  const evidenceDirectory = join(directory, 'evidence');
  const folder = scene.folder({
    cameras: [{ id: 'pole', url: camera.url }],
    evidence: { directory: evidenceDirectory },
    watchlists: {
      directory: join(directory, 'lists'),
      lists: [{ id: 'stolen', priority: 1, reason: 'stolen', expectedPer10000: 5000, silenceSeconds: 0 }],
    },
    hits: { priorities: [{ priority: 1, falsePer10000: 100 }], earlyMs: 0 },
  });
  const source = join(directory, 'stolen.csv');
  writeFileSync(
    source,
    `plate,reference\n${truth.passages.map(({ plate }, n) => `${plate},${n}`).join('\n')}\n`,
  );
  const plays: number[] = [];
  camera.events.on('play', () => plays.push(Date.now()));
  const agent = await folder.start();
  execFileSync(anpr, ['watchlist', 'import', 'stolen', source, '--config', folder.configPath]);

  const random = randomOf(20261123);
  const kills: number[] = [];
  let before: number | null = null;
  for (let session = 0; session < KILLS; session++) {
    await agent.until(() => plays.length === session + 1);
    const { cameras } = await agent.until(
      ({ cameras: [pole] }) => pole?.state === 'streaming' && pole.looks > 0 && pole.pid !== before,
    );
    before = cameras[0]!.pid;
    await sleep(SESSION_MS.least + random() * (SESSION_MS.most - SESSION_MS.least));
    kills.push(Date.now());
    process.kill(cameras[0]!.pid!, 'SIGKILL');
  }
  await agent.until(() => plays.length === KILLS + 1);
  t.equal(await agent.stop(), 0);

  const journal = await folder.journal();
  const reads = (await journal.reads({ limit: 10_000 })).map(
    ({ payload }) => payload as unknown as ReadPayload,
  );
  const hits = (await journal.hits({ limit: 10_000 })).map(({ payload }) => payload as unknown as HitPayload);
  await journal.close();

  const plates = truth.passages.map(({ plate }) => plate);
  const ofRecording = reads.filter(({ plate }) => plates.includes(plate.text)).length;
  t.comment(`${reads.length} reads, ${ofRecording} of them exactly a plate of the recording`);
  t.equal(new Set(reads.map(({ id }) => id)).size, reads.length, 'each once');
  t.ok(reads.length >= KILLS && ofRecording >= 0.8 * reads.length, 'vehicles have passed');
  // By its text: when a vehicle comes the recording says, but not when a busy machine shows it.
  const seenAt = new Map<string, number>();
  for (const { plate, passage } of reads.toReversed()) {
    const key = `${kills.filter((at) => at < Date.parse(passage.firstSeen)).length} ${plate.text}`;
    const firstSeen = Date.parse(passage.firstSeen);
    t.ok(firstSeen - (seenAt.get(key) ?? 0) > AGAIN_MS, 'a vehicle gives one read');
    seenAt.set(key, firstSeen);
  }

  const early = hits.filter(({ hit }) => hit.event === 'raised' && hit.basis === 'passage');
  t.comment(`${early.length} early hits`);
  t.ok(early.length > 0);
  const readIds = new Set(reads.map(({ id }) => id));
  for (const { hit } of early) {
    const ends = hits.filter(
      (each) => each.hit.id === hit.id && (each.hit.event === 'upheld' || each.hit.event === 'withdrawn'),
    );
    t.equal(ends.length, 1, 'an early hit has one end');
    if (ends[0]?.hit.event === 'upheld') t.ok(readIds.has(hit.readId), 'of a read that is there');
  }

  const named = new Set<string>();
  for (const { id, capturedAt, evidence } of reads)
    for (const { kind, sha256 } of evidence) {
      named.add(`${id}-${kind}.jpg`);
      const jpeg = await folder.evidence().get(id, kind, Date.parse(capturedAt));
      t.equal(
        jpeg && createHash('sha256').update(jpeg).digest('hex'),
        sha256,
        'a picture is what the read says',
      );
    }
  for (const { id, read } of hits)
    for (const { kind } of read?.evidence ?? []) named.add(`${id}-${kind}.jpg`);
  const strays = readdirSync(evidenceDirectory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && each.name.endsWith('.jpg') && !named.has(each.name))
    .map(({ name }) => name);
  t.same(strays, [], 'no picture is without a record');
});
