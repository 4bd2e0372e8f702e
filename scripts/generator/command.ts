// scripts/central generator …: hits out of many sources and the reads of all boxes.
//
//     scripts/generator/config.ts         what it is told
//     scripts/generator/merge.ts          many sources, one list
//     scripts/generator/publisher.ts      what has changed becomes the next version
//     scripts/generator/instance.ts       one of those that match reads
//     scripts/generator/matcher.ts        a read, its hits
//     scripts/generator/group.ts          who is there, which shares are whose
//     scripts/generator/share.ts          the reads of a share, none lost
//     scripts/generator/shares-policy.ts  boxes to shares, shares to instances

import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Address, addressOf } from '../../agent/contract/index.ts';
import { type BrokerAddress, brokerFlags, brokerOf } from '../lib/broker-login.ts';
import { readKey } from '../publisher/publish.ts';
import { serveParts } from '../publisher/serve.ts';
import { connectTo } from './broker.ts';
import { type GeneratorConfig, loadGeneratorConfig } from './config.ts';
import { type Presence, presence, presenceTopic } from './group.ts';
import { type InstanceEvent, startInstance } from './instance.ts';
import { type PublishEvent, startPublisher } from './publisher.ts';

const HELP = `Usage: scripts/central generator <command> --sources FILE [options]

The generator of hits: merges many sources into lists and publishes them, and
matches the reads of all boxes with them. docs/national.md explains it.

  publish               merges the sources, publishes what has changed, and
                        goes on looking until it is ended; one of it
  match                 turns reads into hits, until it is ended; as many of it
                        as wanted divide the boxes among themselves
  show                  which generators are there, and what each of them does
  check                 merges the sources, publishes nothing

  --sources FILE        lists and their sources (YAML or JSON)
  --json                a JSON object a line instead of text

publish, check:
  --key FILE            signs (scripts/central watchlist key makes one)
  --state FOLDER        what was published, default: generator.lists. Holds
                        the lists in the clear: keep it to yourself
  --once                looks once, and ends
  --every SECONDS       between two looks, default: 10
  --quiet SECONDS       a file has to rest so long, default: 2
  --accept-shrink       a source that lost most of its rows is meant to
  --no-retain           the broker keeps no parts: they are sent when asked for

match:
  --name NAME           of this one, default: the machine's
  --shares N            parts that boxes are divided into, the same for all of
                        a group; default: 32
  --share K/N           this share of N and no other, K from 1 (for those whose
                        system says who does what)
  --directory FOLDER    where lists are kept, sealed; default: NAME.generator
  --boxes FILE          SITE/BOX a line: boxes known beforehand
  --beat-ms, --gone-ms  how often it says that it lives (2000), and after how
                        long the others take over (7000)

  --url ADDRESS         broker, default: mqtt://127.0.0.1:1883
  --username, --password-file, --ca, --cert, --private-key   login and TLS
  --mqtt 5|3.1.1        default: 5
  --help

Exit status: 0 fine; 1 a list was kept back or rows were left out (--once,
check), or nobody matches (show); 2 usage, or it could not go on.
Example: scripts/central generator match --sources national.yaml --name g1
`;

const FOUND_PROBLEM = 1;
const LISTEN_MS = 1500;
const CONNECT_MS = 10_000;
/** Millions of rows are merged in one go; the broker shall not take that for a death. */
const MERGING_SECONDS = 600;

