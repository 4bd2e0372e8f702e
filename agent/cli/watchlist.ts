// `anpr watchlist`: the lists of this box. They are files that the agent looks at anew with each version, so the commands
// work the same whether it runs or not. Entries are shown to whoever has the keys of the box, and are in no error.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { csvField } from '../shared/csv.ts';
import { countText } from '../shared/quantities.ts';
import type { Format, ListState, StoredEntry } from '../watchlist/index.ts';
import { noteAccess } from './note.ts';
import { configOption, count, example, jsonOption, reasonOption } from './options.ts';
import { createOutput } from './output.ts';
import { ownKeys } from './own-keys.ts';
import { configOf, withLists } from './own-lists.ts';
import type { Cell } from './table.ts';
import { localTime, sizeText } from './times.ts';
import { registerWatchlistHistory } from './watchlist-history.ts';
import { registerWatchlistTest } from './watchlist-test.ts';

interface ListOptions {
  config?: string;
  reason?: string;
  json?: true;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1_000_000;
const SHOWN_BAD_ROWS = 20;

export function registerWatchlist(program: Command): void {
  const lists = program.command('watchlist').description('plates that are looked for, or permitted');
  registerList(lists);
  registerShow(lists);
  registerImport(lists);
  registerExport(lists);
  registerWatchlistTest(lists);
  registerWatchlistHistory(lists);
  example(lists, 'anpr watchlist import stolen stolen.csv', 'anpr watchlist test 1-ABC-234 --why');
}

function registerList(lists: Command): void {
  const command = lists
    .command('list')
    .description('show the lists, their versions and whether they are overdue')
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document: [{list, kind, meta, overdue, problem}]'))
    .action(async ({ config: file, json }: ListOptions) => {
      const states = await withLists(file, (open) => open.states(Date.now()));
      const output = createOutput();
      if (json) output.json(states);
      else if (states.length === 0) output.line('The configuration names no list (watchlists.lists).');
      else {
        output.table(
          ['LIST', 'ALERT IF', 'VERSION', 'ENTRIES', 'PATTERNS', 'IMPORTED', 'STATE'],
          states.map(stateRow),
        );
        for (const { list, problem } of states) if (problem) output.field(`${list}: `, problem, 'red');
      }
    });
  example(command, 'anpr watchlist list');
}

function stateRow({ list, kind, meta, overdue, problem }: ListState): Cell[] {
  const bad = problem === null ? (overdue ? 'overdue' : null) : meta ? 'expired' : 'none';
  return [
    list,
    kind.replace('alert-if-', ''),
    meta ? String(meta.version) : '',
    meta ? String(meta.entries) : '',
    meta ? String(meta.patterns) : '',
    meta ? localTime(meta.importedAt).slice(0, 16) : '',
    bad === null ? { text: 'in force', style: 'green' } : { text: bad, style: problem ? 'red' : 'yellow' },
  ];
}

function registerShow(lists: Command): void {
  const command = lists
    .command('show')
    .argument('<list>', 'id of the list')
    .description("show a list's entries, in the order of its source")
    .option('-n, --limit <count>', 'so many at most', count(1, MAX_LIMIT), DEFAULT_LIMIT)
    .addOption(configOption())
    .addOption(reasonOption())
    .addOption(jsonOption('print JSON Lines: each entry with its line in the source'))
    .action(async (list: string, { config: file, json, limit, reason }: ListOptions & { limit: number }) => {
      const { shown, total } = await withLists(file, async (open, config) => {
        const store = open.store(list);
        const { version, entries, patterns } = store.meta;
        const first = firstOf(store.all(), limit);
        await noteAccess(config, 'entries', { command: 'show', list, version }, first.length, reason);
        return { shown: first, total: entries + patterns };
      });
      const output = createOutput();
      if (json) {
        for (const entry of shown) output.jsonLine(entry);
        return;
      }
      output.table(['LINE', 'PLATE', 'COUNTRY', 'VALID', 'REASON', 'REFERENCE'], shown.map(entryRow));
      if (total > shown.length) output.line(`${shown.length} of ${total}; more with --limit.`);
    });
  example(command, 'anpr watchlist show stolen --limit 10');
}

function firstOf<T>(all: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const each of all) {
    first.push(each);
    if (first.length >= most) break;
  }
  return first;
}

function entryRow({ line, plate, country, validity, reason, reference }: StoredEntry): Cell[] {
  const { from, to, days, hours, zones } = columnsOf(validity);
  const dates = from || to ? `${from.slice(0, 10)}…${to.slice(0, 10)}` : '';
  return [
    String(line),
    plate,
    country ?? 'any',
    [dates, days, hours, zones].filter(Boolean).join(' ') || 'always',
    reason ?? '',
    reference ?? '',
  ];
}

