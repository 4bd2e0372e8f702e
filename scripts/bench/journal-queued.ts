// What a very long queue costs: the time from opening the journal to the first record that can be sent, and from the start of
// the process to the first PUBACK, and its memory, with a million records queued and with none. Each is measured in a process of its own, in turn. Prints a
// table. Usage: node scripts/bench/journal-queued.ts [--records 1000000] [--rounds 3] [--dir FOLDER]

import { execFileSync } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type NewRecord, openJournal } from '../../agent/journal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { startUplink } from '../../agent/uplink/index.ts';
import { startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { readPayload } from '../../test/uplink/read-payload.ts';
import { uplinkConfig } from './lib/uplink-config.ts';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: tmpdir() },
    measure: { type: 'string' },
    first: { type: 'string' },
    url: { type: 'string', default: '' },
  },
});
const log = createLog('silent');
const address = { site: 'e19', box: 'bench' };

interface Measured {
  readyMs: number;
  firstMs: number;
  /** MiB after the first records were given out, and after all were paged through */
  atFirstMiB: number;
  pagedMiB: number;
}

/** In a process of its own. */
async function measure(path: string): Promise<Measured> {
  const rssMiB = () => {
    globalThis.gc?.();
    return process.memoryUsage.rss() / 2 ** 20;
  };
  const began = performance.now();
  const journal = await openJournal({ path, log, address });
  const readyMs = performance.now() - began;
  let records = await journal.pending({ after: 0, limit: 100 });
  const firstMs = performance.now() - began;
  await journal.counts();
  // What a large file is looked through in the background for.
  await sleep(3000);
  const atFirstMiB = rssMiB();
  for (let pages = 0; records.length > 0 && pages < 1000; pages++)
    records = await journal.pending({ after: records.at(-1)!.position, limit: 100 });
  for (let n = 0; n < 200; n++) await journal.append(newRead());
  const pagedMiB = rssMiB();
  await journal.close();
  return { readyMs, firstMs, atFirstMiB, pagedMiB };
}

/** From the start of this process to the first PUBACK, milliseconds. */
async function firstPuback(path: string, url: string): Promise<number> {
  const journal = await openJournal({ path, log, address });
  // One has to be there where none is queued.
  await journal.append(newRead());
  const uplink = startUplink({ journal, config: uplinkConfig(url), address, status: () => ({}), log });
  while (uplink.state().sentTotal === 0) await sleep(1);
  const firstMs = performance.now();
  await uplink.close();
  await journal.close();
  return firstMs;
}

function newRead(): NewRecord {
  const payload = { ...readPayload(), id: randomUUIDv7() };
  const { confidence } = payload.plate;
  // Plates as they come: a new text each, so that no index is kinder than in life.
  const text = `1${Math.random().toString(36).slice(2, 8).toUpperCase()}`;
  return { id: payload.id, type: 'read', at: Date.now(), camera: 'north', text, confidence, payload };
}

async function fill(path: string, count: number): Promise<void> {
  const journal = await openJournal({ path, log, address });
  for (let n = 0; n < count; n += 1000) {
    await Promise.all(Array.from({ length: Math.min(1000, count - n) }, () => journal.append(newRead())));
    if (n % 100_000 === 0) process.stderr.write(`${n} queued\n`);
  }
  await journal.close();
}

if (values.measure !== undefined) {
  console.log(JSON.stringify(await measure(values.measure)));
} else if (values.first !== undefined) {
  console.log(await firstPuback(values.first, values.url));
} else {
  const count = Number(values.records);
  const dir = mkdtempSync(join(values.dir, 'bench-queued-'));
  const [full, empty] = [join(dir, 'full.db'), join(dir, 'empty.db')];
  await fill(full, count);
  const inOwnProcess = (path: string): Measured =>
    JSON.parse(
      execFileSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), '--measure', path], {
        encoding: 'utf8',
      }),
    );
  const broker = await startMosquitto();
  const firstOf = (path: string): number =>
    Number(
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--first', path, '--url', broker.url], {
        encoding: 'utf8',
      }),
    );
  const rounds = Array.from({ length: Number(values.rounds) }, () => {
    for (const suffix of ['', '-wal', '-shm', '.mark', '.lock']) rmSync(empty + suffix, { force: true });
    return {
      none: { ...inOwnProcess(empty), pubackMs: firstOf(empty) },
      queued: { ...inOwnProcess(full), pubackMs: firstOf(full) },
    };
  });
  const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
  const row = (what: string, of: (measured: Measured & { pubackMs: number }) => number, digits: number) => {
    const none = median(rounds.map((round) => of(round.none)));
    const queued = median(rounds.map((round) => of(round.queued)));
    console.log(
      `| ${what} | ${none.toFixed(digits)} | ${queued.toFixed(digits)} | ${(queued - none).toFixed(digits)} |`,
    );
  };
  const sizeGb = existsSync(full) ? statSync(full).size / 1e9 : 0;
  console.log(
    `${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}; Node ${process.version}; ` +
      `${count.toLocaleString('en')} reads queued in ${sizeGb.toFixed(2)} GB; median of ${rounds.length} rounds\n`,
  );
  console.log('| | none queued | all queued | difference |\n|---|--:|--:|--:|');
  row('opened, ms', ({ readyMs }) => readyMs, 0);
  row('first records in hand, ms', ({ firstMs }) => firstMs, 0);
  row('start of the process to the first PUBACK, ms', ({ pubackMs }) => pubackMs, 0);
  row('memory then, MiB', ({ atFirstMiB }) => atFirstMiB, 1);
  row('memory after 100,000 were given out and 200 appended, MiB', ({ pagedMiB }) => pagedMiB, 1);
  await broker.stop();
  rmSync(dir, { recursive: true });
}