/** @returns the exit status */
export async function generatorCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      sources: { type: 'string' },
      key: { type: 'string' },
      state: { type: 'string', default: 'generator.lists' },
      once: { type: 'boolean', default: false },
      every: { type: 'string', default: '10' },
      quiet: { type: 'string', default: '2' },
      'accept-shrink': { type: 'boolean', default: false },
      retain: { type: 'boolean', default: true },
      name: { type: 'string', default: hostname().replaceAll(/[^A-Za-z0-9_-]/g, '-') },
      shares: { type: 'string', default: '32' },
      share: { type: 'string' },
      directory: { type: 'string' },
      boxes: { type: 'string' },
      'beat-ms': { type: 'string', default: '2000' },
      'gone-ms': { type: 'string', default: '7000' },
      ...brokerFlags,
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || !command) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  if (rest.length > 0) throw new Error(`wanted nothing after ${command}, found "${rest.join(' ')}"`);
  const say = (told: object, text: string) =>
    console.log(values.json ? JSON.stringify({ at: new Date().toISOString(), ...told }) : text);

  function config(): GeneratorConfig {
    if (!values.sources) throw new Error('wanted --sources FILE (docs/national.md shows one)');
    return loadGeneratorConfig(values.sources);
  }

  async function publish(): Promise<number> {
    const told = config();
    if (!values.key) throw new Error('wanted --key FILE (scripts/central watchlist key makes one)');
    const key = readKey(values.key);
    const [every, quiet] = [seconds('every'), seconds('quiet')];
    const client = await connected(brokerOf(values), {
      ...{ reconnectPeriod: 1000, resubscribe: true, keepalive: MERGING_SECONDS },
    });
    let kept = false;
    const publisher = await startPublisher({
      ...{ config: told, state: values.state, key, client, retain: values.retain },
      quietMs: quiet * 1000,
      acceptShrink: values['accept-shrink'],
      tell(event) {
        kept ||=
          event.event === 'kept' || (event.event === 'published' && event.sources.some(({ bad }) => bad > 0));
        say(event, publishText(event));
      },
    });
    try {
      if (values.once) {
        while (!(await publisher.look())) await sleep(200);
        return kept ? FOUND_PROBLEM : 0;
      }
      const served = await serveParts(client, values.state, (text) => say({ event: 'asked', text }, text));
      const ended = untilEnded();
      process.stderr.write('publishing\n');
      while (!ended.aborted) {
        await publisher.look();
        await sleep(every * 1000, undefined, { signal: ended }).catch(() => {});
      }
      await served.close();
      return 0;
    } finally {
      await client.endAsync(true);
    }
  }

  async function check(): Promise<number> {
    const { mergeSources, SourceError } = await import('./merge.ts');
    const { rowsFrom } = await import('./publisher.ts');
    let fine = true;
    for (const list of config().lists)
      try {
        const { lines, sources } = mergeSources(list, rowsFrom);
        fine &&= sources.every(({ bad }) => bad === 0);
        say(
          { event: 'merged', list: list.id, rows: lines.length, sources },
          mergedText(list.id, lines.length, sources),
        );
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        fine = false;
        say({ event: 'kept', list: list.id, reason: error.message }, `${list.id}: ${error.message}`);
      }
    return fine ? 0 : FOUND_PROBLEM;
  }

  async function match(): Promise<number> {
    const told = config();
    if (told.publishers.length === 0)
      throw new Error(
        'wanted publishers in the configuration: whose lists are matched (scripts/central watchlist key)',
      );
    if (!/^[A-Za-z0-9_-]+$/.test(values.name))
      throw new Error(`wanted a --name of letters, digits, "_" and "-", found "${values.name}"`);
    const only = shareIn(values.share);
    const shares = only?.of ?? whole('shares', 1, 4096);
    const [beatMs, goneMs] = [whole('beat-ms', 50, 60_000), whole('gone-ms', 100, 600_000)];
    if (goneMs < 2 * beatMs) throw new Error('wanted --gone-ms of at least twice --beat-ms');
    const boxes = values.boxes === undefined ? [] : boxesIn(values.boxes);
    const fatal = Promise.withResolvers<string>();
    const running = await startInstance({
      ...{ broker: brokerOf(values), config: told, instance: values.name, shares, boxes },
      ...(only && { only: only.share }),
      directory: values.directory ?? `${values.name}.generator`,
      times: { beatMs, goneMs },
      tell: (event) => {
        const isQuiet = event.event === 'listening' || (event.event === 'read' && event.hits.length === 0);
        if (values.json || !isQuiet) say(event, instanceText(event));
      },
      onFatal: fatal.resolve,
    });
    process.stderr.write('matching\n');
    const ended = untilEnded();
    const end = new Promise<undefined>((resolve) =>
      ended.addEventListener('abort', () => resolve(undefined)),
    );
    const why = await Promise.race([fatal.promise, end]);
    await running.close();
    if (why) throw new Error(why);
    return 0;
  }

  async function show(): Promise<number> {
    const { group } = config();
    const client = await connected(brokerOf(values), { reconnectPeriod: 0 });
    const there = new Map<string, Presence>();
    client.on('message', (_topic, payload) => {
      const found =
        payload.byteLength > 0 ? presence.safeParse(JSON.parse(payload.toString())).data : undefined;
      if (found) there.set(found.instance, found);
    });
    await client.subscribeAsync(presenceTopic(group, '+'), { qos: 1 });
    await sleep(LISTEN_MS);
    await client.endAsync(true);
    for (const found of [...there.values()].sort((a, b) => (a.instance < b.instance ? -1 : 1)))
      say(found, presenceText(found));
    if (there.size === 0) say({ event: 'nobody', group }, `Nobody of the group ${group} is there.`);
    return there.size > 0 ? 0 : FOUND_PROBLEM;
  }

  function seconds(name: 'every' | 'quiet'): number {
    const value = Number(values[name]);
    if (!(value >= 0 && value <= 86_400))
      throw new Error(`wanted --${name} in seconds, found "${values[name]}"`);
    return value;
  }

  function whole(name: 'shares' | 'beat-ms' | 'gone-ms', least: number, most: number): number {
    const value = Number(values[name]);
    if (!(Number.isSafeInteger(value) && value >= least && value <= most))
      throw new Error(
        `wanted a whole number from ${least} to ${most} for --${name}, found "${values[name]}"`,
      );
    return value;
  }

  const run = { publish, match, show, check }[command];
  if (!run) throw new Error(`wanted publish, match, show or check, found "${command}" (generator --help)`);
  return await run();
}

