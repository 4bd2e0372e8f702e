// The disk is full when a list comes: a box with a small disk of its own, on which no file can be made any more. The version in
// force stays, the centre is told, and the new one is taken once there is room.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { codeOf } from '../../agent/shared/errors.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { folder, plates, startBox, startPublisher } from './parts.ts';

/** Its room is not what runs out (that is looked at before a list is begun), but its places for files. */
function smallDisk(t: Parameters<typeof folder>[0]): string | undefined {
  const disk = folder(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,nr_inodes=100', 'tmpfs', disk], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  t.teardown(() => execFileSync('umount', ['-l', disk]));
  return disk;
}

/** Files until there is place for none. */
function fill(disk: string): string[] {
  const files: string[] = [];
  for (;;) {
    const file = join(disk, `filler-${files.length}`);
    try {
      writeFileSync(file, '');
    } catch (error) {
      if (codeOf(error) === 'ENOSPC') return files;
      throw error;
    }
    files.push(file);
  }
}

test('no room for a list that comes', { skip: noMosquitto }, async (t) => {
  const disk = smallDisk(t);
  await t.test(
    'the old one stays, the centre is told, and later it is taken',
    {
      skip: disk ? false : 'needs the right to mount a small disk',
    },
    async (t) => (disk ? comesToFull(t, disk) : undefined),
  );
});

async function comesToFull(t: Parameters<typeof folder>[0], disk: string): Promise<void> {
  const { url, stop } = await startMosquitto();
  t.teardown(stop);
  const publisher = await startPublisher(t, url);
  const box = await startBox(t, { url, directory: join(disk, 'lists') });
  await publisher.publish(plates(100, 199));
  await box.until(({ version }) => version === 1);
  const filler = fill(disk);
  t.ok(filler.length > 10, 'there was room before');
  await publisher.publish(plates(100, 299));
  const full = await box.until(({ refused }) => refused !== null);
  t.match(full, {
    state: 'in-force',
    version: 1,
    entries: 100,
    refused: { code: 'watchlist.no-room', version: 2 },
  });
  t.match(full.refused?.message, /ENOSPC/);
  const told = () => box.changes.filter(({ state }) => state === 'refused');
  await box.until(() => told().length > 0);
  t.match(told(), [{ of: 'watchlist', name: 'stolen', reason: /no-room/ }]);
  for (const file of filler) rmSync(file);
  t.match(await box.until(({ version, refused }) => version === 2 && refused === null), {
    state: 'in-force',
    entries: 200,
  });
}
