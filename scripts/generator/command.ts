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

import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { brokerFlags, brokerOf, connected } from '../lib/broker-login.ts';
import { readKey } from '../publisher/publish.ts';
import { serveParts } from '../publisher/serve.ts';
import { type GeneratorConfig, loadGeneratorConfig } from './config.ts';
import { boxesIn, secondsIn, shareIn, wholeIn } from './flags.ts';
import { type Presence, presenceIn, presenceTopic } from './group.ts';
import { startInstance } from './instance.ts';
import { startPublisher } from './publisher.ts';
import { instanceText, mergedText, presenceText, publishText } from './words.ts';

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
    const [every, quiet] = [secondsIn('every', values.every), secondsIn('quiet', values.quiet)];
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
    const shares = only?.of ?? wholeIn('shares', values.shares, 1, 4096);
    const beatMs = wholeIn('beat-ms', values['beat-ms'], 50, 60_000);
    const goneMs = wholeIn('gone-ms', values['gone-ms'], 100, 600_000);
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
    client.on('message', (topic, payload) => {
      if (payload.byteLength === 0) return;
      const found = presenceIn(payload);
      if (found) there.set(found.instance, found);
      else process.stderr.write(`${topic}: what is retained there is not what a generator says: left out\n`);
    });
    await client.subscribeAsync(presenceTopic(group, '+'), { qos: 1 });
    await sleep(LISTEN_MS);
    await client.endAsync(true);
    for (const found of [...there.values()].sort((a, b) => (a.instance < b.instance ? -1 : 1)))
      say(found, presenceText(found));
    if (there.size === 0) say({ event: 'nobody', group }, `Nobody of the group ${group} is there.`);
    return there.size > 0 ? 0 : FOUND_PROBLEM;
  }

  const run = { publish, match, show, check }[command];
  if (!run) throw new Error(`wanted publish, match, show or check, found "${command}" (generator --help)`);
  return await run();
}

function untilEnded(): AbortSignal {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ending.abort());
  return ending.signal;
}
