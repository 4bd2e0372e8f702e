// `anpr journal export`: the records with their pictures in a file, to be carried to the centre when the link is gone for
// good. One line is one message as it would have gone over the wire; scripts/central import takes it.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { AnprError } from '../shared/errors.ts';
import { whyNotWritten } from '../shared/file-fault.ts';
import { parsedJson } from '../shared/json.ts';
import { countText } from '../shared/quantities.ts';
import { findAgent } from './connection.ts';
import { openOffline } from './offline.ts';
import { configOption, example, reasonOption, time } from './options.ts';

interface ExportCommandOptions {
  config?: string;
  from?: number;
  to?: number;
  pictures: boolean;
  output?: string;
  reason?: string;
}

export function registerExport(journal: Command): void {
  const command = journal
    .command('export')
    .description('write all records with their pictures as JSON Lines, to carry them to the centre')
    .option('--from <time>', 'not before: 2026-11-22, "2026-11-22 13:07", 13:07, today, 2h (ago)', time)
    .option('--to <time>', 'not after, written the same way', time)
    .option('--no-pictures', 'records only')
    .option('-o, --output <file>', 'write there, whole or not at all; default: standard output')
    .addOption(reasonOption())
    .addOption(configOption())
    .action(exportJournal);
  example(
    command,
    'anpr journal export --from 2026-11-01 --output /media/stick/e19-north.jsonl',
    'anpr journal export --no-pictures | gzip > /media/stick/e19-north.jsonl.gz',
  );
}

async function exportJournal(options: ExportCommandOptions): Promise<void> {
  const { from, to, pictures, output } = options;
  if (from !== undefined && to !== undefined && from > to)
    throw new AnprError('usage.range', 'wanted --from before --to, found it after');
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }), pictures };
  const source = await sourceOf(options, range);
  const target = targetOf(output === '-' ? undefined : output);
  let waiting: string | undefined;
  let count = 0;
  try {
    for await (const line of source.lines) {
      if (waiting !== undefined) await target.line(waiting);
      if (waiting !== undefined) count++;
      waiting = line;
    }
    // The last line counts the others: what came before it is whole. It stays out of the file.
    const last = parsedJson(waiting ?? '') as { export?: Record<string, number> } | undefined;
    const total = last?.export;
    if (!total) throw new AnprError('export.cut', 'the export ended before its last line', 'Try it again.');
    target.finish();
    source.note(count);
    const unreadable = total.unreadable ? `; ${countText(total.unreadable, 'record')} could not be read` : '';
    const missing = total.missing
      ? `; ${countText(total.missing, 'picture is', 'pictures are')} no longer there`
      : '';
    const changed = total.changed
      ? `; ${countText(total.changed, 'picture is not what its record says, and was', 'pictures are not what their records say, and were')} left out`
      : '';
    process.stderr.write(
      `records: ${total.records}, pictures: ${total.pictures}, written${output ? ` to ${output}` : ''}${unreadable}${missing}${changed}\n`,
    );
  } catch (error) {
    target.abandon();
    throw error;
  } finally {
    await source.close();
  }
}

interface Lines {
  lines: AsyncIterable<string>;
  note(rows: number): void;
  close(): Promise<void>;
}

/** The running agent, else the journal's file and the folder of the pictures. */
async function sourceOf(
  options: { config?: string; reason?: string },
  range: { from?: number; to?: number; pictures: boolean },
): Promise<Lines> {
  const { config, api, reason } = await findAgent(options.config, options.reason);
  if (api) return { lines: api.exportLines(range), note() {}, close: async () => {} };
  if (!config) throw reason;
  const { createEvidenceStore } = await import('../evidence/index.ts');
  const { exportLines } = await import('../journal/index.ts');
  const journal = await openOffline(config, options.reason);
  const evidence = createEvidenceStore({ ...config.evidence, keys: journal.keys });
  const { pictures, ...times } = range;
  const asked = { ...times, pictures: String(pictures) };
  // Before anything is given out, and again with how much it was.
  journal.note('export', asked, 0);
  return {
    lines: exportLines({ exportPage: journal.exportPage, picture: evidence.get }, range),
    note: (rows) => journal.note('export', asked, rows),
    close: () => journal.close(),
  };
}

interface Target {
  line(text: string): Promise<void>;
  finish(): void;
  abandon(): void;
}

function targetOf(file: string | undefined): Target {
  if (file === undefined)
    return {
      async line(text) {
        if (!process.stdout.write(`${text}\n`))
          await new Promise((resolve) => process.stdout.once('drain', resolve));
      },
      finish() {},
      abandon() {},
    };
  const part = `${file}.part`;
  let fd: number;
  try {
    fd = openSync(part, 'w', 0o600);
  } catch (error) {
    throw new AnprError(
      'usage.unwritable',
      `cannot write ${file}: ${whyNotWritten(error)}`,
      'Name another file.',
    );
  }
  return {
    async line(text) {
      writeSync(fd, `${text}\n`);
    },
    finish() {
      // A stick is pulled out the moment the command ends.
      fsyncSync(fd);
      closeSync(fd);
      renameSync(part, file);
    },
    abandon() {
      try {
        closeSync(fd);
      } catch {
        // it is closed already
      }
      rmSync(part, { force: true });
    },
  };
}
