// `anpr audit`: who looked at what on this box, and which keys it has signed with. Looking here is noted like any other
// look.

import type { Command } from 'commander';
import type { AuditEntry } from '../contract/index.ts';
import type { AuditFilter, JournalRecord } from '../journal/index.ts';
import { findAgent } from './connection.ts';
import { openOffline } from './offline.ts';
import { configOption, count, example, jsonOption, reasonOption, time } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { localTime } from './times.ts';

interface AuditOptions {
  config?: string;
  from?: number;
  to?: number;
  limit: number;
  reason?: string;
  json?: true;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 10_000;

export function registerAudit(program: Command): void {
  const command = program
    .command('audit')
    .description('show who looked at what on this box, oldest first')
    .option('--from <time>', 'not before: 2026-11-22, "2026-11-22 13:07", 13:07, today, 2h (ago)', time)
    .option('--to <time>', 'not after, written the same way', time)
    .option('-n, --limit <count>', 'the newest so many', count(1, MAX_LIMIT), DEFAULT_LIMIT)
    .addOption(jsonOption('print JSON Lines: each record as the journal keeps it'))
    .addOption(reasonOption())
    .addOption(configOption())
    .action(showAudit);
  example(command, 'anpr audit --from today', "anpr audit --json | jq '.payload.audit'");
}

async function showAudit({ from, to, limit, json, ...options }: AuditOptions): Promise<void> {
  const filter: AuditFilter = { limit, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const records = (await auditsOf(options, filter)).reverse();
  const output = createOutput();
  if (json) for (const record of records) output.jsonLine(record);
  else show(output, records);
}

export async function auditsOf(
  options: { config?: string; reason?: string },
  filter: AuditFilter,
): Promise<JournalRecord[]> {
  const { config, api, reason } = await findAgent(options.config, options.reason);
  if (api) return api.audits(filter);
  if (!config) throw reason;
  const journal = await openOffline(config, options.reason);
  try {
    return await journal.audits(filter);
  } finally {
    await journal.close();
  }
}

function show(output: Output, records: readonly JournalRecord[]): void {
  output.table(
    ['TIME', 'WHO', 'WHAT', 'ROWS', 'ASKED FOR', 'WHY'],
    records.map((record) => {
      const { action, who, filter, reason, rows, key } = record.payload.audit as AuditEntry;
      const asked = key ? `${key.id} signs from here on` : filterText(filter);
      return [
        localTime(record.at),
        whoText(who),
        action,
        rows === null ? '' : String(rows),
        asked,
        reason ?? '',
      ];
    }),
  );
}

export function whoText(who: AuditEntry['who']): string {
  if (!who) return 'the agent';
  const name = who.user ?? (who.uid === null ? 'unknown' : `uid ${who.uid}`);
  const caller = who.sudoUser ? ` (sudo by ${who.sudoUser})` : '';
  return `${name}${caller}${who.proven ? '' : ' (unproven)'}`;
}

function filterText(filter: AuditEntry['filter']): string {
  return Object.entries(filter)
    .map(([name, value]) =>
      TIMES.has(name) && Number.isFinite(Number(value))
        ? `${name} ${localTime(Number(value))}`
        : `${name} ${value}`,
    )
    .join(', ');
}

const TIMES: ReadonlySet<string> = new Set(['from', 'to']);
