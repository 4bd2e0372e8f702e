// `anpr watch`: all cameras and their reads on one screen, drawn again as they come. Without a terminal it prints each
// read as a line. When the agent goes away it waits for it to come back.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { AgentStatus, ApiClient } from '../api/index.ts';
import type { JournalRecord, ReadFilter } from '../journal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import { countText } from '../shared/quantities.ts';
import { findAgent } from './connection.ts';
import { configOption, example, reasonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { READ_COLUMNS, readRow } from './read-rows.ts';
import { openScreen, type Screen } from './screen.ts';
import { STATE_STYLES } from './status.ts';
import { fixedRow, printable, type Style, tableLines } from './table.ts';
import { durationText, localTime } from './times.ts';

const REFRESH_MS = 1000;
const RECONNECT_MS = 2000;
const KEPT_READS = 200;

export function registerWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('all cameras and their reads on one screen, live; ends on q or Ctrl-C')
    .option('--camera <id>', 'this camera only')
    .option('--hits', 'only reads that raised a hit; the terminal rings for each')
    .addOption(reasonOption())
    .addOption(configOption())
    .action(watch);
  example(command, 'anpr watch', 'anpr watch --camera gate', 'anpr watch --hits');
}

interface Shown {
  status: AgentStatus | undefined;
  /** newest first */
  reads: JournalRecord[];
  /** why the agent is not there */
  lost: string | undefined;
}

interface WatchOptions {
  config?: string;
  camera?: string;
  hits?: true;
  reason?: string;
}

async function watch(options: WatchOptions): Promise<void> {
  const output = createOutput();
  const first = await findAgent(options.config, options.reason);
  if (!first.api) throw first.reason;
  const filter = {
    ...(options.camera !== undefined && { camera: options.camera }),
    ...(options.hits && { hits: true }),
  };
  /** of what passed before somebody watched nobody has to be woken */
  const startedAt = Date.now();
  const shown: Shown = { status: undefined, reads: [], lost: undefined };
  const draw = () => screen.draw(screenOf(output, shown, screen, options.camera));
  const screen = openScreen(output, draw);
  const refreshing = output.live ? setInterval(draw, REFRESH_MS) : undefined;
  if (!output.live) output.row(WIDTHS, HEAD);
  const add = (record: JournalRecord) => {
    if (shown.reads.some(({ id }) => id === record.id)) return;
    shown.reads = [record, ...shown.reads].sort((a, b) => b.at - a.at).slice(0, KEPT_READS);
    if (output.live) draw();
    else output.row(WIDTHS, readRow(record));
    if (output.live && options.hits && record.at >= startedAt) process.stdout.write('\u0007');
  };
  try {
    let api: ApiClient | undefined = first.api;
    while (!screen.ended.aborted) {
      try {
        api ??= (await findAgent(options.config, options.reason)).api;
        if (api) await attend(api, filter, screen.ended, shown, add, draw);
      } catch (error) {
        // What will not pass by itself ends it; an agent that is restarted comes back.
        if (!['api.lost', 'api.not-running', 'api.failed'].includes(codeOf(error))) throw error;
        shown.lost = messageOf(error);
      }
      api = undefined;
      shown.lost ??= 'the agent does not run';
      draw();
      await sleep(RECONNECT_MS, undefined, { signal: screen.ended }).catch(() => {});
    }
  } finally {
    clearInterval(refreshing);
    screen.close();
  }
}

/** As long as this agent answers: what was read lately, each new read, its status again and again. */
async function attend(
  api: ApiClient,
  filter: ReadFilter,
  ended: AbortSignal,
  shown: Shown,
  add: (record: JournalRecord) => void,
  draw: () => void,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([ended, over.signal]);
  // Following starts before the past is asked for, so that no read falls between them.
  const news = await api.followReads(filter, signal);
  for (const record of (await api.reads({ ...filter, limit: 50 })).reverse()) add(record);
  const following = (async () => {
    for await (const record of news) add(record);
  })();
  const asking = (async () => {
    while (!signal.aborted) {
      shown.status = await api.status();
      shown.lost = undefined;
      draw();
      await sleep(REFRESH_MS, undefined, { signal }).catch(() => {});
    }
  })();
  try {
    await Promise.race([following, asking]);
  } finally {
    over.abort();
    await Promise.allSettled([following, asking]);
  }
}

const WIDTHS = Object.values(READ_COLUMNS);
const HEAD = Object.keys(READ_COLUMNS).map((text) => ({ text, style: 'bold' as const }));

function screenOf(output: Output, shown: Shown, screen: Screen, camera: string | undefined): string[] {
  const now = Date.now();
  const { status, reads, lost } = shown;
  const paint = (style: Style, text: string) => output.paint(style, text);
  const lines = [headLine(output, status, lost, now), ''];
  const cameras = status?.cameras.filter(({ id }) => camera === undefined || id === camera) ?? [];
  if (cameras.length)
    lines.push(
      ...tableLines(
        ['CAMERA', 'STATE', 'PICTURE', 'PASSAGES', 'TODAY', 'LAST READ'],
        cameras.map((one) => [
          one.id,
          { text: one.state, style: STATE_STYLES[one.state] ?? 'dim' },
          one.fps === null ? '-' : `${one.width}x${one.height} ${one.fps.toFixed(1)}/s`,
          String(one.passages),
          String(one.readsToday),
          one.lastReadAt === null ? '-' : `${durationText(now - one.lastReadAt)} ago`,
        ]),
        { width: output.width, paint },
      ),
      '',
    );
  lines.push(...fixedRow(WIDTHS, HEAD, paint));
  for (const read of reads) {
    if (lines.length >= screen.rows - 1) break;
    lines.push(...fixedRow(WIDTHS, readRow(read), paint));
  }
  while (lines.length < screen.rows - 1) lines.push('');
  return [...lines.slice(0, screen.rows - 1), paint('dim', 'q or Ctrl-C ends')];
}

function headLine(
  output: Output,
  status: AgentStatus | undefined,
  lost: string | undefined,
  now: number,
): string {
  const where = status ? `${status.site}/${status.box}` : 'anpr';
  const what = lost
    ? output.paint('red', `waiting for the agent: ${printable(lost)}`.slice(0, output.width - 40))
    : status
      ? `uplink ${status.uplink.state}, ${status.journal.pending} to deliver${hitsText(status)}`
      : 'asking the agent …';
  return `${output.paint('bold', where)}  ${localTime(now).slice(11)}  ${what}`;
}

function hitsText({ hits }: AgentStatus): string {
  return hits && hits.waiting > 0 ? `, ${countText(hits.waiting, 'hit waits', 'hits wait')}` : '';
}
