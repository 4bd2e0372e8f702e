// The disk is full under the whole agent: vehicles go on passing, their reads wait, the status says so, and once there
// is room each is in the journal once. Pictures that do not fit are left out; their reads are not.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'tap';
import { noMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

const disk = mkdtempSync(join(tmpdir(), 'anpr-small-disk-'));
const noDisk = mountSmallDisk();
const skip = noFfmpeg || noRtspServer || noMosquitto || noTraffic || noDisk;
after(() => {
  if (!noDisk) execFileSync('umount', ['-l', disk]);
  rmdirSync(disk);
});

test('a disk that is full, and has room again', { skip, timeout: 390_000 }, async (t) => {
  const scene = sceneFor(t);
  const central = await scene.central();
  const { url } = await scene.camera();
  const folder = scene.folder({
    cameras: [{ id: 'pole', url }],
    journal: { path: join(disk, 'journal.db') },
    evidence: { directory: join(disk, 'evidence') },
    uplink: { url: central.broker.url },
    log: { level: 'error' },
  });
  const agent = await folder.start();
  await central.until(() => central.reads.length >= 1);
  const before = (await agent.status()).journal.lastSeq;

  const filler = join(disk, 'filler');
  fill(filler);
  const full = await agent.until(({ waiting }) => waiting.reads >= 2);
  t.match(full.waiting.reason, /No space for the journal/);
  t.equal(full.cameras[0]!.state, 'streaming', 'the camera goes on');
  t.equal(full.uplink.state, 'connected', 'and the uplink');

  const delivered = central.reads.length;
  rmSync(filler);
  const after = await agent.until(
    ({ waiting, journal }) => waiting.reads === 0 && journal.lastSeq >= before + 2,
  );
  t.equal(after.waiting.reason, null);
  await central.until(() => central.reads.slice(delivered).some(({ read }) => read.evidence.length === 2));
  t.pass('reads that are made now have their pictures again');
  t.equal(await agent.stop(), 0);

  const journal = await folder.journal();
  const kept = (await journal.reads({ limit: 1000 })).reverse();
  await journal.close();
  t.equal(new Set(kept.map(({ id }) => id)).size, kept.length, 'each read once');
  t.same(
    kept.filter(({ id }) => !central.ids().has(id)),
    [],
    'and each was delivered',
  );
  const pictures = kept.map(({ payload }) => (payload as { evidence: unknown[] }).evidence.length);
  t.ok(pictures.includes(0), 'those of the full disk have no picture');
  t.equal(pictures[0], 2, 'the first has both');
  t.match(agent.log(), /the journal takes no reads, they wait: No space/);
  t.match(agent.log(), /read goes without its picture/);
});

test('the agent is stopped while the disk is full: reads that wait are not lost', {
  skip,
  timeout: 390_000,
}, async (t) => {
  const scene = sceneFor(t);
  const { url } = await scene.camera();
  const folder = scene.folder({
    cameras: [{ id: 'pole', url }],
    journal: { path: join(disk, 'stopped.db') },
    evidence: { directory: join(disk, 'stopped') },
    log: { level: 'warn' },
  });
  const agent = await folder.start();
  await agent.until(({ cameras }) => cameras[0]!.reads >= 1);
  const filler = join(disk, 'filler');
  fill(filler);
  const { waiting, journal } = await agent.until(({ waiting }) => waiting.reads >= 2);
  // the space that the journal keeps free is gone too: nothing is left but another disk
  rmSync(`${join(disk, 'stopped.db')}.reserve`, { force: true });
  fill(join(disk, 'filler2'));
  t.equal(await agent.stop(), 0);
  t.match(agent.log(), /put aside for the next start/);
  t.notMatch(agent.log(), /did not end in time|not kept/);

  for (const file of [filler, join(disk, 'filler2')]) rmSync(file, { force: true });
  const again = await folder.start();
  await again.until((now) => now.journal.records >= journal.records + waiting.reads);
  t.equal(await again.stop(), 0);
});

function mountSmallDisk(): string | false {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { stdio: 'ignore' });
    return false;
  } catch {
    return 'needs the right to mount a small disk';
  }
}

/** Writes until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let sizeBytes = 2 ** 20; sizeBytes >= 1; )
      try {
        if (writeSync(file, Buffer.alloc(sizeBytes)) < sizeBytes) sizeBytes >>= 1;
      } catch {
        sizeBytes >>= 1;
      }
  } finally {
    closeSync(file);
  }
}
