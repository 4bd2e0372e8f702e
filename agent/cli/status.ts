// `anpr status`: what the running agent says of itself, on one screen.

import type { Command } from 'commander';
import type { AgentStatus, CameraStatus } from '../api/index.ts';
import { countText } from '../shared/quantities.ts';
import { findAgent } from './connection.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import type { Cell, Style } from './table.ts';
import { durationText, localTime, sizeText } from './times.ts';

export const STATE_STYLES: Partial<Record<string, Style>> = {
  streaming: 'green',
  connected: 'green',
  starting: 'yellow',
  connecting: 'yellow',
  waiting: 'yellow',
  stalled: 'red',
  refused: 'red',
  failed: 'red',
};

export function registerStatus(program: Command): void {
  const command = program
    .command('status')
    .description('show what the running agent does: cameras, journal, uplink, models')
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document (times in UTC epoch milliseconds)'))
    .action(async (options: { config?: string; json?: true }) => {
      const { api, reason } = await findAgent(options.config);
      if (!api) throw reason;
      const status = await api.status();
      const output = createOutput();
      if (options.json) output.json(status);
      else showStatus(output, status, Date.now());
    });
  example(command, 'anpr status', "anpr status --json | jq '.cameras[] | .state'");
}

function showStatus(output: Output, status: AgentStatus, now: number): void {
  const ago = (at: number) => durationText(now - at);
  output.line(
    `${output.paint('bold', `${status.site}/${status.box}`)}: anpr ${status.version}, running for ${ago(status.startedAt)} (pid ${status.pid})`,
  );
  output.line();
  if (status.cameras.length === 0) output.line('No cameras are configured.');
  else
    output.table(
      ['CAMERA', 'STATE', 'FOR', 'PICTURE', 'PASSAGES', 'READS TODAY', 'LAST'],
      status.cameras.map((camera) => cameraRow(camera, ago)),
    );
  for (const { id, reason } of status.cameras) if (reason) output.field('  ', `${id}: ${reason}`);
  output.line();
  const { journal, uplink, models } = status;
  const oldest = journal.oldestPendingAt === null ? '' : ` (the oldest for ${ago(journal.oldestPendingAt)})`;
  output.field(
    'Journal  ',
    `${countText(journal.records, 'record')}, ${journal.pending} to deliver${oldest}, ${countText(journal.dead, 'dead letter')}, ${sizeText(journal.sizeBytes)}`,
  );
  const { keys, waiting } = status;
  if (waiting.reason !== null)
    output.field(
      '         ',
      `${countText(waiting.reads, 'read waits', 'reads wait')} in memory: ${waiting.reason}`,
      'red',
    );
  if (keys.place === 'credential') output.field('Keys     ', `${keys.current}, sealed to this machine`);
  else
    output.field(
      'Keys     ',
      `${keys.current}, in a file that opens for whoever has the disk: anpr doctor`,
      'yellow',
    );
  if (keys.problem) output.field('         ', keys.problem, 'red');
  output.field('Uplink   ', uplinkText(uplink, ago), STATE_STYLES[uplink.state]);
  if (uplink.reason && uplink.state !== 'off') output.field('         ', uplink.reason);
  for (const [index, list] of (status.watchlists ?? []).entries())
    showList(output, index === 0 ? 'Lists    ' : '         ', list);
  const { detector, straightener, reader } = models;
  output.field(
    'Models   ',
    [detector, straightener, reader].flatMap((model) => model?.name ?? []).join(', '),
  );
  const { problem, atNextStart } = status.config;
  if (problem) output.field('Config   ', `the file was changed, and not taken up: ${problem}`, 'red');
  if (atNextStart.length)
    output.field('Config   ', `changed, and waits for the next start: ${atNextStart.join(', ')}`, 'yellow');
}

function showList(
  output: Output,
  title: string,
  {
    list,
    state,
    version,
    entries,
    patterns,
    incoming,
    refused,
  }: NonNullable<AgentStatus['watchlists']>[number],
): void {
  const size = `${countText(entries ?? 0, 'plate')}${patterns ? `, ${countText(patterns, 'pattern')}` : ''}`;
  const what = version === null ? `${list}: ${state}` : `${list}: version ${version}, ${size}, ${state}`;
  const coming = incoming
    ? `; version ${incoming.version} comes, ${incoming.received} of ${countText(incoming.parts, 'part')}`
    : '';
  output.field(
    title,
    what + coming,
    state === 'in-force' ? undefined : state === 'damaged' ? 'red' : 'yellow',
  );
  if (refused) output.field('         ', `${list}: ${refused.message}`, 'red');
}

function cameraRow(camera: CameraStatus, ago: (at: number) => string): Cell[] {
  const style = STATE_STYLES[camera.state];
  const size = camera.width === null ? '-' : `${camera.width}x${camera.height}`;
  return [
    camera.id,
    style ? { text: camera.state, style } : camera.state,
    ago(camera.since),
    camera.fps === null ? size : `${size} ${camera.fps.toFixed(1)}/s`,
    String(camera.passages),
    String(camera.readsToday),
    camera.lastReadAt === null ? '-' : localTime(camera.lastReadAt).slice(11),
  ];
}

function uplinkText(uplink: AgentStatus['uplink'], ago: (at: number) => string): string {
  if (uplink.state === 'off') return 'none is configured: reads stay in the journal';
  const protocol = uplink.protocol ? ` (MQTT ${uplink.protocol})` : '';
  return `${uplink.state} for ${ago(uplink.since)}: ${uplink.broker ?? 'no broker'}${protocol}, ${uplink.inFlight} in flight, ${uplink.delivered} delivered`;
}
