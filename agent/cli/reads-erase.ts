// `anpr reads erase`: forgets reads for good, because somebody has the right to it. The audit log keeps who did it and why,
// and the centre hears of it by that.

import type { Command } from 'commander';
import { AnprError, codeOf } from '../shared/errors.ts';
import { countText } from '../shared/quantities.ts';
import { canAsk, confirm } from './ask.ts';
import { findAgent } from './connection.ts';
import { configOption, example, reasonOption } from './options.ts';
import { createOutput } from './output.ts';

interface EraseOptions {
  config?: string;
  reason?: string;
  yes?: true;
}

export function registerReadsErase(reads: Command): void {
  const command = reads
    .command('erase')
    .description('forget reads for good, with their hits and pictures; only with a reason')
    .argument('<id...>', 'ids of the reads (anpr reads --json shows them)')
    .option('--yes', 'do not ask')
    .addOption(reasonOption())
    .addOption(configOption())
    .action(erase);
  example(
    command,
    'anpr reads erase 019a2b3c-4d5e-7f60-8123-456789abcdef \\',
    "    --reason 'request 2026/7'",
    "anpr reads --plate 1ABC234 --json --reason 'request 2026/7' | jq -r .id |",
    "    xargs anpr reads erase --yes --reason 'request 2026/7'",
  );
}

async function erase(ids: string[], _options: EraseOptions, command: Command): Promise<void> {
  // --reason and --config are options of `reads` too: Commander gives them to the outer command
  const options = command.optsWithGlobals<EraseOptions>();
  if (!options.reason?.trim())
    throw new AnprError(
      'audit.no-reason',
      'reads are erased only with a reason',
      "Like: --reason 'request 2026/7'",
    );
  const { api, reason } = await findAgent(options.config, options.reason);
  // The agent alone writes into its journal.
  if (!api) throw reason;
  const what = ids.length === 1 ? `read ${ids[0]}` : `${countText(ids.length, 'read')}`;
  if (!options.yes) {
    if (!canAsk())
      throw new AnprError('usage.missing', `wanted --yes to erase ${what}, and there is nobody to ask`);
    if (!(await confirm(`Erase ${what} for good?`, false))) return;
  }
  const output = createOutput();
  let records = 0;
  const missing: string[] = [];
  for (const id of ids)
    try {
      records += await api.erase(id);
    } catch (error) {
      if (codeOf(error) !== 'read.missing') throw error;
      missing.push(id);
    }
  const erased = ids.length - missing.length;
  const hits = records - erased;
  output.line(
    `Erased: ${countText(erased, 'read')}${hits > 0 ? `, ${countText(hits, 'record of hits', 'records of hits')}` : ''}, and their pictures.`,
  );
  if (missing.length)
    throw new AnprError(
      'read.missing',
      `there is no read with id ${missing.join(', ')}`,
      'See which there are: anpr reads --json',
    );
}
