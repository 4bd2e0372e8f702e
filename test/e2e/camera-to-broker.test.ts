// The main job with counterparts that are not ours: GStreamer's RTSP server plays the recording, mosquitto takes the
// reads, a subscriber checks each against the contract.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'tap';
import { judge, readTruth } from '../../scripts/lib/truth.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic, trafficClip, trafficTruth } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { subscribe } from '../fixtures/subscriber.ts';

const skip = noFfmpeg || noRtspServer || noMosquitto || noTraffic;

test('every vehicle of the recording arrives at the broker once', { skip, timeout: 240_000 }, async (t) => {
  const truth = readTruth(trafficTruth);
  const broker = await startMosquitto();
  const central = await subscribe(broker.url);
  const camera = await startRtspCamera(trafficClip, ['--once']);
  const folder = agentFolder({
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: broker.url },
    log: { level: 'warn' },
  });
  t.teardown(async () => {
    await folder.close();
    await camera.close();
    await central.close();
    await broker.stop();
  });
  const played = once(camera.events, 'play').then(() => Date.now());
  const over = once(camera.events, 'eos');
  const agent = await folder.start();
  const startedAt = await played;
  await over;
  // the picture has stopped: whatever passage is open ends with the agent, and its read is delivered before it goes
  t.equal(await agent.stop(), 0, 'SIGTERM ends the agent with exit status 0');
  await central.until(() => central.statuses.at(-1)?.online === false);

  const journal = await folder.journal();
  const kept = await journal.reads({ limit: 1000 });
  const counts = await journal.counts();
  await journal.close();

  t.equal(counts.pending, 0, 'nothing is left to send');
  t.same([...central.ids()].sort(), kept.map(({ id }) => id).sort(), 'every read of the journal arrived');
  t.equal(central.reads.length, kept.length, 'none arrived twice');
  t.same(
    central.reads.map(({ read }) => read.seq),
    central.reads.map((_, index) => central.reads[0]!.read.seq + index),
    'in the order of seq, without a hole',
  );

  const reads = central.reads.map(({ read }) => ({
    text: read.plate.text,
    firstSeen: Date.parse(read.passage.firstSeen),
    lastSeen: Date.parse(read.passage.lastSeen),
  }));
  const verdict = judge(truth, reads, startedAt);
  t.comment(
    `${verdict.passages} passages, ${verdict.reads} reads, ${verdict.exact} exact, ${verdict.extra} extra: ` +
      reads.map(({ text }, index) => `${text}/${verdict.matches[index]?.plate ?? '-'}`).join(' '),
  );
  t.ok(verdict.exact >= 0.8 * verdict.passages, 'at least eight of ten plates are read exactly');
  t.ok(verdict.extra <= 0.1 * verdict.passages, 'hardly a vehicle gives a second read');

  const directions = verdict.matches.flatMap((passage, index) =>
    passage === null ? [] : [passage.direction === central.reads[index]!.read.passage.direction],
  );
  t.ok(directions.filter(Boolean).length >= 0.9 * directions.length, 'directions are right');

  for (const { read } of central.reads)
    for (const { kind, sha256, sizeBytes } of read.evidence) {
      const picture = (await folder.evidence().get(read.id, kind, Date.parse(read.capturedAt)))!;
      t.equal(picture.length, sizeBytes, `${kind} of ${read.plate.text} has its size`);
      t.equal(createHash('sha256').update(picture).digest('hex'), sha256, 'and its hash');
    }
  t.ok(
    central.reads.every(({ read }) => read.evidence.some(({ kind }) => kind === 'plate')),
    'each read has a picture of its plate',
  );
  t.equal(
    central.statuses.find(({ online }) => online)?.cameras?.[0]?.id,
    'pole',
    'the status named the camera',
  );
});
