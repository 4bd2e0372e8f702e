// The full-size planes, in RAM but outside both processes: ffmpeg writes each frame as a raw file into a folder on
// tmpfs, and only what is asked for is ever read. A frame that is done with gives its file on to a later one (a hard
// link under a name that ffmpeg has not reached yet), so that the same memory pages are written over and over: that is
// several times cheaper than new pages for each frame (docs/benchmarks-capture.md). A mark at the end of a file that was
// given on tells whether ffmpeg has come to its end, and also shows a picture that is smaller than before.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AnprError } from '../shared/errors.ts';
import { uncleared } from '../shared/memory.ts';

const TMPFS_MAGIC = 0x01021994;
const RAMFS_MAGIC = 0x858458f6;
const MARK_BYTES = 16;
const SPARE_FILES = 3;
const LINK_ATTEMPTS = 3;

/** A frame's file, held open: it stays readable until it is retired. */
export interface RingFile {
  readonly number: number;
  fd: number | undefined;
}

export type Arrival = { is: 'ready'; file: RingFile } | { is: 'pending' } | { is: 'resized' };

export class FrameRing {
  readonly directory: string;
  /** what ffmpeg's image2 muxer is told; numbers count from 1 */
  readonly pattern: string;
  readonly #mark = randomBytes(MARK_BYTES);
  #frameBytes = 0;
  #newest = 0;
  #nextSpare = 1;
  #spares: number[] = [];
  #held = new Map<number, RingFile>();
  #leftOver = new Set<number>();
  #closed = false;

  constructor(directory: string) {
    this.directory = directory;
    this.pattern = join(directory.replaceAll('%', '%%'), '%d.yuv');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Before the first arrival. */
  expect(frameBytes: number): void {
    this.#frameBytes = frameBytes;
  }

  /** How many frames are held open. */
  get held(): number {
    return this.#held.size;
  }

  /** The file of frame `number`, as far as ffmpeg has got with it. */
  arrive(number: number): Arrival {
    this.#newest = Math.max(this.#newest, number);
    this.#spares = this.#spares.filter((spare) => spare > this.#newest);
    for (const old of this.#leftOver) if (old < number) this.#remove(old);
    let fd: number;
    try {
      fd = openSync(this.#path(number), 'r+');
    } catch {
      return { is: 'pending' };
    }
    const sizeBytes = fstatSync(fd).size;
    const ready = sizeBytes === this.#frameBytes && !this.#isMarked(fd);
    if (!ready) {
      closeSync(fd);
      return { is: sizeBytes > this.#frameBytes ? 'resized' : 'pending' };
    }
    const file: RingFile = { number, fd };
    this.#held.set(number, file);
    return { is: 'ready', file };
  }

  /** Bytes of a held frame; undefined when it has been retired. */
  read(file: RingFile, offsetBytes: number, lengthBytes: number): Uint8Array | undefined {
    if (file.fd === undefined) return undefined;
    const bytes = uncleared(lengthBytes);
    for (let filled = 0; filled < lengthBytes; ) {
      const count = readSync(file.fd, bytes, filled, lengthBytes - filled, offsetBytes + filled);
      if (count === 0) return undefined;
      filled += count;
    }
    return bytes;
  }

  /** The frame is done with: its file is given on, or removed. Safe to call twice. */
  retire(file: RingFile): void {
    if (file.fd === undefined) return;
    this.#held.delete(file.number);
    if (!this.#closed) {
      if (this.#spares.length < SPARE_FILES) this.#giveOn(file.number, file.fd);
      this.#remove(file.number);
    }
    closeSync(file.fd);
    file.fd = undefined;
  }

  /** Retires the oldest frames until at most `keep` are held; returns how many had to go. */
  bound(keep: number): number {
    let gone = 0;
    for (const file of this.#held.values()) {
      if (this.#held.size <= keep) break;
      this.retire(file);
      gone++;
    }
    return gone;
  }

  /** A frame nobody will ask for whose file may not be there yet. */
  discard(number: number): void {
    this.#newest = Math.max(this.#newest, number);
    if (!this.#remove(number)) this.#leftOver.add(number);
  }

  /** After ffmpeg has ended: the folder goes; frames that are held stay readable until they are retired. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    rmSync(this.directory, { recursive: true, force: true });
  }

  #giveOn(number: number, fd: number): void {
    writeSync(fd, this.#mark, 0, MARK_BYTES, this.#frameBytes - MARK_BYTES);
    this.#nextSpare = Math.max(this.#nextSpare, this.#newest + 1);
    for (let attempt = 0; attempt < LINK_ATTEMPTS; attempt++) {
      const to = this.#nextSpare++;
      try {
        linkSync(this.#path(number), this.#path(to));
        this.#spares.push(to);
        return;
      } catch (error) {
        // ffmpeg has got there already; link never replaces, so nothing is lost.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return;
      }
    }
  }

  #remove(number: number): boolean {
    try {
      unlinkSync(this.#path(number));
    } catch {
      return false;
    }
    this.#leftOver.delete(number);
    return true;
  }

  #isMarked(fd: number): boolean {
    const tail = Buffer.alloc(MARK_BYTES);
    readSync(fd, tail, 0, MARK_BYTES, this.#frameBytes - MARK_BYTES);
    return tail.equals(this.#mark);
  }

  #path(number: number): string {
    return join(this.directory, `${number}.yuv`);
  }
}

/** Where rings may lie, best first: the service's own folder, then the ones every Linux has. */
export function ringBases(env: NodeJS.ProcessEnv): string[] {
  const runtime = (env.RUNTIME_DIRECTORY ?? '').split(':').filter(Boolean);
  return [...runtime, '/run/anpr', ...(env.XDG_RUNTIME_DIR ? [env.XDG_RUNTIME_DIR] : []), '/dev/shm'];
}

/**
 * A folder in RAM for one camera's frames, free of what a process that was killed has left there.
 * @throws AnprError capture.no-memory-folder
 */
export function ringDirectory(camera: string, bases: readonly string[]): string {
  for (const base of bases) {
    if (!existsSync(base) || !isInMemory(base)) continue;
    const parent = join(base, `anpr-frames-${process.getuid?.() ?? 'all'}`);
    try {
      mkdirSync(parent, { recursive: true, mode: 0o700 });
      removeStale(parent);
      const directory = join(parent, `${camera}-${process.pid}-${randomBytes(4).toString('hex')}`);
      mkdirSync(directory, { mode: 0o700 });
      return directory;
    } catch {
      // not ours to write in; the next one
    }
  }
  throw new AnprError(
    'capture.no-memory-folder',
    `wanted a folder in memory (tmpfs) for frames, found none that can be written among ${bases.join(', ')}`,
    'mount tmpfs on /run/anpr, or set RuntimeDirectory=anpr in the service',
  );
}

/** Bytes that are still free where the ring lies. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

function isInMemory(directory: string): boolean {
  const { type } = statfsSync(directory);
  return type === TMPFS_MAGIC || type === RAMFS_MAGIC;
}

function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    const owner = /-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1];
    if (owner && !isRunning(Number(owner))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The folder that ringDirectory gave. */
export function removeRing(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
