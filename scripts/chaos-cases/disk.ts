// The disk of the box: full, refusing writes, failing, and its journal's file damaged.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { file, startable } from '../../test/central/processes.ts';
import { NOTHING } from './judge.ts';
import { type Case, type Chaos, type Row, scene, until } from './scene.ts';

export const disk: Case = {
  name: 'disk',
  about: 'full, read-only, I/O errors, the journal damaged in five ways',
  async run(chaos) {
    const rows = [await full()];
    for (const error of ['EROFS', 'EIO']) rows.push(await failing(error, chaos));
    for (const damage of damages) rows.push(await damaged(damage, chaos));
    return rows;
  },
};

const skip = (name: string, done: string, skipped: string): Row => {
  return { name, done, verdict: NOTHING, mayTell: 0, tookMs: 0, skipped };
};

const canDo = (command: string, ...args: string[]) => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** A small disk of its own, filled while reads come in. */
async function full(): Promise<Row> {
  const row = { name: 'disk full', done: 'no byte left' };
  const small = join('/tmp', `anpr-chaos-disk-${process.pid}`);
  mkdirSync(small);
  try {
    if (!canDo('mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', small))
      return skip(row.name, row.done, 'needs the right to mount a small disk');
    return await scene(
      row,
      { pauseMs: 10, journalPath: join(small, 'journal.db') },
      async ({ box, central, broker, arrived, noted, ledger }) => {
        await central.start();
        await central.ready();
        await box.start();
        await arrived(50);
        await broker.kill9();
        const filler = join(small, 'filler');
        try {
          writeFileSync(filler, Buffer.alloc(2 ** 24));
        } catch {
          // as much as there was room for
        }
        await noted(/^refused journal\.full$/m, ledger().length);
        rmSync(filler);
        await broker.restart();
      },
    );
  } finally {
    canDo('umount', '-l', small);
    rmSync(small, { recursive: true, force: true });
  }
}

/** The kernel answers each write and sync of the journal with an error, for a while. */
async function failing(error: string, { short }: Chaos): Promise<Row> {
  const cycles = short ? 1 : 20;
  const row = { name: `disk says ${error}`, done: `${cycles} times` };
  if (!canDo('strace', '-qq', '-o', '/dev/null', 'true'))
    return skip(row.name, row.done, 'needs strace, and the right to trace');
  return scene(row, { pauseMs: 10 }, async (opened) => {
    const { box, central, arrived, noted, ledger, kept } = opened;
    await central.start();
    await central.ready();
    await box.start();
    await arrived(20);
    for (let cycle = 0; cycle < cycles; cycle++) {
      const before = ledger().length;
      const fails = ['pwrite64', 'fdatasync', 'fsync', 'ftruncate'].join(',');
      const faults = spawn(
        'strace',
        [
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-p',
          String(box.pid()),
          '-e',
          `trace=${fails}`,
          '-e',
          `inject=${fails}:error=${error}`,
        ],
        { stdio: 'ignore' },
      );
      await noted(/^refused journal\.\w+$/m, before);
      faults.kill('SIGTERM');
      await once(faults, 'exit');
      const now = kept();
      await until(() => kept() >= now + 20, 'reads to be taken again');
    }
  });
}

const PAGE_BYTES = 4096;
const noise = (length: number) => Buffer.from(Uint8Array.from({ length }, (_, n) => (n * 2654435761) >>> 13));

interface Damage {
  name: string;
  /** @param random where */
  inflict(path: string, random: () => number): void;
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

/** A page of the file but the first, whatever it holds. */
const somePage = (path: string, random: () => number) =>
  PAGE_BYTES * (1 + Math.floor(random() * (statSync(path).size / PAGE_BYTES - 9)));

const damages: readonly Damage[] = [
  {
    name: 'zeroed page',
    inflict: (path, random) => overwrite(path, somePage(path, random), Buffer.alloc(PAGE_BYTES)),
  },
  {
    name: 'garbage, 8 pages',
    inflict: (path, random) => overwrite(path, somePage(path, random), noise(8 * PAGE_BYTES)),
  },
  {
    name: 'cut by a quarter',
    inflict: (path) => truncateSync(path, Math.floor(statSync(path).size * 0.75)),
  },
  { name: 'zeroed header', inflict: (path) => overwrite(path, 0, Buffer.alloc(PAGE_BYTES)) },
  {
    name: 'flipped bit',
    inflict(path, random) {
      const at = Math.floor(PAGE_BYTES + random() * (statSync(path).size - PAGE_BYTES));
      overwrite(path, at, Uint8Array.of((readFileSync(path)[at] ?? 0) ^ 4));
    },
  },
];

/**
 * Reads queued without a link, the box off, the file damaged, the box on again. How much can be saved depends on the page: an
 * inner one of the tree takes what hangs below it along. None may go without being told.
 */
function damaged({ name, inflict }: Damage, { short, random }: Chaos): Promise<Row> {
  const reads = short ? 300 : 5000;
  const more = 20;
  return scene(
    { name, done: `${reads} reads`, mayTell: reads },
    { reads: reads + more },
    async ({ box, central, broker, journalPath, ledgerPath, owner }) => {
      await broker.kill9();
      const place = [journalPath, broker.url, String(reads), '0', 'auto', '--ledger', ledgerPath];
      const before = startable(owner, [file('test/central/box.ts'), ...place, '--together', '20'], 'full');
      await before.start();
      await before.ready();
      await before.end('SIGTERM');
      inflict(journalPath, random);
      await broker.restart();
      await central.start();
      await central.ready();
      await box.start();
    },
  );
}
