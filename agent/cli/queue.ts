// `anpr queue`: what waits to be delivered, since when and for how long still; and what to do with dead letters.

import type { Command } from 'commander';
import type { ApiClient } from '../api/index.ts';
import type { QueueState, RecordType } from '../journal/index.ts';
import { AnprError } from '../shared/errors.ts';
import { countText, plural } from '../shared/quantities.ts';
import { findAgent } from './connection.ts';
import { drainText } from './drain-policy.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { durationText, localTime, sizeText } from './times.ts';

interface QueueOptions {
  config?: string;
  json?: true;
}

export function registerQueue(program: Command): void {
  const queue = program
    .command('queue')
    .description('show what waits to be delivered; from the running agent, else from the journal file')
    .addOption(jsonOption('print one JSON document (times in UTC epoch milliseconds)'))
    .addOption(configOption())
    .action(async ({ config, json }: QueueOptions) => {
      const state = await stateOf(config);
      const output = createOutput();
      if (json) output.json(state);
      else showQueue(output, state, Date.now());
    });
  example(queue, 'anpr queue', 'anpr queue retry --all', "anpr queue --json | jq '.deadLetters[].id'");

  const retry = queue
    .command('retry')
    .description('send dead letters again, once what the broker had against them is mended')
    .argument('[id]', 'id of the dead letter (anpr queue shows it)')
    .option('--all', 'all dead letters')
    .addOption(configOption())
    .action(async (id: string | undefined, { all }: { all?: true }, command: Command) => {
      if ((id === undefined) === (all === undefined))
        throw new AnprError(
          'usage.which',
          `wanted an id or --all, found ${id === undefined ? 'neither' : 'both'}`,
          'See which dead letters there are: anpr queue',
        );
      const api = await agentOf(command);
      const ids = id === undefined ? await deadLettersOf(api) : [id];
      for (const each of ids) await api.retryDead(each);
      createOutput().line(`${countText(ids.length, 'record is', 'records are')} sent again.`);
    });
  example(retry, 'anpr queue retry 019a2b3c-4d5e-7f60-8123-456789abcdef', 'anpr queue retry --all');

  const drop = queue
    .command('drop')
    .description('remove a dead letter for good; the centre has been told that it never comes')
    .argument('<id>', 'id of the dead letter (anpr queue shows it)')
    .addOption(configOption())
    .action(async (id: string, _options: unknown, command: Command) => {
      const api = await agentOf(command);
      await api.dropDead(id);
      createOutput().line('Removed.');
    });
  example(drop, 'anpr queue drop 019a2b3c-4d5e-7f60-8123-456789abcdef');
}

async function agentOf(command: Command): Promise<ApiClient> {
  // --config is an option of `queue` too: Commander gives it to the outer command
  const { api, reason } = await findAgent(command.optsWithGlobals<QueueOptions>().config);
  if (!api) throw reason;
  return api;
}

async function deadLettersOf(api: ApiClient): Promise<string[]> {
  const { deadLetters } = await api.queue();
  return deadLetters.map(({ id }) => id);
}

async function stateOf(file: string | undefined): Promise<QueueState> {
  const { config, api, reason } = await findAgent(file);
  if (api) return api.queue();
  if (!config) throw reason;
  const { openJournalReadOnly } = await import('../journal/index.ts');
  // Without keys: it counts, and shows nothing that was read.
  const journal = await openJournalReadOnly(config.journal.path);
  try {
    return await journal.queue();
  } finally {
    await journal.close();
  }
}

const SHOWN_TYPES: readonly RecordType[] = ['read', 'hit', 'status', 'gap', 'audit'];
const number = (value: number) => value.toLocaleString('en');

function showQueue(output: Output, state: QueueState, now: number): void {
  const ago = (at: number) => durationText(now - at);
  const types = SHOWN_TYPES.map((type) => ({ type, count: state.byType[type]?.pending ?? 0 }))
    .filter(({ count }) => count > 0)
    .map(({ type, count }) => `${number(count)} ${namesOf(type, count)}`);
  const oldest = state.oldestPendingAt === null ? '' : `; the oldest for ${ago(state.oldestPendingAt)}`;
  output.field('Waiting    ', types.length === 0 ? 'nothing' : `${types.join(', ')}${oldest}`);
  output.field('Drained    ', drainText(state.pending, state.perMinute));
  output.field('Sent       ', `${number(state.sent)}${state.receipt ? ', without a receipt yet' : ''}`);
  output.field(
    'Confirmed  ',
    state.receipt
      ? `${number(state.confirmed)}; last receipt ${ago(state.receipt.at)} ago, up to seq ${number(state.receipt.upTo)}`
      : 'no receipts: PUBACK counts as delivered',
  );
  const { pictures } = state;
  output.field(
    'Pictures   ',
    `${number(pictures.pending)} not sent (${sizeText(pictures.pendingBytes)}), ${number(pictures.sent)} sent (${sizeText(pictures.sentBytes)})`,
  );
  output.field(
    'Journal    ',
    `${number(state.records)} ${plural(state.records, 'record')}, ${sizeText(state.sizeBytes)}`,
  );
  output.field(
    'Dead       ',
    state.dead === 0 ? 'no dead letters' : `${number(state.dead)} ${plural(state.dead, 'letter')}`,
  );
  if (state.deadLetters.length === 0) return;
  output.line();
  output.table(
    ['ID', 'TYPE', 'SINCE', 'REASON'],
    state.deadLetters.map(({ id, type, deadAt, reason }) => [
      id,
      type,
      deadAt === null ? '' : localTime(deadAt).slice(5, 16),
      reason,
    ]),
  );
  if (state.dead > state.deadLetters.length) output.line(`and ${state.dead - state.deadLetters.length} more`);
}

const namesOf = (type: RecordType, count: number) =>
  plural(count, type === 'status' ? 'status change' : type);