/** A validity as an import takes it. */
function columnsOf({ from, to, days, minutes, zones }: StoredEntry['validity']) {
  const clock = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return {
    from: from === null ? '' : new Date(from).toISOString(),
    to: to === null ? '' : new Date(to).toISOString(),
    days: days?.join(',') ?? '',
    hours: minutes ? minutes.map(clock).join('-') : '',
    zones: zones?.join(',') ?? '',
  };
}

const formatOption = () =>
  new Option('--format <format>', 'csv, or jsonl (JSON Lines)').choices(['csv', 'jsonl']);

function version(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('wanted a whole number from 1.');
  return number;
}

function registerImport(lists: Command): void {
  const command = lists
    .command('import')
    .argument('<list>', 'id of the list in the configuration')
    .argument('<file>', 'CSV with a head, or JSON Lines')
    .description('make a file the next version of a list; what cannot be taken is named by its line')
    .addOption(formatOption().default(undefined, "by the file's name"))
    .option('--delta', 'the file has changes to the version in force (column action: add, remove)')
    .option('--list-version <number>', 'the version; default: the next one', version)
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document: {list, version, entries, patterns, badRows, bad, …}'))
    .action(takeFile);
  example(
    command,
    'anpr watchlist import stolen stolen.csv',
    'anpr watchlist import permits permits.jsonl',
    'anpr watchlist import stolen changes.csv --delta',
  );
}

async function takeFile(
  id: string,
  file: string,
  options: ListOptions & { format?: Format; listVersion?: number; delta?: true },
): Promise<void> {
  const config = await configOf(options.config);
  const [{ importList, unknownList }, { openRing }] = await Promise.all([
    import('../watchlist/index.ts'),
    import('../seal/index.ts'),
  ]);
  const { directory, lists } = config.watchlists;
  const list = lists.find((each) => each.id === id);
  if (!list) throw unknownList(id, lists);
  const { ring } = await ownKeys(config.journal.path);
  const format = options.format ?? (/\.(jsonl|ndjson|json)$/i.test(file) ? 'jsonl' : 'csv');
  const version = options.listVersion;
  const report = importList({
    ...{ directory, list, ring: openRing(ring), file, format },
    ...(version !== undefined && { version }),
    delta: options.delta === true,
  });
  await noteAccess(
    config,
    'list',
    { list: id, version: report.version, from: options.delta ? 'changes from a file' : 'file' },
    report.entries + report.patterns,
  );
  const output = createOutput();
  if (options.json) {
    output.json(report);
    return;
  }
  output.line(
    `Version ${report.version} of ${id} is in force: ${countText(report.entries, 'plate')}, ${countText(report.patterns, 'pattern')}, ${sizeText(report.sizeBytes)}.`,
  );
  if (report.badRows === 0) return;
  output.line(output.paint('yellow', `Left out: ${countText(report.badRows, 'row')}.`));
  for (const { line, reason } of report.bad.slice(0, SHOWN_BAD_ROWS))
    output.field(`  line ${line}: `, reason);
  if (report.badRows > SHOWN_BAD_ROWS) output.line('  … (--json names up to 1000)');
}

function registerExport(lists: Command): void {
  const command = lists
    .command('export')
    .argument('<list>', 'id of the list')
    .description('write a list in the clear, with the columns that an import takes')
    .addOption(formatOption().default('csv'))
    .addOption(reasonOption())
    .addOption(configOption())
    .action((list: string, options: { config?: string; format: Format; reason?: string }) =>
      withLists(options.config, async (open, config) => {
        const output = createOutput();
        const { meta, all } = open.store(list);
        const rows = meta.entries + meta.patterns;
        const filter = { command: 'export', list, version: meta.version };
        await noteAccess(config, 'entries', filter, rows, options.reason);
        const entries = all();
        if (options.format === 'csv') output.line(COLUMNS.join(','));
        for (const { line: _, validity, ...entry } of entries) {
          const row: Record<string, string | number | null> = { ...entry, ...columnsOf(validity) };
          if (options.format === 'csv') output.line(COLUMNS.map((name) => csvField(row[name])).join(','));
          else
            output.jsonLine(
              Object.fromEntries(COLUMNS.flatMap((name) => (row[name] ? [[name, row[name]]] : []))),
            );
        }
      }),
    );
  example(command, 'anpr watchlist export stolen > stolen.csv');
}

const COLUMNS = [
  ...['plate', 'country', 'from', 'to', 'days', 'hours', 'zones'],
  ...['priority', 'reason', 'instruction', 'source', 'reference'],
];
