// The agent is killed with -9 again and again while reads come and go. What was appended arrives, whatever was lost with
// the process was never appended, and the sequence has no hole.

import t, { test } from 'tap';
import { agentFolder } from '../fixtures/agent.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic, notLong, trafficClip } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { subscribe } from '../fixtures/subscriber.ts';

const skip = notLong || noFfmpeg || noRtspServer || noMosquitto || noTraffic;
const CYCLES = 10;

t.setTimeout(3_600_000);

test('ten kills in ten moments lose no appended read', { skip }, async (t) => {
  const broker = await startMosquitto();
  const central = await subscribe(broker.url);
  const camera = await startRtspCamera(trafficClip, ['--loop']);
  const folder = agentFolder({
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: broker.url },
    log: { level: 'silent' },
  });
  t.teardown(async () => {
    await folder.close();
    await camera.close();
    await central.close();
    await broker.stop();
  });
  let lastSeq = 1; // the box's key
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const agent = await folder.start();
    // the moment after a commit, in which the read may be anywhere between the disk and the broker
    const { journal } = await agent.until((status) => status.journal.lastSeq > lastSeq);
    lastSeq = journal.lastSeq;
    await agent.kill9();
  }
  const last = await folder.start();
  await last.until(({ journal }) => journal.pending === 0);
  t.equal(await last.stop(), 0);
  const journal = await folder.journal();
  const kept = await journal.reads({ limit: 1000 });
  await journal.close();
  await central.until(() => kept.every(({ id }) => central.ids().has(id)));
  t.ok(kept.length >= CYCLES);
  t.same(
    kept.map(({ seq }) => seq).reverse(),
    kept.map((_, index) => kept.at(-1)!.seq + index),
    'seq has no hole',
  );
  t.comment(`${kept.length} reads kept, ${central.reads.length} messages, ${central.ids().size} different`);
});
