// `anpr reads`: the reads of this box, from the running agent, or from the journal's file when none runs.

import { type Command, InvalidArgumentError } from 'commander';
import type { JournalRecord, ReadFilter } from '../journal/index.ts';
import { findAgent } from './connection.ts';
import { configOption, count, example, jsonOption, share } from './options.ts';
import { createOutput, type Output } from './output.ts';
import type { Cell } from './table.ts';
import { localTime, timeOf } from './times.ts';

interface ReadsOptions {
  config?: string;
  follow?: true;
  plate?: string;
  camera?: string;
  from?: number;
  to?: number;
  minConfidence?: number;
  limit: number;
  json?: true;
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
    .option('-n, --limit <count>', 'the newest so many', count(1, MAX_LIMIT), DEFAULT_LIMIT)
    .addOption(jsonOption('print JSON Lines: each read as the journal keeps it'))
    .addOption(configOption())
    .action(showReads);
  example(
    command,
    'anpr reads --from 2h --min-confidence 0.9',
    "anpr reads --follow --plate '1AB*'",
    'anpr reads --from today --json | jq -r .text',
  );
}

function time(value: string): number {
  const at = timeOf(value, Date.now());
  if (at === undefined)
    throw new InvalidArgumentError('wanted a time like 2026-11-22, "2026-11-22 13:07", 13:07, today or 2h.');
  return at;
}

async function showReads(options: ReadsOptions): Promise<void> {
  const { config, api, reason } = await findAgent(options.config);
  const { plate, camera, from, to, minConfidence, limit } = options;
  const filter = withoutUndefined({ plate, camera, from, to, minConfidence });
  const show = printerFor(createOutput(), options.json === true);

  if (!api) {
    if (options.follow || !config) throw reason;
    const { openJournalReadOnly } = await import('../journal/index.ts');
    const journal = await openJournalReadOnly(config.journal.path);
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

/** Fixed, so that rows can follow one by one: 78 characters together. */
const COLUMNS = { TIME: 19, CAMERA: 16, PLATE: 10, COUNTRY: 7, SURE: 5, DIRECTION: 11 };

function printerFor(output: Output, json: boolean): Printer {
  if (json)
    return (records) => {
      for (const record of records) output.jsonLine(record);
    };
  const widths = Object.values(COLUMNS);
  let headed = false;
  return (records) => {
    if (!headed)
      output.row(
        widths,
        Object.keys(COLUMNS).map((text) => ({ text, style: 'bold' })),
      );
    headed = true;
    for (const record of records) output.row(widths, rowOf(record));
  };
}

function rowOf(record: JournalRecord): Cell[] {
  const payload = record.payload as {
    plate?: { country?: string; uncertain?: boolean };
    passage?: { direction?: string };
  };
  return [
    localTime(record.at),
    record.camera ?? '',
    record.text ?? '',
    payload.plate?.country ?? '',
    (record.confidence ?? 0).toFixed(2) + (payload.plate?.uncertain ? '?' : ''),
    payload.passage?.direction ?? '',
  ];
}

function withoutUndefined(filter: { [K in keyof ReadFilter]: ReadFilter[K] | undefined }): ReadFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as ReadFilter;
}
