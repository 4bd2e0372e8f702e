// What a watchlist costs: import (by the command, a process of its own), size on the disk, look-ups with all look-alikes, memory, and
// the switch to a new version while reads go on; over plates in the Belgian form. Look-ups are of reads as typed plates make them
// (half listed), each with 128 texts to look up and those with one character more or less. Prints a table.
// Usage: node scripts/bench/watchlist.ts [--entries 5000000] [--patterns 0] [--reads 5000] [--dir FOLDER]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { loadKeys, openRing } from '../../agent/seal/index.ts';
import { listPath, openLists, typedPlate, type Watchlists } from '../../agent/watchlist/index.ts';
import { plateOf } from './lib/plates.ts';
import { treeSeconds } from './lib/processes.ts';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '5000000' },
    patterns: { type: 'string', default: '0' },
    reads: { type: 'string', default: '5000' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const entries = Number(values.entries);
const patterns = Number(values.patterns);
const reads = Number(values.reads);

/** a list that is open before, so that what is measured is the large one and not the program */
const SMALL = 1000;
const WARM_READS = 500;
const ANPR = fileURLToPath(new URL('../anpr', import.meta.url));

function writeSource(path: string, count: number): void {
  const descriptor = openSync(path, 'w');
  writeSync(descriptor, 'plate,country,reason,reference\n');
  let lines: string[] = [];
  for (let n = 0; n < (count === entries ? patterns : 0); n++) {
    const plate = plateOf(entries + reads + n);
    lines.push(`${plate.slice(0, 3)}?${plate.slice(4, 6)}*,B,pattern,p${n}`);
  }
  for (let n = 0; n < count; n++) {
    lines.push(`${plateOf(n)},B,stolen,${n}`);
    if (lines.length < 10_000 && n < count - 1) continue;
    writeSync(descriptor, `${lines.join('\n')}\n`);
    lines = [];
  }
  closeSync(descriptor);
}

const folder = mkdtempSync(join(values.dir, 'anpr-watchlist-'));

async function imported(list: string, count: number): Promise<{ entries: number; sizeBytes: number }> {
  const file = join(folder, 'source.csv');
  writeSource(file, count);
  const config = join(folder, 'agent.yaml');
  const child = spawn(ANPR, ['watchlist', 'import', list, file, '--config', config, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  rmSync(file);
  if (code !== 0) throw new Error(`the import failed: ${code}`);
  return JSON.parse(told);
}

/** MiB now and at most, since this was last asked */
function memory(): { now: number; most: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const mib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  writeFileSync('/proc/self/clear_refs', '5');
  return { now: mib('VmRSS'), most: mib('VmHWM') };
}

interface LookUps {
  /** ms each by the clock, and of CPU, ascending */
  took: number[];
  tookCpu: number[];
  found: number;
}

/** ms of CPU of this process, garbage collection in other threads included */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** ms that this thread was on a core, to a tick of 4: what others on the machine do to the clock is not in it */
const threadMs = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;

const ascending = (numbers: number[]) => numbers.sort((a, b) => a - b);

function lookUps(lists: Watchlists, count: number, of: number): LookUps {
  const took: number[] = [];
  const tookCpu: number[] = [];
  let found = 0;
  for (let n = 0; n < count; n++) {
    // The second half of the plates is on no list.
    const isListed = n % 2 === 0;
    const seen = typedPlate(plateOf(isListed ? (n * 7919) % of : entries + n), 0.9, 'B');
    const [started, startedCpu] = [performance.now(), cpuMs()];
    const { answers } = lists.match(seen, Date.now());
    tookCpu.push(cpuMs() - startedCpu);
    took.push(performance.now() - started);
    if (isListed && answers[0]?.matches[0]?.entry.plate === seen.text) found += 1;
  }
  return { took: ascending(took), tookCpu: ascending(tookCpu), found };
}

/** The next version takes the place of the one in force while reads go on. */
async function switched(lists: Watchlists) {
  const inForce = listPath(folder, 'large');
  copyFileSync(inForce, `${inForce}.next`);
  renameSync(`${inForce}.next`, inForce);
  let [isDone, asked, unmatched, longestMs, longestCpuMs] = [false, 0, 0, 0, 0];
  const begun = performance.now();
  let [last, lastCpu] = [begun, threadMs()];
  const taken = lists.takeUp('large').then(() => {
    isDone = true;
  });
  // What is between two reads is the event loop standing still.
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    longestCpuMs = Math.max(longestCpuMs, threadMs() - lastCpu);
    longestMs = Math.max(longestMs, performance.now() - last);
    const plate = plateOf((asked++ * 7919) % entries);
    const { answers } = lists.match(typedPlate(plate, 0.9, 'B'), Date.now());
    if (answers[0]?.matches[0]?.entry.plate !== plate) unmatched++;
    [last, lastCpu] = [performance.now(), threadMs()];
  }
  await taken;
  const tookMs = performance.now() - begun;
  const firstAt = performance.now();
  lists.match(typedPlate(plateOf(0), 0.9, 'B'), Date.now());
  return { tookMs, asked, unmatched, longestMs, longestCpuMs, firstMs: performance.now() - firstAt };
}

try {
  const journal = join(folder, 'journal.db');
  const config = {
    ...{ version: 1, site: 'bench', box: 'bench', journal: { path: journal } },
    watchlists: { directory: folder, lists: [{ id: 'small' }, { id: 'large' }] },
  };
  writeFileSync(join(folder, 'agent.yaml'), JSON.stringify(config));
  const { ring } = loadKeys(journal, { environment: {}, credential: '/nonexistent' });
  await imported('small', SMALL);
  const load = loadavg()[0]?.toFixed(1);
  const secondsBefore = treeSeconds(process.pid).all;
  const begun = performance.now();
  const report = await imported('large', entries);
  const importMs = performance.now() - begun;
  const importSeconds = treeSeconds(process.pid).all - secondsBefore;

  const grammars = loadGrammars();
  const open = async (id: string) => {
    // As in the agent; new versions are taken up when this says so.
    const settings = [{ id, kind: 'alert-if-listed' as const, expectedPer10000: 1 }];
    const lists = openLists(folder, settings, openRing(ring), grammars, { watchMs: 86_400_000 });
    await lists.takeUp(id);
    return lists;
  };
  const small = await open('small');
  lookUps(small, WARM_READS, SMALL);
  const before = memory();
  const lists = await open('large');
  const { took, tookCpu, found } = lookUps(lists, reads, entries);
  const withIt = memory();
  const { tookMs, asked, unmatched, longestMs, longestCpuMs, firstMs } = await switched(lists);
  const afterwards = memory();
  lists.close();
  small.close();

  const at = (share: number, took: readonly number[]) =>
    took[Math.floor(share * (took.length - 1))]?.toFixed(2);
  const more = (mib: number) => (mib - before.now).toFixed(0);
  const rows = [
    ['entries', `${report.entries}`],
    [
      'import, with writing its source',
      `${(importMs / 1000).toFixed(1)} s by the clock, ${importSeconds.toFixed(1)} s of CPU`,
    ],
    [
      'file',
      `${(report.sizeBytes / 1e6).toFixed(1)} MB, ${(report.sizeBytes / report.entries).toFixed(0)} bytes an entry`,
    ],
    ['look-up p50, p99, most', `${at(0.5, took)}, ${at(0.99, took)}, ${at(1, took)} ms (${reads} reads)`],
    ['CPU of it p50, p99, most', `${at(0.5, tookCpu)}, ${at(0.99, tookCpu)}, ${at(1, tookCpu)} ms`],
    ['listed plates found first', `${found} of ${Math.ceil(reads / 2)}`],
    [
      'memory more with it open and asked: at the end, at most',
      `${more(withIt.now)}, ${more(withIt.most)} MiB`,
    ],
    ['new version noticed until it is asked', `${tookMs.toFixed(0)} ms, ${asked} reads meanwhile`],
    [
      'of this the event loop stood still at most',
      `${longestMs.toFixed(1)} ms, of which ${longestCpuMs.toFixed(1)} on a core`,
    ],
    ['reads without their entry meanwhile', `${unmatched}`],
    ['first look-up in the new version', `${firstMs.toFixed(1)} ms`],
    [
      'memory more after the switch, and at most during it',
      `${more(afterwards.now)}, ${more(afterwards.most)} MiB`,
    ],
  ];
  console.log(`${cpus().length} × ${cpus()[0]?.model}, load ${load} before, Node ${process.version}\n`);
  console.log('| what | measured |\n|---|---|');
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