async function connected(broker: BrokerAddress, options: Parameters<typeof connectTo>[1]) {
  const client = connectTo(broker, options);
  client.on('error', () => {}); // told below, or mended by the next attempt
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${broker.url} does not answer`)), CONNECT_MS);
    client.once('connect', () => {
      clearTimeout(timer);
      resolve();
    });
    client.once('error', (error) => {
      clearTimeout(timer);
      client.end(true);
      reject(
        new Error(
          `${broker.url} cannot be reached: ${error.message || ('code' in error ? error.code : error.name)}`,
        ),
      );
    });
  });
  return client;
}

function untilEnded(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ending.abort());
  return ending.signal;
}

/** `3/10` → the third of ten. */
function shareIn(text: string | undefined): { share: number; of: number } | undefined {
  if (text === undefined) return undefined;
  const [, share, of] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (!share || !of || share > of) throw new Error(`wanted --share K/N, K from 1 to N, found "${text}"`);
  return { share: share - 1, of };
}

function boxesIn(file: string): Address[] {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const address = addressOf(`anpr/1/${line.trim()}/read`);
    if (address?.name !== 'read' || !/^[A-Za-z0-9_/-]+$/.test(line.trim()))
      throw new Error(`${file}, line ${index + 1}: wanted SITE/BOX`);
    return [{ site: address.site, box: address.box }];
  });
}

type Sources = Extract<PublishEvent, { event: 'published' }>['sources'];

function mergedText(list: string, rows: number, sources: Sources): string {
  const lines = sources.flatMap(({ name, rows, joined, bad, named }) => [
    `  ${name}: ${rows} rows${joined > 0 ? `, ${joined} of them known from before` : ''}${bad > 0 ? `, ${bad} left out` : ''}`,
    ...named.map(({ line, reason }) => `    line ${line}: ${reason}`),
  ]);
  return [`${list}: ${rows} plates`, ...lines].join('\n');
}

function publishText(event: PublishEvent): string {
  switch (event.event) {
    case 'published': {
      const { list, version, why, rows, parts, bytes, sources } = event;
      return `Version ${version} of ${list} is published (${why}): ${parts} parts, ${Math.ceil(bytes / 1000)} kB.\n${mergedText(list, rows, sources)}`;
    }
    case 'sent-again':
      return `${event.list}: the broker had lost version ${event.version}; it is there again.`;
    case 'unchanged':
      return `${event.list}: version ${event.version} says what the sources say.`;
    case 'kept':
      return `${event.list}: ${event.version === null ? 'nothing is published' : `version ${event.version} stays`}: ${event.reason}`;
  }
}

function instanceText(event: InstanceEvent): string {
  switch (event.event) {
    case 'waiting':
      return `Waits for a first version of ${event.lists.join(', ')}.`;
    case 'list':
      return `List ${event.list}: ${event.state}${event.reason ? ` (${event.reason})` : ''}`;
    case 'shares':
      return `Has ${event.mine.length} shares now, with ${event.boxes} boxes that are known.`;
    case 'listening':
      return `Listens to ${event.boxes.join(', ')}`;
    case 'read':
      return `${event.hits.length === 1 ? 'Hit' : `${event.hits.length} hits`} at ${event.site}/${event.box}: ${event.hits.join(', ')}`;
    case 'problem':
      return `Problem: ${event.reason}`;
  }
}

function presenceText({ instance, shares, mine, boxes, reads, hits, lists, at }: Presence): string {
  const versions = lists.map(({ list, version }) => `${list} ${version ?? '-'}`).join(', ');
  return `${instance}: ${mine.length} of ${shares} shares, ${boxes} boxes, ${reads} reads, ${hits} hits\n  ${versions}; said so at ${at}`;
}
