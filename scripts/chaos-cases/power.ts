// The power is cut: the disk has what was synced, and of what was not any part, in any order.
//
// strace records every write, truncation and sync of the journal's process, in order with the lines of its ledger. At
// a random point of the record the files are put back as a disk could have them then: for each file the content at its last
// sync, and of the writes after it none, all, or each by chance, the last one torn at a sector. Then a box goes on with
// that, and a consumer that knows nothing of it judges. Nothing is said here of disks that lie about a sync, and
// creations and renames of files are taken to keep their order, as journalling file systems do.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { file, startable } from '../../test/central/processes.ts';
import { NOTHING, type Verdict } from './judge.ts';
import { type Recording, readRecording, stateAt, writtenTo } from './recording.ts';
import { type Case, openScene, scene } from './scene.ts';

const SYSCALLS = 'pwrite64,write,fdatasync,fsync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,openat';
const TRACE = ['-f', '-qq', '-y', '-xx', '-s', '2000000', '-e', `trace=${SYSCALLS}`];
/** Enough for several checkpoints of the write-ahead log, which has a thousand pages. */
const READS = 400;
/** After the cut: the consumer hears of the sequence, and asks for what it misses. */
const MORE_READS = 10;

const mayTrace = () => spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0;

export const power: Case = {
  name: 'power',
  about: 'power cut: what was not synced is lost, in part, in any order',
  async run({ short, random, say }) {
    const cuts = short ? 5 : 200;
    const row = { name: 'power cut', done: `${cuts} cuts`, mayTell: 0 };
    if (!mayTrace())
      return [{ ...row, verdict: NOTHING, tookMs: 0, skipped: 'needs strace, and the right to trace' }];
    const beganMs = performance.now();
    const recorded = await record();
    try {
      let verdict = NOTHING;
      for (let cut = 1; cut <= cuts; cut++) {
        verdict = sum(verdict, await goOn(recorded, Math.floor(random() * recorded.events.length), random));
        if (cut % 20 === 0) say(`${cut} of ${cuts}`);
      }
      return [{ ...row, verdict, tookMs: performance.now() - beganMs }];
    } finally {
      await recorded.close();
    }
  },
};

interface Recorded extends Recording {
  journalPath: string;
  ledgerPath: string;
  close(): Promise<void>;
}

/** A box that has been running before, with broker and consumer, under strace. */
async function record(): Promise<Recorded> {
  const { directory, journalPath, ledgerPath, broker, box, central, owner, close } = await openScene({
    reads: 20,
  });
  try {
    await box.start();
    await box.ready();
    await box.end('SIGTERM');
    const base = new Map(filesIn(dirname(journalPath)).map((path) => [path, readFileSync(path)]));
    base.set(ledgerPath, readFileSync(ledgerPath));
    await central.start();
    await central.ready();
    const trace = join(directory, 'trace');
    const place = [journalPath, broker.url, String(READS), '0', 'auto', '--ledger', ledgerPath];
    const traced = startable(owner, [file('test/central/box.ts'), ...place, '--together', '4'], 'full', {
      under: ['strace', ...TRACE, '-o', trace],
    });
    await traced.start();
    await traced.ready();
    await traced.end('SIGKILL');
    await central.end('SIGTERM');
    const isMeant = (path: string) => path === ledgerPath || dirname(path) === dirname(journalPath);
    const recording = readRecording(trace, base, isMeant);
    rmSync(trace);
    return { ...recording, journalPath, ledgerPath, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Another box finds the files as the cut has left them, and a consumer that knows nothing. */
async function goOn(recorded: Recorded, cut: number, random: () => number): Promise<Verdict> {
  const { journalPath, ledgerPath } = recorded;
  const ledger = writtenTo(ledgerPath, recorded, cut);
  const begun = [...ledger.matchAll(/^begun/gm)].length;
  putBack(dirname(journalPath), stateAt(recorded, cut, random));
  const { verdict } = await scene(
    { name: 'power cut', done: '' },
    { reads: begun + MORE_READS, journalPath },
    async (opened) => {
      writeFileSync(opened.ledgerPath, ledger);
      await opened.central.start();
      await opened.central.ready();
      await opened.box.start();
    },
  );
  return verdict;
}

/** Into the same files where they are still there: the journal knows its own by its inode. */
function putBack(folder: string, state: ReadonlyMap<string, Buffer>): void {
  mkdirSync(folder, { recursive: true });
  for (const path of filesIn(folder)) if (!state.has(path)) rmSync(path);
  for (const [path, content] of state) if (dirname(path) === folder) writeFileSync(path, content);
}

const filesIn = (folder: string) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !/-shm$|\.(lock|pid)$/.test(entry.name))
    .map(({ name }) => join(folder, name));

function sum(one: Verdict, other: Verdict): Verdict {
  const keys = Object.keys(one) as (keyof Verdict)[];
  return Object.fromEntries(keys.map((key) => [key, one[key] + other[key]])) as unknown as Verdict;
}
