// `anpr hits`: what the watchlists said of what passed, and what people make of it.

import { type Command, Option } from 'commander';
import type { HitAction, RejectionCause } from '../contract/index.ts';
import type { ShownHit } from '../hits/index.ts';
import type { HitFilter } from '../journal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { findAgent } from './connection.ts';
import { openOffline } from './offline.ts';
import { configOption, count, example, jsonOption, reasonOption, time } from './options.ts';
import { createOutput, type Output } from './output.ts';
import type { Style } from './table.ts';
import { localTime } from './times.ts';

interface HitsOptions {
  config?: string;
  json?: true;
  reason?: string;
  from?: number;
  to?: number;
  limit: number;
  waiting?: true;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;
/** the end of an id tells hits apart; its beginning is their time */
const SHORT = 8;

const ACTIONS: readonly { name: string; action: HitAction; about: string }[] = [
  { name: 'acknowledge', action: 'acknowledge', about: 'say that somebody sees to it: no more reminders' },
  { name: 'confirm', action: 'confirm', about: 'say that the plate is the listed one' },
  { name: 'reject', action: 'reject', about: 'say that it is not, and why' },
  { name: 'close', action: 'close', about: 'say that nothing is left to do' },
];
const CAUSES = ['wrong-plate', 'wrong-country', 'entry-outdated', 'other'] as const;

export function registerHits(program: Command): void {
  const hits = program
    .command('hits')
    .description('show hits, oldest first; from the running agent, else from the journal file')
    .option('--waiting', 'only those that nobody has acknowledged')
    .option('--from <time>', 'not before: 2026-11-22, "2026-11-22 13:07", 13:07, today, 2h (ago)', time)
    .option('--to <time>', 'not after, written the same way', time)
    .option('-n, --limit <count>', 'the newest so many', count(1, MAX_LIMIT), DEFAULT_LIMIT)
    .addOption(jsonOption('print JSON Lines: each hit with all that became of it'))
    .addOption(reasonOption())
    .addOption(configOption())
    .action(listHits);
  example(hits, 'anpr hits --waiting', 'anpr hits show 4a5b6c7d', 'anpr hits acknowledge 4a5b6c7d');

  const show = hits
    .command('show')
    .argument('<id>', 'id of the hit, or its last eight characters')
    .description('show one hit in full: the entry, what matched, what became of it')
    .addOption(jsonOption('print one JSON document'))
    .addOption(reasonOption())
    .addOption(configOption())
    .action(showHit);
  example(show, 'anpr hits show 4a5b6c7d');

  for (const { name, action, about } of ACTIONS) {
    const command = hits
      .command(name)
      .argument('<id>', 'id of the hit, or its last eight characters')
      .description(about)
      .option('--note <text>', 'kept with it')
      .addOption(configOption());
    if (action === 'reject')
      command.addOption(new Option('--cause <cause>', 'why').choices(CAUSES).default('wrong-plate'));
    command.action((id: string, _own: unknown, self: Command) => decide(id, action, self));
    example(
      command,
      action === 'reject'
        ? 'anpr hits reject 4a5b6c7d --cause wrong-plate --note "O is 0"'
        : `anpr hits ${name} 4a5b6c7d`,
    );
  }
}

async function listHits(options: HitsOptions): Promise<void> {
  const { from, to, limit } = options;
  const filter = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const source = await sourceOf(options);
  try {
    const all = await source.hits({ ...filter, limit: options.waiting ? MAX_LIMIT : limit });
    const wanted = options.waiting ? all.filter(({ state }) => state === 'new') : all;
    const shown = wanted.slice(0, limit).reverse();
    const output = createOutput();
    if (options.json) for (const hit of shown) output.jsonLine(hit);
    else if (shown.length === 0) output.line(options.waiting ? 'No hit waits for anybody.' : 'No hits.');
    else
      output.table(
        ['TIME', 'HIT', 'PRIO', 'PLATE', 'LIST', 'REASON', 'PROB', 'STATE'],
        shown.map((hit) => [
          localTime(hit.raisedAt).slice(5, 19),
          hit.id.slice(-SHORT),
          String(hit.priority),
          hit.read?.plate.text ?? '',
          hit.match?.list.id ?? '',
          (hit.match?.reason ?? '').slice(0, 16),
          percent(hit.match?.probability),
          { text: hit.state, style: STYLES[hit.state] },
        ]),
      );
  } finally {
    await source.close();
  }
}

const STYLES: Record<ShownHit['state'], Style> = {
  new: 'red',
  acknowledged: 'yellow',
  confirmed: 'green',
  rejected: 'dim',
  closed: 'dim',
  withdrawn: 'dim',
};

async function showHit(written: string, _own: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<HitsOptions>();
  const source = await sourceOf(options);
  try {
    const hit = await source.hit(written);
    const output = createOutput();
    if (options.json) output.json(hit);
    else showInFull(output, hit);
  } finally {
    await source.close();
  }
}

function showInFull(output: Output, hit: ShownHit): void {
  const { match, read } = hit;
  output.field('Hit:         ', `${hit.id}, priority ${hit.priority}`, 'bold');
  output.field('State:       ', hit.state, STYLES[hit.state]);
  if (match) {
    const { entry, list } = match;
    const listed = entry
      ? `${entry.plate}${entry.country ? ` (${entry.country})` : ''}`
      : 'no entry permits it';
    output.field('List:        ', `${list.id}, version ${list.version}${list.overdue ? ', overdue' : ''}`);
    output.field('Entry:       ', `${listed}${entry?.reference ? `, reference ${entry.reference}` : ''}`);
    if (match.reason) output.field('Reason:      ', match.reason);
    if (match.instruction) output.field('Instruction: ', match.instruction, 'bold');
    if (match.source) output.field('Source:      ', match.source);
    output.field('Probability: ', whyOf(match));
  }
  if (read) {
    const { text, country, confidence } = read.plate;
    output.field(
      'Read:        ',
      `${text} (${country}), sure to ${percent(confidence)}, camera ${hit.camera}`,
    );
    const others = read.plate.alternatives.map((other) => `${other.text} ${percent(other.confidence)}`);
    if (others.length > 0) output.field('Or:          ', others.join(', '));
  }
  output.field('Read id:     ', hit.readId);
  output.line();
  output.table(
    ['WHEN', 'WHAT', 'BY', 'NOTE'],
    hit.history.map(({ at, event, by, via, note }) => [
      localTime(at),
      event,
      via === 'agent' ? 'the agent' : `${by ?? 'somebody'} (${via})`,
      note ?? '',
    ]),
  );
}

function whyOf({ probability, policy, threshold, why }: NonNullable<ShownHit['match']>): string {
  if (policy === 'differences')
    return `${percent(probability)}; matched with ${why.differences ?? 0} different characters`;
  return `${percent(probability)}, wanted ${percent(threshold ?? 0)}; the read shows it with ${percent(why.text)}, of the country with ${percent(why.country)}`;
}

async function decide(written: string, action: HitAction, command: Command): Promise<void> {
  const { config, note, cause } = command.optsWithGlobals<{
    config?: string;
    note?: string;
    cause?: RejectionCause;
  }>();
  const { api, reason } = await findAgent(config);
  if (!api) throw reason;
  const { id } = await one(
    written,
    (filter) => api.hits(filter),
    (id) => api.hit(id),
  );
  const state = await api.decideHit(id, { action, ...(cause && { cause }), ...(note && { note }) });
  createOutput().line(`Hit ${id.slice(-SHORT)} is ${state}.`);
}

interface Source {
  hits(filter: HitFilter): Promise<ShownHit[]>;
  hit(id: string): Promise<ShownHit>;
  close(): Promise<void>;
}

async function sourceOf(options: HitsOptions): Promise<Source> {
  const { config, api, reason } = await findAgent(options.config, options.reason);
  if (api)
    return {
      hits: api.hits,
      hit: (written) => one(written, api.hits, api.hit),
      close: async () => {},
    };
  if (!config) throw reason;
  const { foldHits } = await import('../hits/index.ts');
  const journal = await openOffline(config, options.reason);
  const hits = async ({ limit = DEFAULT_LIMIT, ...filter }: HitFilter) =>
    foldHits(await journal.hits({ ...filter, limit: limit * SHORT })).slice(0, limit);
  return {
    hits,
    hit: (written) => one(written, hits),
    close: () => journal.close(),
  };
}

/** The hit that is meant: a whole id, or the end of one. */
async function one(
  written: string,
  hits: (filter: HitFilter) => Promise<ShownHit[]>,
  byId?: (id: string) => Promise<ShownHit>,
): Promise<ShownHit> {
  if (byId && written.length === 36) return byId(written);
  const found = (await hits({ limit: MAX_LIMIT })).filter(({ id }) => id.endsWith(written.toLowerCase()));
  if (found[0] && found.length === 1) return found[0];
  throw new AnprError(
    'hit.unknown',
    found.length > 1 ? `${found.length} hits end with ${written}` : `there is no hit with the id ${written}`,
    'See which there are: anpr hits',
  );
}

function percent(value: number | undefined): string {
  if (value === undefined) return '';
  if (value > 0.9999 && value < 1) return '>99.99 %';
  return `${new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value * 100)} %`;
}
