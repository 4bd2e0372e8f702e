// `anpr reads`: the reads of this box, from the running agent, or from the journal's file when none runs.

import { type Command, Option } from 'commander';
import type { JournalRecord, ReadFilter } from '../journal/index.ts';
import { findAgent } from './connection.ts';
import { openOffline } from './offline.ts';
import { configOption, count, example, jsonOption, reasonOption, share, time } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { csvHead, csvLine, READ_COLUMNS, readRow } from './read-rows.ts';
import { registerReadsErase } from './reads-erase.ts';
import { registerReadsShow } from './reads-show.ts';

interface ReadsOptions {
  config?: string;
  follow?: true;
  plate?: string;
  camera?: string;
  from?: number;
  to?: number;
  minConfidence?: number;
  hits?: true;
  reason?: string;
  limit: number;
  json?: true;
  csv?: true;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;

export function registerReads(program: Command): void {
  const command = program
    .command('reads')
    .description('show reads, oldest first; from the running agent, else from the journal file')
    .option('-f, --follow', 'go on with each new read until Ctrl-C')
    .option(
      '-p, --plate <pattern>',
      "plates like this; * stands for any characters, ? for one (quote it: '1AB*')",
    )
    .option('--camera <id>', 'reads of this camera')
    .option('--from <time>', 'not before: 2026-11-22, "2026-11-22 13:07", 13:07, today, 2h (ago)', time)
    .option('--to <time>', 'not after, written the same way', time)
    .option('--min-confidence <share>', 'at least so sure, from 0 to 1', share)
    .option('--hits', 'only reads that raised a hit')
    .option('-n, --limit <count>', 'the newest so many', count(1, MAX_LIMIT), DEFAULT_LIMIT)
    .addOption(jsonOption('print JSON Lines: each read as the journal keeps it'))
    .addOption(new Option('--csv', 'print CSV: times in UTC, one line a read').conflicts('json'))
    .addOption(reasonOption())
    .addOption(configOption())
    .action(showReads);
  example(
    command,
    'anpr reads --from 2h --min-confidence 0.9',
    "anpr reads --follow --plate '1AB*'",
    'anpr reads --from today --json | jq -r .text',
    "anpr reads --hits --from today --reason 'case 2026/114'",
    'anpr reads --from yesterday --to today --csv > reads.csv',
  );
  registerReadsShow(command);
  registerReadsErase(command);
}

async function showReads(options: ReadsOptions): Promise<void> {
  const { config, api, reason } = await findAgent(options.config, options.reason);
  const { plate, camera, from, to, minConfidence, hits, limit } = options;
  const filter = withoutUndefined({ plate, camera, from, to, minConfidence, hits });
  const show = printerFor(createOutput(), options);

  if (!api) {
    if (options.follow || !config) throw reason;
    const journal = await openOffline(config, options.reason);
    try {
      show((await journal.reads({ ...filter, limit })).reverse());
    } finally {
      await journal.close();
    }
    return;
  }
  if (!options.follow) {
    show((await api.reads({ ...filter, limit })).reverse());
    return;
  }
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  // Following starts before the past is asked for, so that no read falls between them.
  const news = await api.followReads(filter, abort.signal);
  const past = (await api.reads({ ...filter, limit })).reverse();
  const seen = new Set(past.map(({ id }) => id));
  show(past);
  for await (const record of news) if (!seen.has(record.id)) show([record]);
}

type Printer = (records: readonly JournalRecord[]) => void;

function printerFor(output: Output, { json, csv }: ReadsOptions): Printer {
  if (json)
    return (records) => {
      for (const record of records) output.jsonLine(record);
    };
  const widths = Object.values(READ_COLUMNS);
  let headed = false;
  return (records) => {
    if (!headed && csv) output.line(csvHead());
    else if (!headed)
      output.row(
        widths,
        Object.keys(READ_COLUMNS).map((text) => ({ text, style: 'bold' })),
      );
    headed = true;
    for (const record of records)
      if (csv) output.line(csvLine(record));
      else output.row(widths, readRow(record));
  };
}

function withoutUndefined(filter: { [K in keyof ReadFilter]: ReadFilter[K] | undefined }): ReadFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as ReadFilter;
}
