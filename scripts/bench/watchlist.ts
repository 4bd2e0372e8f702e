// What a watchlist costs: import, size on the disk, and look-ups with all look-alikes, over plates in the Belgian form.
// Look-ups are of reads as typed plates make them (half listed), each with 128 texts to look up. Prints tables.
// Usage: node scripts/bench/watchlist.ts [--entries 5000000] [--patterns 0] [--reads 5000] [--dir FOLDER]

import { closeSync, copyFileSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { schema } from '../../agent/config/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { importList, listPath, openLists, typedPlate } from '../../agent/watchlist/index.ts';
import { plateOf } from './lib/plates.ts';

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
const MIB = 1 << 20;

function writeSource(path: string): void {
  const descriptor = openSync(path, 'w');
  writeSync(descriptor, 'plate,country,reason,reference\n');
  let lines: string[] = [];
  for (let n = 0; n < patterns; n++) {
    const plate = plateOf(entries + reads + n);
    lines.push(`${plate.slice(0, 3)}?${plate.slice(4, 6)}*,B,pattern,p${n}`);
  }
  for (let n = 0; n < entries; n++) {
    lines.push(`${plateOf(n)},B,stolen,${n}`);
    if (lines.length < 10_000 && n < entries - 1) continue;
    writeSync(descriptor, `${lines.join('\n')}\n`);
    lines = [];
  }
  closeSync(descriptor);
}

const folder = mkdtempSync(join(values.dir, 'anpr-watchlist-'));
try {
  const file = join(folder, 'source.csv');
  writeSource(file);
  const config = schema.parse({
    ...{ version: 1, site: 'bench', box: 'bench' },
    watchlists: { lists: [{ id: 'bench' }] },
  });
  const list = config.watchlists.lists[0]!;
  const ring = openRing(newRing());
  const load = loadavg()[0]!;
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const report = importList({ directory: folder, list, ring, file, format: 'csv' });
  const importMs = performance.now() - begun;
  const cpu = process.cpuUsage(cpuBefore);

  const grammars = loadGrammars();
  globalThis.gc?.();
  const rssBefore = process.memoryUsage().rss;
  // As in the agent; new versions are taken up when this says so.
  const lists = openLists(folder, [list], ring, grammars, { watchMs: 86_400_000 });
  await lists.takeUp(list.id);
  process.stderr.write('imported\n');
  const took: number[] = [];
  const tookCpu: number[] = [];
  const cpuOfReads = process.cpuUsage();
  let found = 0;
  for (let n = 0; n < reads; n++) {
    // The second half of the plates is on no list.
    const listed = n % 2 === 0;
    const at = listed ? (n * 7919) % entries : entries + n;
    const seen = typedPlate(plateOf(at), 0.9, 'B');
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    const { answers } = lists.match(seen, Date.now());
    took.push(performance.now() - started);
    const { user, system } = process.cpuUsage(cpuBefore);
    tookCpu.push((user + system) / 1000);
    const first = answers[0]?.matches[0]?.entry.plate;
    if (listed && first === seen.text) found += 1;
  }
  const readsCpu = process.cpuUsage(cpuOfReads);
  const rssAfter = process.memoryUsage().rss;
  const inForce = listPath(folder, 'bench');
  copyFileSync(inForce, `${inForce}.next`);
  renameSync(`${inForce}.next`, inForce);
  const switching = performance.now();
  let [done, asked, unmatched, longestMs, switchMs] = [false, 0, 0, 0, 0];
  void lists.takeUp(list.id).then(() => {
    done = true;
    switchMs = performance.now() - switching;
  });
  // Reads go on; what is between them is the event loop standing still.
  let last = performance.now();
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    longestMs = Math.max(longestMs, performance.now() - last);
    const plate = plateOf((asked++ * 7919) % entries);
    const { answers } = lists.match(typedPlate(plate, 0.9, 'B'), Date.now());
    if (answers[0]?.matches[0]?.entry.plate !== plate) unmatched++;
    last = performance.now();
  }
  const firstAt = performance.now();
  lists.match(typedPlate(plateOf(0), 0.9, 'B'), Date.now());
  const firstMs = performance.now() - firstAt;
  lists.close();
  const sorted = [took, tookCpu].map((times) => times.sort((a, b) => a - b));
  const at = (share: number, times = sorted[0]!) => times[Math.floor(share * (times.length - 1))]!.toFixed(2);
  const seconds = (micros: number) => (micros / 1e6).toFixed(1);
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, load ${load.toFixed(1)} before, Node ${process.version}`,
  );
  console.log('');
  console.log('| what | measured |');
  console.log('|---|---|');
  console.log(`| entries | ${report.entries} |`);
  console.log(
    `| import | ${(importMs / 1000).toFixed(1)} s by the clock, ${seconds(cpu.user + cpu.system)} s of CPU |`,
  );
  console.log(
    `| file | ${(report.sizeBytes / 1e6).toFixed(1)} MB, ${(report.sizeBytes / report.entries).toFixed(0)} bytes an entry |`,
  );
  console.log(`| look-up p50, p99, most | ${at(0.5)}, ${at(0.99)}, ${at(1)} ms (${reads} reads) |`);
  console.log(`| CPU of it p50, p99 | ${at(0.5, sorted[1])}, ${at(0.99, sorted[1])} ms |`);
  console.log(
    `| new version noticed until it is asked | ${switchMs.toFixed(0)} ms, ${asked} reads meanwhile |`,
  );
  console.log(`| of this the event loop stood still at most | ${longestMs.toFixed(1)} ms |`);
  console.log(`| reads without their entry meanwhile | ${unmatched} |`);
  console.log(`| first look-up in the new version | ${firstMs.toFixed(1)} ms |`);
  console.log(
    `| CPU of a look-up, mean | ${((readsCpu.user + readsCpu.system) / 1000 / reads).toFixed(2)} ms |`,
  );
  console.log(
    `| memory for the open list and ${reads} look-ups | ${((rssAfter - rssBefore) / MIB).toFixed(0)} MiB more |`,
  );
  console.log(`| listed plates found first | ${found} of ${Math.ceil(reads / 2)} |`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
