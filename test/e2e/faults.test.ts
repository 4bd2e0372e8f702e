// What stops nothing: a broker that is off, an agent or a camera's process that is killed, a camera that isn't there.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { openJournalReadOnly } from '../../agent/journal/index.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { freePort, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic, trafficClip } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { subscribe } from '../fixtures/subscriber.ts';

const skip = noFfmpeg || noRtspServer || noMosquitto || noTraffic;
const timeout = 180_000;

test('reads made while the broker is off arrive when it comes', { skip, timeout }, async (t) => {
  const port = await freePort();
  const camera = await startRtspCamera(trafficClip, ['--loop']);
  const folder = agentFolder({
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: `mqtt://127.0.0.1:${port}` },
    log: { level: 'silent' },
  });
  t.teardown(async () => {
    await folder.close();
    await camera.close();
  });
  const agent = await folder.start();
  const offline = await agent.until(({ journal }) => journal.pending >= 2);
  t.not(offline.uplink.state, 'connected');
  t.ok(offline.uplink.reason, `the status says why: ${offline.uplink.reason}`);

  const broker = await startMosquitto({ port });
  t.teardown(() => broker.stop());
  const central = await subscribe(broker.url);
  t.teardown(() => central.close());
  await central.until(() => central.ids().size >= 2);
  t.equal(central.reads[0]!.read.seq, 1, 'the oldest comes first');
  t.equal(central.reads[0]!.read.lane, 'backlog', 'and says that it waited');
});

test('an agent killed with -9 delivers what it had appended, and leaves no stream open', {
  skip,
  timeout,
}, async (t) => {
  const port = await freePort();
  const camera = await startRtspCamera(trafficClip, ['--loop']);
  const folder = agentFolder({
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: `mqtt://127.0.0.1:${port}` },
    log: { level: 'silent' },
  });
  t.teardown(async () => {
    await folder.close();
    await camera.close();
  });
  const first = await folder.start();
  const { cameras } = await first.until(({ journal }) => journal.pending >= 1);
  const gone = once(camera.events, 'teardown');
  await first.kill9();
  const journal = await openJournalReadOnly(folder.journalPath);
  const before = (await journal.reads({ limit: 100 })).map(({ id }) => id);
  await journal.close();
  const [{ clients }] = await gone;
  t.ok(hasEnded(cameras[0]!.pid!), "the camera's process is gone");
  t.equal(clients, 0, 'nothing pulls the camera any more');

  const broker = await startMosquitto({ port });
  t.teardown(() => broker.stop());
  const central = await subscribe(broker.url);
  t.teardown(() => central.close());
  await folder.start();
  await central.until(() => before.every((id) => central.ids().has(id)));
  t.pass(`${before.length} reads from before the kill arrived`);
});

test("a camera's process that dies is started again, and the others go on", { skip, timeout }, async (t) => {
  const [one, two] = [
    await startRtspCamera(trafficClip, ['--loop']),
    await startRtspCamera(trafficClip, ['--loop']),
  ];
  const off = await freePort();
  const folder = agentFolder({
    cameras: [
      { id: 'one', url: one.url },
      { id: 'two', url: two.url },
      { id: 'off', url: `rtsp://127.0.0.1:${off}/none` },
    ],
    log: { level: 'silent' },
  });
  t.teardown(async () => {
    await folder.close();
    await one.close();
    await two.close();
  });
  const agent = await folder.start();
  const streaming = (wanted: string) => (status: Awaited<ReturnType<typeof agent.status>>) =>
    status.cameras.some(({ id, state, looks }) => id === wanted && state === 'streaming' && looks > 0);
  await agent.until(streaming('one'));
  const { cameras } = await agent.until(streaming('two'));
  const [first, second] = cameras;
  process.kill(first!.pid!, 'SIGKILL');
  const after = await agent.until(
    (status) =>
      streaming('one')(status) && status.cameras[0]!.pid !== first!.pid && status.cameras[0]!.pid !== null,
  );
  t.equal(after.cameras[1]!.pid, second!.pid, 'the other process is the same');
  t.ok(after.cameras[1]!.looks >= second!.looks, 'and goes on looking');
  const missing = await agent.until(({ cameras }) => cameras[2]!.reason !== null);
  t.not(missing.cameras[2]!.state, 'streaming');
  t.comment(`off: ${missing.cameras[2]!.state}, ${missing.cameras[2]!.reason}`);
});

test('a second agent on the same journal is refused with a sentence', { skip, timeout }, async (t) => {
  const folder = agentFolder({ cameras: [], log: { level: 'silent' } });
  t.teardown(() => folder.close());
  await folder.start();
  const other = agentFolder({ cameras: [], journal: { path: folder.journalPath }, log: { level: 'silent' } });
  t.teardown(() => other.close());
  await t.rejects(other.start(), { message: /journal\.in-use/ });
});

function hasEnded(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
