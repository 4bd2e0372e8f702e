// Without a test: a report is checked, or its page is written again in another language.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Checked, Report } from '../commission/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import { languagesFor, writeFiles } from './commission-files.ts';
import type { CommissionOptions } from './commission-options.ts';
import { exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';

export async function verifyReport(file: string, options: CommissionOptions): Promise<void> {
  const { checkFile } = await import('../commission/index.ts');
  const output = createOutput();
  const checked = checkFile(readText(file), basename(file));
  const trust = checked.state === 'whole' ? await trustIn(checked.publicKey, options) : null;
  const isGood = checked.state === 'whole' && trust !== 'other-key';
  if (options.json) {
    const { state } = checked;
    output.json({ file, state, keyId: 'keyId' in checked ? checked.keyId : null, trust });
  } else show(output, file, checked, trust);
  if (!isGood) process.exitCode = exitCodes.failed;
}

type Trust = 'named' | 'own' | 'unknown' | 'other-key';

/** Whether the key is the one that was named, or this box's. */
async function trustIn(publicKey: string, { key, config }: CommissionOptions): Promise<Trust> {
  if (key) return key.includes(publicKey) ? 'named' : 'other-key';
  const { configPath, loadConfig } = await import('../config/index.ts');
  const { openRing } = await import('../seal/index.ts');
  const { ownKeys } = await import('./own-keys.ts');
  try {
    const { journal } = loadConfig(configPath(config), { checkFiles: false });
    const ring = openRing((await ownKeys(journal.path)).ring);
    return ring.ids.some((id) => ring.get(id)?.publicKey === publicKey) ? 'own' : 'unknown';
  } catch (error) {
    // On somebody's desk there is no box to ask.
    if (/^(config|seal)\./.test(codeOf(error))) return 'unknown';
    throw error;
  }
}

function show(output: Output, file: string, checked: Checked, trust: Trust | null): void {
  output.line(`${output.plain(file)}:`);
  const say = (style: 'green' | 'red' | 'yellow', text: string) => output.field('  ', text, style);
  if (checked.state === 'tampered') say('red', 'It is NOT as it was signed: something in it was changed.');
  else if (checked.state === 'unsigned') say('red', 'It is not signed: nothing shows who made it.');
  else if (trust === 'other-key') say('red', `It is signed, but with another key: ${checked.keyId}.`);
  else {
    say('green', `It is as it was signed, with the key ${checked.keyId}.`);
    if (trust === 'named') output.field('  ', 'That is the key that was named.');
    else if (trust === 'own') output.field('  ', 'That is a key of this box.');
    else
      output.field(
        '  ',
        `Whose key that is was not checked: name the box's with --key. The one in the file is ${checked.publicKey}`,
        'yellow',
      );
  }
  if (checked.state === 'tampered' || !checked.report) return;
  const { report } = checked;
  output.line(`  ${report.site}/${report.box}/${report.camera}, ${report.writtenAt}: ${report.verdict}`);
}

export async function writeAgain(file: string, options: CommissionOptions): Promise<void> {
  const { loadConfig, configPath } = await import('../config/index.ts');
  const output = createOutput();
  const report = await intactReport(file);
  // Only the box can sign the page; the data keep their own seal.
  const key = await currentKey(
    () => loadConfig(configPath(options.config), { checkFiles: false }).journal.path,
  );
  const languages = languagesFor(options.language);
  const written = await writeFiles(report, { folder: options.output, languages, key, json: false });
  for (const each of written) output.line(`Written: ${each}`);
  if (!key)
    output.field(
      '',
      'The page and the table are not signed: the keys of the box are not here. Their data are.',
      'yellow',
    );
}

async function currentKey(journalPath: () => string) {
  const { openRing } = await import('../seal/index.ts');
  const { ownKeys } = await import('./own-keys.ts');
  try {
    return openRing((await ownKeys(journalPath())).ring).current;
  } catch (error) {
    if (/^(config|seal)\./.test(codeOf(error))) return null;
    throw error;
  }
}

/**
 * An earlier report that was not changed since.
 * @throws {AnprError} `commission.tampered`, `commission.no-report`, `commission.other-version`, `usage.file`
 */
export async function intactReport(file: string): Promise<Report> {
  const { checkFile } = await import('../commission/index.ts');
  const checked = checkFile(readText(file), basename(file));
  if (checked.state === 'tampered')
    throw new AnprError(
      'commission.tampered',
      `${file} is not as it was signed: something in it was changed`,
      'Get the report as the box wrote it.',
    );
  if (checked.report) return checked.report;
  throw new AnprError(
    'commission.no-report',
    `wanted the data of a report, but ${file} is a page or a table`,
    'Name the .json.',
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new AnprError(
      'usage.file',
      `wanted a report in ${file}, found ${foundInstead(error)}`,
      'Name the .json, .html or .csv that anpr commission wrote.',
    );
  }
}
