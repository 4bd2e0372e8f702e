// `anpr aim`: how a camera is aimed, live, while somebody turns it: from the running agent's own frames, and from the camera
// or a recording itself only when no agent has it.

import type { Command } from 'commander';
import type { AimReport, Judgement } from '../aim/index.ts';
import { AIM_NAMES, AIM_UNITS, adviceOf, limitText, valueText } from '../shared/aim-words.ts';
import { codeOf } from '../shared/errors.ts';
import { countText } from '../shared/quantities.ts';
import { directAim } from './aim-direct.ts';
import { createTrouble, followTrouble, type Trouble } from './aim-trouble.ts';
import { type Connection, findAgent } from './connection.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { openScreen } from './screen.ts';
import { unknownCamera } from './snapshot.ts';
import { printable, wrap } from './table.ts';
import { localTime } from './times.ts';

interface AimOptions {
  config?: string;
  json?: true;
}

export function registerAim(program: Command): void {
  const command = program
    .command('aim')
    .description(
      'live numbers while somebody turns a camera: size, angle, sharpness, light; q or Ctrl-C ends',
    )
    .argument('<camera>', 'id of the camera, or a recording: file:///path/to/clip.mp4')
    .addOption(jsonOption('print JSON Lines, one several times a second'))
    .addOption(configOption())
    .action(aim);
  example(command, 'anpr aim gate', 'anpr aim gate --json | jq .now', 'anpr aim file:///tmp/clip.mp4');
}

async function aim(camera: string, options: AimOptions): Promise<void> {
  const output = createOutput();
  const connection = camera.startsWith('file:')
    ? { api: undefined, config: undefined, reason: undefined }
    : await findAgent(options.config);
  // q ends it too while the models are loaded.
  let last: AimReport | undefined;
  const screen = openScreen(options.json ? { ...output, live: false } : output, () => {
    if (last && !trouble.reason) screen.draw(aimLines(output, last));
  });
  const over = new AbortController();
  const trouble = createTrouble(camera, options.json ? { ...output, live: false } : output, screen);
  try {
    screen.draw([`${camera}: waiting for its first picture …`, '', 'q or Ctrl-C ends']);
    const ended = AbortSignal.any([screen.ended, over.signal]);
    for await (const report of await reportsOf(camera, connection, trouble, ended)) {
      if (options.json) output.jsonLine(report);
      else if (output.live) {
        if (!trouble.reason) screen.draw(aimLines(output, report));
      } else if (report.now && last?.at !== report.at) output.line(plainLine(report));
      last = report;
    }
  } finally {
    over.abort();
    screen.close();
  }
}

async function reportsOf(
  camera: string,
  { api, config, reason }: Connection,
  trouble: Trouble,
  signal: AbortSignal,
): Promise<AsyncIterable<AimReport>> {
  if (api)
    try {
      const reports = await api.aim(camera, signal);
      void followTrouble(api, camera, trouble, signal);
      return reports;
    } catch (error) {
      if (codeOf(error) !== 'camera.missing') throw error;
    }
  if (camera.startsWith('file:'))
    return directAim({ url: camera, id: 'recording' }, undefined, trouble, signal);
  const configured = config?.cameras.find(({ id }) => id === camera);
  if (configured) return directAim(configured, config, trouble, signal);
  if (!config && !api) throw reason;
  throw unknownCamera(camera, config?.cameras ?? []);
}

/** A screen that fits on 40 columns and uses 80. */
function aimLines(output: Pick<Output, 'width' | 'paint'>, report: AimReport): string[] {
  const { width, paint } = output;
  const { now, lately } = report;
  const shown = now ?? lately;
  const isWide = width >= 72;
  const lines = [
    `${paint('bold', printable(report.camera))}  ${localTime(report.at).slice(11)}  ${report.width}x${report.height}`,
    paint(
      'dim',
      (now
        ? 'a plate in the picture'
        : lately
          ? report.latelyStanding
            ? 'no plate now; seen before: a plate that stands'
            : `no plate now; last ${countText(report.latelyPassages, 'passage')}`
          : 'no plate seen yet'
      ).slice(0, width),
    ),
    '',
  ];
  for (const judgement of shown ?? []) {
    const other = now ? lately?.find(({ name }) => name === judgement.name) : undefined;
    lines.push(judgementLine(judgement, isWide, paint, other));
  }
  // what passed lately counts: a single look may be a chance
  const advice = adviceOf(lately ?? shown ?? []);
  if (advice.length) lines.push('');
  for (const text of advice) lines.push(...wrap(`- ${text}`, width).map((line) => paint('yellow', line)));
  lines.push('');
  for (const line of passageLines(report)) lines.push(...wrap(line, width));
  lines.push('', ...laneLines(report, width));
  return lines;
}

function judgementLine(
  judgement: Judgement,
  isWide: boolean,
  paint: Output['paint'],
  lately: Judgement | undefined,
): string {
  const { name, verdict, bound, unit } = judgement;
  const wanted = `${bound === 'least' ? '>=' : '<='}${limitText(judgement)}`;
  const before = !isWide || !lately ? '' : `lately ${valueText(lately)}`.padEnd(18);
  const word = verdict ?? '-';
  const text = `${AIM_NAMES[name].padEnd(14)}${(valueText(judgement)).padStart(9)} ${(isWide ? `${wanted}${AIM_UNITS[unit]}` : wanted).padEnd(isWide ? 11 : 6)} `;
  return `${text}${before}${verdict === null ? paint('dim', word) : paint(verdict === 'good' ? 'green' : 'red', word)}`;
}

function passageLines(report: AimReport): string[] {
  const { reads, readsPerMinute, passages, readWell, speedPxPerSecond, longestExposureMs } = report;
  const rate = readsPerMinute === null ? '' : `, ${readsPerMinute.toFixed(1)} a minute`;
  const well =
    passages === 0
      ? ''
      : `; read well ${readWell} of ${passages} (${Math.round((100 * readWell) / passages)} %)`;
  const lines = [`reads ${reads}${rate}${well}`];
  if (speedPxPerSecond !== null && longestExposureMs !== null)
    lines.push(
      `speed ${speedPxPerSecond.toFixed(0)} px/s: exposure at most ${longestExposureMs.toFixed(1)} ms`,
    );
  return lines;
}

/** ten shares and their label */
const LANE_COLUMNS = 56;

/** Where plates are seen, in tenths of the picture's width and fifths of its height. */
function laneLines({ columns, rows, cutShare }: AimReport, width: number): string[] {
  const total = columns.reduce((sum, n) => sum + n, 0);
  if (total === 0) return ['plates pass: none yet'];
  const shares = (parts: readonly number[]) =>
    parts.map((n) => String(Math.round((100 * n) / total)).padStart(4)).join('');
  const cut = `at the edge ${Math.round(100 * (cutShare ?? 0))} %`;
  const labelled = (label: string, parts: readonly number[]) =>
    width >= LANE_COLUMNS ? [`  ${label.padEnd(14)}${shares(parts)}`] : [`  ${label}`, shares(parts)];
  return [
    `plates pass, % of ${total} sights, ${cut}`.slice(0, width),
    ...labelled('left to right', columns),
    ...labelled('top to bottom', rows),
  ];
}

function plainLine(report: AimReport): string {
  const parts = (report.now ?? []).map(
    (judgement) =>
      `${judgement.name} ${valueText(judgement)}${judgement.verdict === 'good' || judgement.verdict === null ? '' : ` (${judgement.verdict})`}`,
  );
  return `${localTime(report.at)} ${parts.join(', ')}`;
}
