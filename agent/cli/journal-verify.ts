// `anpr journal verify`: whether the records of a box are as it left them, in its journal or in an export.

import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Break, SourceRecord, VerifyReport } from '../seal/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import { countText, plural } from '../shared/quantities.ts';
import { exitCodes } from './exit-codes.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';

interface VerifyOptions {
  config?: string;
  key: string[];
  json?: true;
}

/** Breaks shown to people; --json has a thousand. */
const SHOWN_BREAKS = 10;
const SQLITE_HEAD = Buffer.from('SQLite format 3\0');

export function registerVerify(journal: Command): void {
  const command = journal
    .command('verify')
    .description('find changed, removed or inserted records in the journal, or in an export of it')
    .argument('[file]', "a journal, or an export in JSON Lines; - for stdin's (default: this box's journal)")
    .option('--key <base64>', 'public key of the box (anpr keys show); several: again', collected, [])
    .addOption(
      jsonOption('print one JSON document: {file, ok, records, breaks: [{code, epoch, from, to, meaning}]}'),
    )
    .addOption(configOption())
    .action(verify);
  example(command, 'anpr journal verify', 'anpr journal verify export.jsonl --key "$(cat north.key)"');
}

const collected = (value: string, before: string[]) => [...before, value];

async function verify(given: string | undefined, options: VerifyOptions): Promise<void> {
  const file = given ?? (await journalPathOf(options.config));
  const progress = progressOn(process.stderr);
  const report = isDatabase(file)
    ? await verifyFile(file, options.key, progress.tell)
    : await verifyExport(file, options.key, progress.tell);
  progress.clear();
  const output = createOutput();
  if (options.json) output.json({ file, ...report });
  else show(output, file, report);
  if (!report.ok) process.exitCode = exitCodes.failed;
}

async function journalPathOf(configOption: string | undefined): Promise<string> {
  const { configPath, loadConfig } = await import('../config/index.ts');
  return loadConfig(configPath(configOption), { checkFiles: false }).journal.path;
}

/** The keys beside the file open its payloads; without them its envelopes are checked. */
async function verifyFile(file: string, publicKeys: string[], tell: Tell): Promise<VerifyReport> {
  const { verifyJournal } = await import('../journal/index.ts');
  const { ownKeys } = await import('./own-keys.ts');
  const keys = await ownKeys(file).catch((error) => {
    if (codeOf(error).startsWith('seal.')) return undefined;
    throw error;
  });
  return verifyJournal(file, { publicKeys, onProgress: tell, ...(keys && { keys: keys.ring }) });
}

/** An export may begin anywhere: what the box sent before is in another one. */
async function verifyExport(file: string, keys: string[], tell: Tell): Promise<VerifyReport> {
  const { verifyRecords } = await import('../seal/index.ts');
  const lines = file === '-' ? await collectedLines() : undefined;
  const records = () => (lines ? recordsIn(lines) : recordsIn(linesOf(file)));
  return verifyRecords({ records }, { keys, mayBeginLate: true, onProgress: (checked) => tell(checked) });
}

async function* recordsIn(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<SourceRecord> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    yield { where: `line ${number}`, message: objectOf(line) };
  }
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file);
  const failed = new Promise<never>((_, reject) =>
    input.once('error', (error) => reject(unreadable(file, error))),
  );
  failed.catch(() => {});
  await Promise.race([failed, new Promise((resolve) => input.once('open', resolve))]);
  yield* createInterface({ input, crlfDelay: Infinity });
}

async function collectedLines(): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) lines.push(line);
  return lines;
}

function isDatabase(file: string): boolean {
  if (file === '-') return false;
  const head = Buffer.alloc(SQLITE_HEAD.length);
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    readSync(handle, head, 0, head.length, 0);
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    closeSync(handle);
  }
  return head.equals(SQLITE_HEAD);
}

function unreadable(file: string, error: unknown): AnprError {
  return new AnprError(
    'usage.file',
    `wanted a journal or an export in ${file}, found ${foundInstead(error)}`,
    codeOf(error) === 'EACCES'
      ? 'Run this with sudo, or name a file that this user may read.'
      : 'Name a file that is there and that this user may read.',
  );
}

function show(output: Output, file: string, report: VerifyReport): void {
  output.line(`${output.plain(file)}: ${countText(report.records, 'record')} checked`);
  for (const { epoch, firstSeq, lastSeq, records, absent } of report.epochs) {
    const left = absent > 0 ? `, ${absent} accounted for or missing` : '';
    output.field(
      '  ',
      `epoch ${epoch}: seq ${firstSeq} to ${lastSeq}, ${countText(records, 'record')}${left}`,
    );
  }
  if (report.keys.length > 0) output.line(`  signed with ${report.keys.join(', ')}`);
  if (report.withoutPayload > 0)
    output.field(
      '  ',
      `${report.withoutPayload} without their content (erased, or no key for it): envelopes checked`,
    );
  if (report.trustedOnFirstUse)
    output.field(
      '  ',
      `No public key was named: ${report.trustedOnFirstUse} is taken at its word. Whoever forges a whole file brings ` +
        'his own key: name the one of the box with --key.',
      'yellow',
    );
  if (report.unsealed > 0)
    output.field(
      '  ',
      `${countText(report.unsealed, 'record is', 'records are')} from before the box had keys: nothing can be said of ${plural(report.unsealed, 'it', 'them')}.`,
      'yellow',
    );
  output.line();
  if (report.ok) output.line(output.paint('green', 'All is as the box left it.'));
  else if (report.breaks.length === 0)
    output.line(output.paint('yellow', 'No break was found, but not all could be checked.'));
  else showBreaks(output, report.breaks);
}

function showBreaks(output: Output, breaks: readonly Break[]): void {
  for (const [index, each] of breaks.slice(0, SHOWN_BREAKS).entries()) {
    if (index === 0) output.line(output.paint('red', 'NOT as the box left it. The first break:'));
    if (index === 1) output.line('Then:');
    output.field('  ', `${placeOf(each)}: ${each.meaning} (${each.code})`);
  }
  const more = breaks.length - SHOWN_BREAKS;
  if (more > 0) output.line(`  and ${more} more: --json`);
}

function placeOf({ epoch, from, to, where }: Break): string {
  const seqs = from === null ? [] : [from === to ? `seq ${from}` : `seq ${from} to ${to}`];
  return [...seqs, ...(where ? [where] : []), ...(epoch ? [`epoch ${epoch.slice(0, 8)}`] : [])].join(', ');
}

type Tell = (checked: number, of?: number) => void;

/** One line that changes, on a terminal only. */
function progressOn(stream: NodeJS.WriteStream): { tell: Tell; clear(): void } {
  return {
    tell(checked, of) {
      if (stream.isTTY) stream.write(`\r\u001b[K${checked}${of ? ` of ${of}` : ''} records`);
    },
    clear() {
      if (stream.isTTY) stream.write('\r\u001b[K');
    },
  };
}
