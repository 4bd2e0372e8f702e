// The ring of files: a file is ready when ffmpeg has come to its end, and is given on when its frame is done with.

import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { FrameRing, type RingFile, ringBases, ringDirectory } from '../../agent/capture/frame-ring.ts';

const FRAME = 1000;
const noMemoryFolder = existsSync('/dev/shm') ? false : 'needs /dev/shm';
let count = 0;

function ring(t: Test): FrameRing {
  const made = new FrameRing(join('/dev/shm', `anpr-ring-test-${process.pid}-${++count}`));
  made.expect(FRAME);
  t.teardown(() => made.close());
  return made;
}

/** As ffmpeg does with truncate=0: opens, and writes from the beginning. */
function write(where: FrameRing, number: number, fill: number, sizeBytes = FRAME): void {
  const fd = openSync(
    join(where.directory, `${number}.yuv`),
    existsSync(join(where.directory, `${number}.yuv`)) ? 'r+' : 'w',
  );
  writeSync(fd, Buffer.alloc(sizeBytes, fill));
}

function arrived(where: FrameRing, number: number): RingFile {
  const arrival = where.arrive(number);
  if (arrival.is !== 'ready') throw new Error(`frame ${number} is ${arrival.is}`);
  return arrival.file;
}

function inode(where: FrameRing, number: number): number {
  return statSync(join(where.directory, `${number}.yuv`)).ino;
}

test('a file is pending until its end, in a new file and in one given on', {
  skip: noMemoryFolder,
}, (t) => {
  const files = ring(t);
  t.same(files.arrive(1), { is: 'pending' });
  write(files, 1, 1, FRAME - 1);
  t.same(files.arrive(1), { is: 'pending' });
  write(files, 1, 1);
  const first = arrived(files, 1);
  const node = inode(files, 1);
  files.retire(first);
  t.equal(inode(files, 2), node, 'given on to the next number');
  t.same(files.arrive(2), { is: 'pending' });
  write(files, 2, 2, FRAME - 16);
  t.same(files.arrive(2), { is: 'pending' });
  write(files, 2, 2);
  t.ok(Buffer.from(files.read(arrived(files, 2), 0, FRAME)!).equals(Buffer.alloc(FRAME, 2)));
  t.end();
});

test('a smaller picture in a larger file is pending, a larger one is told', { skip: noMemoryFolder }, (t) => {
  const files = ring(t);
  write(files, 1, 1);
  files.retire(arrived(files, 1));
  write(files, 2, 2, FRAME / 2);
  t.same(files.arrive(2), { is: 'pending' });
  write(files, 3, 3, FRAME * 2);
  t.same(files.arrive(3), { is: 'resized' });
  t.end();
});

test('a number that ffmpeg has reached is never taken from it', { skip: noMemoryFolder }, (t) => {
  const files = ring(t);
  for (let number = 1; number <= 4; number++) write(files, number, number);
  const first = arrived(files, 1);
  files.retire(first);
  for (let number = 2; number <= 4; number++) {
    const file = arrived(files, number);
    t.equal(files.read(file, 0, 1)![0], number);
  }
  t.end();
});

test('rows of a held frame stay what they are while the ring goes on', { skip: noMemoryFolder }, (t) => {
  const files = ring(t);
  write(files, 1, 1);
  const held = arrived(files, 1);
  for (let number = 2; number < 200; number++) {
    write(files, number, number % 251);
    const file = arrived(files, number);
    if (files.read(file, 0, 1)![0] !== number % 251) t.fail(`frame ${number}`);
    files.retire(file);
  }
  t.equal(files.read(held, FRAME - 1, 1)![0], 1);
  t.ok(
    readdirSync(files.directory).length <= 5,
    `${readdirSync(files.directory).length} files for 200 frames`,
  );
  t.end();
});

test('the oldest frames go first; what is gone is undefined', { skip: noMemoryFolder }, (t) => {
  const files = ring(t);
  const held = [1, 2, 3, 4].map((number) => {
    write(files, number, number);
    return arrived(files, number);
  });
  t.equal(files.bound(2), 2);
  t.same(
    held.map((file) => files.read(file, 0, 1)?.[0]),
    [undefined, undefined, 3, 4],
  );
  files.retire(held[0]!);
  t.equal(files.held, 2);
  t.end();
});

test('a frame that is not wanted goes, also when its file comes later', { skip: noMemoryFolder }, (t) => {
  const files = ring(t);
  files.discard(1);
  write(files, 1, 1);
  write(files, 2, 2);
  arrived(files, 2);
  t.same(readdirSync(files.directory), ['2.yuv']);
  t.end();
});

test('closing takes the folder away; held frames can be read to the last', { skip: noMemoryFolder }, (t) => {
  const files = ring(t);
  write(files, 1, 7);
  const file = arrived(files, 1);
  files.close();
  t.notOk(existsSync(files.directory));
  t.equal(files.read(file, 0, 1)![0], 7);
  files.retire(file);
  t.equal(files.read(file, 0, 1), undefined);
  t.end();
});

test('a folder of a process that was killed is removed, one of a living process is not', {
  skip: noMemoryFolder,
}, (t) => {
  const base = join('/dev/shm', `anpr-base-test-${process.pid}`);
  const parent = join(base, `anpr-frames-${process.getuid!()}`);
  t.teardown(() => rmSync(base, { recursive: true }));
  const stale = join(parent, 'gate-4194305-0123abcd');
  const living = join(parent, `gate-${process.ppid}-0123abcd`);
  for (const path of [stale, living]) mkdirSync(path, { recursive: true });
  writeFileSync(join(stale, '1.yuv'), 'x');
  const directory = ringDirectory('gate', [join(base, 'nosuch'), base]);
  t.notOk(existsSync(stale));
  t.ok(existsSync(living));
  t.equal(statSync(directory).mode & 0o777, 0o700, 'for nobody else');
  t.end();
});

test('frames are never written to a disk', (t) => {
  t.throws(() => ringDirectory('gate', [import.meta.dirname]), {
    code: 'capture.no-memory-folder',
    remedy: /tmpfs/,
  });
  t.same(ringBases({ RUNTIME_DIRECTORY: '/run/anpr:/run/b', XDG_RUNTIME_DIR: '/run/user/7' }), [
    ...['/run/anpr', '/run/b', '/run/anpr', '/run/user/7', '/dev/shm'],
  ]);
  t.end();
});
