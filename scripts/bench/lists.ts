// What it costs a box to take over a published list, whole and as changes, while reads go on being matched: real publisher
// (scripts/central watchlist, a process of its own), mosquitto, uplink; this process is the box. Prints a table.
// Usage: node scripts/bench/lists.ts [--entries 1000000] [--changed 10000] [--dir FOLDER]

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { schema } from '../../agent/config/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { openJournal } from '../../agent/journal/index.ts';
import { startLists } from '../../agent/lists/index.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { startUplink, type Uplink } from '../../agent/uplink/index.ts';
import { listPath, openLists, typedPlate } from '../../agent/watchlist/index.ts';
import { startMosquitto } from '../../test/fixtures/mosquitto.ts';
import { plateOf } from './lib/plates.ts';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '1000000' },
    changed: { type: 'string', default: '10000' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const entries = Number(values.entries);
const changed = Number(values.changed);
/** a read every so often, as a busy road with several cameras has them */
const READ_EVERY_MS = 100;
const MIB = 1 << 20;
const central = fileURLToPath(new URL('../central.ts', import.meta.url));

const folder = mkdtempSync(join(values.dir, 'anpr-lists-'));
const broker = await startMosquitto({ config: ['max_queued_messages 0'] });
const run = promisify(execFile);
const publisher = async (...args: string[]) =>
  (await run(process.execPath, [central, 'watchlist', ...args], { encoding: 'utf8' })).stdout;

async function writeSource(name: string, from: number, to: number): Promise<string> {
  const path = join(folder, name);
  const file = createWriteStream(path);
  file.write('plate,country,reason,reference\n');
  for (let n = from; n < to; n++) if (!file.write(`${plateOf(n)},B,stolen,${n}\n`)) await once(file, 'drain');
  file.end();
  await finished(file);
  return path;
}

try {
  const key = join(folder, 'key');
  const [, publicKey = ''] = /publicKey: (\S+)/.exec(await publisher('key', key)) ?? [];
  const { uplink: uplinkConfig, watchlists } = schema.parse({
    ...{ version: 1, site: 'bench', box: 'bench' },
    uplink: { url: broker.url },
    watchlists: {
      directory: join(folder, 'lists'),
      lists: [{ id: 'bench' }],
      publishers: [{ name: 'bench', publicKey }],
    },
  });
  const address = { site: 'bench', box: 'bench' };
  const ring = newRing();
  const log = createLog('silent');
  const journal = await openJournal({ path: join(folder, 'journal.db'), address, log });
  const lists = openLists(watchlists.directory, watchlists.lists, openRing(ring), loadGrammars());
  let uplink: Uplink | undefined;
  const fed = startLists({
    ...{ ...watchlists, address, ring, log },
    tell: async () => {},
    note: async () => {},
    onChange: () => uplink?.publishStatus(),
  });
  if (!uplinkConfig) throw new Error('no uplink');
  uplink = startUplink({
    ...{ journal, config: uplinkConfig, address, log, onLink: fed.use },
    status: () => ({ watchlists: fed.status() }),
  });

  const rows: string[][] = [];
  /** From the manifest's arrival until the version is in force, with reads going on. */
  async function measure(what: string, file: string, version: number): Promise<void> {
    const state = ['--state', join(folder, 'state'), '--url', broker.url];
    const publishing = publisher('publish', 'bench', file, '--key', key, ...state);
    globalThis.gc?.();
    const rssBefore = process.memoryUsage().rss;
    const cpuBefore = process.cpuUsage();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    let begun: number | undefined;
    let [rssMost, reads, unanswered, slowest, afterSwitchMs, last] = [0, 0, 0, 0, 0, 0];
    let done = false;
    while (!done) {
      await sleep(READ_EVERY_MS);
      rssMost = Math.max(rssMost, process.memoryUsage().rss);
      const plate = plateOf(((reads * 7919) % (entries - changed)) + changed);
      const started = performance.now();
      const { answers } = lists.match(typedPlate(plate, 0.95, 'B'), Date.now());
      const tookMs = performance.now() - started;
      reads++;
      const now = answers[0]?.meta?.version ?? 0;
      if (version > 1 && answers[0]?.matches[0]?.entry.plate !== plate) unanswered++;
      if (now !== last && now === version) afterSwitchMs = tookMs;
      else slowest = Math.max(slowest, tookMs);
      last = now;
      const status = fed.status()[0];
      if (status?.incoming) begun ??= performance.now();
      if (status?.refused) throw new Error(`${status.refused.code}: ${status.refused.message}`);
      done = status?.version === version && status.incoming === null;
    }
    const tookMs = performance.now() - (begun ?? performance.now());
    await publishing;
    delay.disable();
    const cpu = process.cpuUsage(cpuBefore);
    rows.push([
      what,
      (tookMs / 1000).toFixed(1),
      ((cpu.user + cpu.system) / 1e6).toFixed(1),
      ((rssMost - rssBefore) / MIB).toFixed(0),
      `${reads}, ${unanswered}`,
      slowest.toFixed(1),
      afterSwitchMs.toFixed(1),
      (delay.max / 1e6).toFixed(0),
      (statSync(listPath(watchlists.directory, 'bench')).size / 1e6).toFixed(0),
    ]);
  }

  const load = loadavg()[0] ?? 0;
  await measure(`${entries} entries, whole`, await writeSource('one.csv', 0, entries), 1);
  await measure(
    `${changed} go, ${changed} come`,
    await writeSource('two.csv', changed, entries + changed),
    2,
  );
  await fed.close();
  await uplink.close();
  await journal.close();
  lists.close();
  console.log(
    `${cpus().length} × ${cpus()[0]?.model}, load ${load.toFixed(1)} before, Node ${process.version}\n`,
  );
  const head = [
    ...['what', 'until in force, s', "box's CPU, s", 'memory, MiB more', 'reads, without their hit'],
    ...[
      'slowest look-up, ms',
      'first look-up after the switch, ms',
      'longest stop of the event loop, ms',
      'file, MB',
    ],
  ];
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
} finally {
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
}
