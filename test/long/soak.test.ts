// A week in minutes: the reads of seven days at a vehicle every ten seconds, with pictures, through one process of journal
// and uplink, while its broker goes away again and again and retention makes room. Open files, threads and disk are at the
// end of the week what they were on its second day. Memory keeps what the largest backlog of the week took, once; it does not
// go on rising.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { test } from 'tap';
import { openScene } from '../../scripts/chaos-cases/scene.ts';
import { noMosquitto } from '../fixtures/mosquitto.ts';
import { notLong } from '../fixtures/needs.ts';

const HOUR_MS = 3_600_000;
/** 60,480; ANPR_SOAK_READS for a look at the test itself */
const READS = Number(process.env.ANPR_SOAK_READS ?? (7 * 86_400) / 10);
const RECORDS_MIB = 40;
const PICTURES_MIB = 40;
/** The broker is away so often: about every three hours. */
const RESTARTS = 56;
/** A day has so many looks. */
const A_DAY = RESTARTS / 7;
/** What a garbage collector leaves lying at one moment and not at another: a leak would be seen from 6 MiB a day. */
const WAVER_MIB = 12;
/** What a backlog may leave in the allocator's hands, at most (measured: 25 and 81 MiB). */
const BACKLOG_MIB = 100;

interface Look {
  residentMiB: number;
  files: number;
  threads: number;
  diskMiB: number;
}

function lookAt(pid: number, folder: string): Look {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    // retention removes files while they are counted
    .map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0);
  return {
    residentMiB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
    files: readdirSync(`/proc/${pid}/fd`).length,
    threads: Number(/Threads:\s+(\d+)/.exec(status)?.[1]),
    diskMiB: sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20,
  };
}

const median = (looks: Look[], figure: keyof Look) =>
  looks.map((look) => look[figure]).sort((a, b) => a - b)[Math.floor(looks.length / 2)] ?? Number.NaN;

t.setTimeout(3 * HOUR_MS);

test('a week of reads: nothing grows, nothing is lost', {
  skip: notLong || noMosquitto || (process.platform === 'linux' ? false : 'needs /proc'),
  timeout: 3 * HOUR_MS,
}, async (t) => {
  const scene = await openScene({
    reads: READS,
    box: [
      ...['--together', '8', '--picture', '4000'],
      ...['--max-mib', String(RECORDS_MIB), '--max-pictures-mib', String(PICTURES_MIB)],
    ],
  });
  t.teardown(() => scene.close());
  const { box, central, broker, journalPath, kept } = scene;
  await central.start();
  await central.ready();
  await box.start();
  const looks: Look[] = [];
  let full = false;
  void box.ready().then(() => {
    full = true;
  });
  for (let restarts = 0; !full; await sleep(50)) {
    if (kept() < ((restarts + 1) * READS) / (RESTARTS + 1)) continue;
    restarts++;
    await broker.kill9();
    await broker.restart();
    looks.push(lookAt(box.pid()!, dirname(journalPath)));
  }
  const verdict = await scene.settled();
  t.match(verdict, { kept: READS, duplicated: 0, outOfOrder: 0, unreported: 0, lost: 0 });
  const [second, fifth, last] = [
    looks.slice(A_DAY, 2 * A_DAY),
    looks.slice(4 * A_DAY, 5 * A_DAY),
    looks.slice(-A_DAY),
  ];
  for (const figure of ['residentMiB', 'files', 'threads', 'diskMiB'] as const) {
    const days = Array.from({ length: 7 }, (_, day) =>
      median(looks.slice(day * A_DAY, (day + 1) * A_DAY), figure),
    );
    t.comment(`${figure}, median of each day: ${days.map((one) => one.toFixed(1)).join(', ')}`);
  }
  t.ok(median(last, 'residentMiB') <= median(fifth, 'residentMiB') + WAVER_MIB, 'memory is flat');
  t.ok(median(last, 'residentMiB') <= median(second, 'residentMiB') + BACKLOG_MIB, 'and within bounds');
  t.ok(Math.abs(median(last, 'files') - median(second, 'files')) <= 3, 'open files');
  t.ok(Math.abs(median(last, 'threads') - median(second, 'threads')) <= 1, 'threads');
  // its write-ahead log and the reserve are beside the records
  t.ok(Math.max(...looks.map(({ diskMiB }) => diskMiB)) <= (RECORDS_MIB + PICTURES_MIB) * 1.1 + 70, 'disk');
});
