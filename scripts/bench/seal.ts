// What sealing costs: appends with and without keys in turn on the same disk, searches over a large sealed journal beside
// the same in clear, and checking all of it. Prints tables.
// Usage: node scripts/bench/seal.ts [--reads 500000] [--rounds 5] [--dir FOLDER]

import { randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Journal,
  type NewRecord,
  openJournal,
  type ReadFilter,
  verifyJournal,
} from '../../agent/journal/index.ts';
import { type KeyRing, newRing } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { readPayload } from '../../test/uplink/read-payload.ts';

const { values } = parseArgs({
  options: {
    reads: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '5' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const reads = Number(values.reads);
const rounds = Number(values.rounds);
const log = createLog('silent');
const address = { site: 'bench', box: 'bench' };
const FIRST_AT_MS = Date.UTC(2026, 0, 1);
const SINGLE_APPENDS = 300;
const GROUPS = 60;
const GROUP_SIZE = 20;

/** Plates that a pattern can tell apart: 1AAA000, 1AAA001 … */
function plateOf(n: number): string {
  const letters = [676, 26, 1].map((weight) =>
    String.fromCharCode(65 + (Math.floor(n / 1000 / weight) % 26)),
  );
  return `1${letters.join('')}${String(n % 1000).padStart(3, '0')}`;
}

function newRead(n: number): NewRecord {
  const payload = readPayload();
  const text = plateOf(n);
  const id = randomUUIDv7();
  return {
    ...{ id, type: 'read', at: FIRST_AT_MS + n * 1000, camera: 'north', text, confidence: 0.9 },
    payload: { ...payload, id, plate: { ...payload.plate, text } },
  };
}

/** Processor time of all threads: on a machine that does other work the clock on the wall says little. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

async function withJournal<T>(keys: KeyRing | undefined, work: (journal: Journal) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(values.dir, 'bench-seal-'));
  const journal = await openJournal({ path: join(dir, 'journal.db'), log, address, ...(keys && { keys }) });
  try {
    return await work(journal);
  } finally {
    await journal.close();
    rmSync(dir, { recursive: true });
  }
}

/** Processor time of the whole process for each append, in microseconds, and appends a second. */
async function appendCost(
  keys: KeyRing | undefined,
  size: number,
): Promise<{ cpuUs: number; perSecond: number }> {
  return withJournal(keys, async (journal) => {
    await Promise.all(Array.from({ length: 500 }, (_, n) => journal.append(newRead(n))));
    const count = size === 1 ? SINGLE_APPENDS : GROUPS * GROUP_SIZE;
    const records = Array.from({ length: count }, (_, n) => newRead(1000 + n));
    const cpu = process.cpuUsage();
    const began = performance.now();
    for (let at = 0; at < count; at += size)
      await Promise.all(records.slice(at, at + size).map((record) => journal.append(record)));
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { cpuUs: (user + system) / count, perSecond: count / seconds };
  });
}

const searches: [string, ReadFilter][] = [
  ['the newest 50', {}],
  ['a plate, 1 hit in all', { plate: plateOf(1234) }],
  ['a plate that is not there', { plate: '9ZZZ999' }],
  ['1AA*, 50 of very many', { plate: '1AA*' }],
  ['*Q?123, few', { plate: '*Q?123' }],
  ['a plate, one day', { plate: plateOf(40_000), from: FIRST_AT_MS, to: FIRST_AT_MS + 86_400_000 }],
];

async function searchCosts(
  keys: KeyRing | undefined,
): Promise<{ ms: number[]; sizeBytes: number; verifySeconds: number }> {
  return withJournal(keys, async (journal) => {
    for (let at = 0; at < reads; at += 1000)
      await Promise.all(
        Array.from({ length: Math.min(1000, reads - at) }, (_, n) => journal.append(newRead(at + n))),
      );
    await journal.reads({ limit: 1 });
    const ms: number[] = [];
    for (const [, filter] of searches) {
      const times: number[] = [];
      for (let round = 0; round < 3; round++) {
        const cpu = process.cpuUsage();
        await journal.reads(filter);
        times.push(cpuMs(cpu));
      }
      ms.push(median(times));
    }
    const cpu = process.cpuUsage();
    if (keys) await verifyJournal(journal.path, { keys });
    return { ms, sizeBytes: statSync(journal.path).size, verifySeconds: cpuMs(cpu) / 1000 };
  });
}

const keys = newRing();
console.log(
  `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}\n`,
);
console.log('| append | in clear, CPU µs | sealed, CPU µs | sealed / clear | in clear /s | sealed /s |');
console.log('|---|--:|--:|--:|--:|--:|');
for (const size of [1, GROUP_SIZE]) {
  const clear: Awaited<ReturnType<typeof appendCost>>[] = [];
  const sealed: typeof clear = [];
  for (let round = 0; round < rounds; round++) {
    clear.push(await appendCost(undefined, size));
    sealed.push(await appendCost(keys, size));
  }
  const of = (list: typeof clear, what: 'cpuUs' | 'perSecond') => median(list.map((each) => each[what]));
  const ratio = of(sealed, 'cpuUs') / of(clear, 'cpuUs');
  const cells = [of(clear, 'cpuUs'), of(sealed, 'cpuUs')].map((value) => value.toFixed(0));
  const rates = [of(clear, 'perSecond'), of(sealed, 'perSecond')].map((value) => value.toFixed(0));
  console.log(`| ${size} at a time | ${cells.join(' | ')} | ${ratio.toFixed(2)} | ${rates.join(' | ')} |`);
}
if (reads > 0) {
  const clear = await searchCosts(undefined);
  const sealed = await searchCosts(keys);
  console.log(`\n| search over ${reads} reads | in clear, CPU ms | sealed, CPU ms |\n|---|--:|--:|`);
  for (const [index, [name]] of searches.entries())
    console.log(`| ${name} | ${clear.ms[index]!.toFixed(1)} | ${sealed.ms[index]!.toFixed(1)} |`);
  console.log(
    `\nFile: ${(clear.sizeBytes / 1e6).toFixed(0)} MB in clear, ${(sealed.sizeBytes / 1e6).toFixed(0)} MB sealed.`,
  );
  console.log(`anpr journal verify of all: ${sealed.verifySeconds.toFixed(1)} s of processor time.`);
}
