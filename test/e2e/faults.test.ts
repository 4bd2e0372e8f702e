// What stops nothing: a broker that is off, an agent or a camera's process that is killed.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'tap';
import type { AgentStatus } from '../../agent/api/index.ts';
import { freePort, noMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

const skip = noFfmpeg || noRtspServer || noMosquitto || noTraffic;
const timeout = 180_000;

test('reads made while the broker is off arrive when it comes', { skip, timeout }, async (t) => {
  const scene = sceneFor(t);
  const port = await freePort();
  const { url } = await scene.camera();
  const folder = scene.folder({
    cameras: [{ id: 'pole', url }],
    uplink: { url: `mqtt://127.0.0.1:${port}` },
  });
  const agent = await folder.start();
  const offline = await agent.until(hasReads(2));
  t.not(offline.uplink.state, 'connected');
  t.ok(offline.uplink.reason, `the status says why: ${offline.uplink.reason}`);

  const central = await scene.central(port);
  // A vehicle that passes just now goes ahead of those that waited.
  const waited = () => central.reads.map(({ read }) => read).filter(({ lane }) => lane === 'backlog');
  await central.until(() => waited().length >= 2);
  t.ok(waited()[0]!.seq < waited()[1]!.seq, 'the oldest comes first');
});

test('an agent killed with -9 delivers what it had appended, and leaves no stream open', {
  skip,
  timeout,
}, async (t) => {
  const scene = sceneFor(t);
  const port = await freePort();
  const camera = await scene.camera();
  const folder = scene.folder({
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: `mqtt://127.0.0.1:${port}` },
  });
  const first = await folder.start();
  const { cameras } = await first.until(hasReads(1));
  const gone = once(camera.events, 'teardown');
  await first.kill9();
  const journal = await folder.journal();
  const before = (await journal.reads({ limit: 100 })).map(({ id }) => id);
  await journal.close();
  const [{ clients }] = await gone;
  await ended(cameras[0]!.pid!); // the stream ends first: the camera's process ends ffmpeg, then itself
  t.equal(clients, 0, 'nothing pulls the camera any more');

  const central = await scene.central(port);
  await folder.start();
  await central.until(() => before.every((id) => central.ids().has(id)));
  t.pass(`${before.length} reads from before the kill arrived`);
});

test("a camera's process that dies is started again, and the others go on", { skip, timeout }, async (t) => {
  const scene = sceneFor(t);
  const folder = scene.folder({
    cameras: [
      { id: 'one', url: (await scene.camera()).url },
      { id: 'two', url: (await scene.camera()).url },
    ],
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
});

/** So many reads are in the journal; its first record is the box's key. */
function hasReads(count: number) {
  return ({ journal }: AgentStatus) => journal.lastSeq >= count + 1;
}

/** Asks until the process is gone; ends with the test's own time limit. */
async function ended(pid: number): Promise<void> {
  while (!hasEnded(pid)) await wait(20);
}

function hasEnded(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
