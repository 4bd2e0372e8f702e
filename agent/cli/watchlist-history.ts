// `anpr watchlist history`: which versions the lists had, since when, and where they came from: what the audit log has of it.

import type { Command } from 'commander';
import type { AuditEntry } from '../contract/index.ts';
import { auditsOf, whoText } from './audit.ts';
import { configOption, count, example, jsonOption, reasonOption } from './options.ts';
import { createOutput } from './output.ts';
import { localTime } from './times.ts';

interface HistoryOptions {
  config?: string;
  json?: true;
  reason?: string;
  limit: number;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;
/** of the audit log, however many of it are about lists */
const LOOKED_THROUGH = 10_000;

export function registerWatchlistHistory(lists: Command): void {
  const command = lists
    .command('history')
    .argument('[list]', 'id of the list; default: all')
    .description('show which versions the lists had, and who brought them')
    .option('-n, --limit <count>', 'the newest so many', count(1, MAX_LIMIT), DEFAULT_LIMIT)
    .addOption(configOption())
    .addOption(reasonOption())
    .addOption(jsonOption('print JSON Lines: each change as {at, who, rows, list, version, from}'))
    .action(showHistory);
  example(command, 'anpr watchlist history stolen');
}

async function showHistory(list: string | undefined, options: HistoryOptions): Promise<void> {
  const records = await auditsOf(options, { limit: LOOKED_THROUGH });
  const changes = records
    .map(({ at, payload }) => ({ at, audit: payload.audit as AuditEntry }))
    .filter(({ audit }) => audit.action === 'list' && (list === undefined || audit.filter.list === list))
    .slice(0, options.limit)
    .reverse();
  const output = createOutput();
  if (options.json)
    for (const { at, audit } of changes)
      output.jsonLine({ at, who: audit.who, rows: audit.rows, ...audit.filter });
  else if (changes.length === 0)
    output.line(`The audit log knows of no change of ${list === undefined ? 'a list' : `the list ${list}`}.`);
  else
    output.table(
      ['WHEN', 'LIST', 'VERSION', 'ENTRIES', 'FROM', 'BY'],
      changes.map(({ at, audit: { filter, rows, who } }) => [
        localTime(at).slice(0, 16),
        String(filter.list ?? ''),
        String(filter.version ?? ''),
        rows === null ? '' : String(rows),
        String(filter.from ?? ''),
        whoText(who),
      ]),
    );
  const oldest = records.at(-1);
  if (records.length === LOOKED_THROUGH && changes.length < options.limit && oldest && !options.json)
    output.line(`Older records were not looked through: anpr audit --to "${localTime(oldest.at)}"`);
}
