// Generators divide thirty boxes among themselves, one is killed with -9, another one comes: what is true with every broker.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Test } from 'tap';
import { hitIdOf } from '../../scripts/generator/matcher.ts';
import { folder } from '../lists/parts.ts';
import { client, configured, hitsAt, instance, online, publishing, readOf, watching } from './generating.ts';
import { file } from './processes.ts';

const SHARES = 20;
/** Slow enough for a busy machine: whoever is killed is known to be gone by his last will. */
const times = { beatMs: 300, goneMs: 120_000 };
const BOXES = Array.from({ length: 30 }, (_, n) => ({ site: `e${n % 3}`, box: `box${n}` }));
/** O, and nearly as likely 0: the listed plate has the 0 */
const LOOK_ALIKE = { 1: { O: 0.55, '0': 0.44, Q: 0.01 } };

export interface DividingOptions {
  url: string;
  protocol: '5' | '3.1.1';
  instances: number;
  /** the broker tells nobody of boxes that were online before */
  boxesToldBeforehand?: boolean;
}

export async function dividesTheCountry(
  t: Test,
  { url, protocol, instances, boxesToldBeforehand = false }: DividingOptions,
): Promise<void> {
  const protocolVersion = protocol === '5' ? 5 : 4;
  const broker = { url, protocolVersion } as const;
  const directory = folder(t);
  const sources = [{ name: 'police', file: 'police.csv' }];
  const { file: national, config } = configured(directory, [
    { id: 'stolen', silenceSeconds: 0, priority: 2, reason: 'stolen', sources },
  ]);
  writeFileSync(join(directory, 'police.csv'), 'plate,reference\n1-0BC-234,P1\n1DEF567,P2\n');
  const field = await client(t, url, protocolVersion);
  await (await publishing(t, url, { config, state: join(directory, 'state'), client: field }))();

  const told = watching();
  const boxesFile = join(directory, 'boxes');
  writeFileSync(boxesFile, `${BOXES.map(({ site, box }) => `${site}/${box}`).join('\n')}\n`);
  const start = (name: string) =>
    instance(t, {
      ...{ broker, config, times, shares: SHARES, instance: name, directory: join(directory, name) },
      ...{ tell: told.tell(name), onFatal: (reason: string) => void t.fail(reason) },
      ...(boxesToldBeforehand && { boxes: BOXES }),
    });
  const first = await start('g0');
  await told.until(() => told.events.some((each) => each.event === 'list' && each.state === 'in-force'));
  await first.close();
  // The others have the list and its key from there: what a list costs to take is not the question here.
  for (let n = 1; n <= instances; n++)
    cpSync(join(directory, 'g0'), join(directory, `g${n}`), { recursive: true });

  for (const box of BOXES)
    await field.publishAsync(`anpr/1/${box.site}/${box.box}/status`, online(box), { qos: 1, retain: true });
  const gateway = await hitsAt(t, url, protocolVersion);
  told.shares.clear();
  const last = `g${instances - 1}`;
  const victim = spawned(told.tell(last), [
    ...['generator', 'match', '--sources', national, '--url', url, '--name', last, '--json'],
    ...['--shares', `${SHARES}`, '--directory', join(directory, last)],
    ...['--beat-ms', `${times.beatMs}`, '--gone-ms', `${times.goneMs}`, '--mqtt', protocol],
    ...(boxesToldBeforehand ? ['--boxes', boxesFile] : []),
  ]);
  t.teardown(() => victim.kill('SIGKILL'));
  for (let n = 0; n < instances - 1; n++) await start(`g${n}`);
  const divided = (instances: number) => () => {
    const all = [...told.shares.values()].flat();
    const most = Math.ceil(SHARES / instances);
    const busy = [...told.shares.values()].filter((mine) => mine.length > 0);
    return (
      all.length === SHARES && new Set(all).size === SHARES && busy.every(({ length }) => length <= most)
    );
  };
  await told.until(divided(instances));
  const heard = () =>
    new Set(told.events.flatMap((each) => (each.event === 'listening' ? each.boxes : []))).size;
  await told.until(() => heard() === BOXES.length);
  t.equal([...told.shares.values()].filter((mine) => mine.length > 0).length, instances, 'each has its part');

  const seqs = new Map<string, number>();
  const sent: { id: string; listed: boolean }[] = [];
  /** A read of each box; every third shows a look-alike of a listed plate. */
  async function pass(): Promise<void> {
    await Promise.all(
      BOXES.map(async (box, n) => {
        const seq = (seqs.get(box.box) ?? 0) + 1;
        seqs.set(box.box, seq);
        const listed = (n + seq) % 3 === 0;
        const read = listed ? readOf(box, seq, '1OBC234', LOOK_ALIKE) : readOf(box, seq, '2GHJ321');
        sent.push({ id: read.id, listed });
        await field.publishAsync(`anpr/1/${box.site}/${box.box}/read`, JSON.stringify(read), { qos: 1 });
      }),
    );
  }
  const allMatched = () => sent.every(({ id }) => told.matched.has(id));
  const idsWanted = () =>
    sent
      .filter(({ listed }) => listed)
      .map(({ id }) => hitIdOf(id, 'stolen 10BC234  P1'))
      .sort();

  for (let n = 0; n < 10; n++) await pass();
  await told.until(allMatched);
  // On a machine that stands still for half a minute a connection may break: what was under way then is matched again.
  const broke = told.events.some(({ event }) => event === 'problem');
  const again = [...told.matched.values()].filter((by) => by.length !== 1);
  t.same(broke ? [] : again, [], 'while nobody comes or goes, each read is matched by one');
  t.ok(
    [...told.matched.values()].some((by) => by[0] === last),
    'also by the process of its own',
  );
  await gateway.until(() => gateway.ids().size === idsWanted().length);
  t.match(gateway.hits[0], {
    origin: { role: 'generator', group: 'national' },
    hit: { event: 'raised', state: 'new', priority: 2 },
    match: {
      entry: { plate: '10BC234', reference: 'P1' },
      source: 'police',
      reason: 'stolen',
      policy: 'probability',
    },
    read: { plate: { text: '1OBC234' } },
  });
  const { probability, threshold } = gateway.hits[0]!.match;
  t.ok(probability > (threshold ?? 1) && probability < 0.99, `${probability}`);

  for (let n = 0; n < 4; n++) await pass();
  victim.kill('SIGKILL');
  told.shares.delete(last);
  for (let n = 0; n < 4; n++) await pass();
  await told.until(divided(instances - 1));
  for (let n = 0; n < 2; n++) await pass();
  await told.until(allMatched);
  t.pass('what the killed one had, others match');

  await start(`g${instances}`);
  for (let n = 0; n < 4; n++) await pass();
  await told.until(divided(instances));
  await told.until(allMatched);
  await gateway.until(() => gateway.ids().size >= idsWanted().length);
  t.same([...gateway.ids()].sort(), idsWanted(), 'each listed read has one hit, by its id');
  const problems = told.events.flatMap((each) => (each.event === 'problem' ? [each.reason] : []));
  t.notMatch(problems.join('\n'), /no read|on its topic|cannot be asked/, 'nobody was given what is no read');
}

/** A generator as a process of its own; its lines are told. */
function spawned(tell: ReturnType<ReturnType<typeof watching>['tell']>, args: string[]): ChildProcess {
  const child = spawn(process.execPath, [file('scripts/central.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    // The last one may have been cut by the signal.
    if (line.endsWith('}')) tell(JSON.parse(line));
  });
  return child;
}
