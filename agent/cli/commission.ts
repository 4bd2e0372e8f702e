// `anpr commission`: the acceptance test of a camera, its report, the check of a report, and the same report in another
// language.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { AnprError } from '../shared/errors.ts';
import { type Language, languages } from '../shared/languages.ts';
import type { CommissionOptions } from './commission-options.ts';
import { exitCodes } from './exit-codes.ts';
import { configOption, count, example, jsonOption, reasonOption } from './options.ts';

const MOST_MINUTES = 10_080;

export function registerCommission(program: Command): void {
  const command = program
    .command('commission')
    .description('acceptance test of a camera: record, confirm the plates, write a signed report')
    .argument('[camera]', 'id of the camera')
    .option('--minutes <n>', 'record for so long (default: the standard’s)', number(0, MOST_MINUTES))
    .option('--passages <n>', 'or until so many were read (default: the standard’s)', count(1, 100_000))
    .option(
      '--acceptance <file>',
      'the standard (default: acceptance.yaml beside the configuration, else anpr’s)',
    )
    .option('--by <name>', 'who carries it out')
    .option('--company <name>', 'for which company')
    .option('--lens <text>', 'lens, like "12 mm"')
    .option('--height <m>', 'of the camera above the road', number(0, 100))
    .option('--distance <m>', 'from the camera to where plates are read', number(0, 1000))
    .option('--note <text>', 'a remark for the report')
    .option('--count <n>', 'so many vehicles passed, by somebody’s own count', count(0, 1_000_000))
    .option('--truth <file>', 'CSV of what passed (time,plate) or of reads (read,plate): nobody is asked')
    .addOption(
      new Option(
        '--page',
        'confirm the plates in a browser, here or at the end of a tunnel, not on the terminal',
      ).conflicts(['truth', 'recordOnly']),
    )
    .addOption(
      new Option('--port <port>', 'of that page, on 127.0.0.1 (default: 8472, or one that is free)')
        .argParser(count(1, 65_535))
        .implies({ page: true })
        .conflicts(['truth', 'recordOnly']),
    )
    .option('--record-only', 'record now, confirm the plates later with the same command')
    .option('-o, --output <folder>', 'where to', '.')
    .addOption(
      new Option(
        '--language <codes>',
        'of the report: en, nl, fr, or several: nl,fr (default: the terminal’s)',
      ).argParser(languagesOf),
    )
    .option('--plates', 'with whole plates in texts and pictures; otherwise half of each is covered')
    .option('--compare <old.json>', 'show what got worse since an earlier report')
    .option('--from <report.json>', 'no test: write the page of this report again, in --language')
    .option('--verify <file>', 'no test: check that a report (.json, .html or .csv) is as the box signed it')
    .option('--key <public key...>', 'the key that must have signed it, base64')
    .option('--anew', 'throw away an unfinished test of this camera')
    .option('--unsigned', 'without the box’s key: the report proves nothing')
    .addOption(jsonOption('print the report, or the result of the check, as one JSON document'))
    .addOption(reasonOption())
    .addOption(configOption())
    .action(commission);
  example(
    command,
    'sudo anpr commission gate',
    'sudo anpr commission gate --page',
    'sudo anpr commission gate --minutes 60 --language nl,fr --output reports',
    'sudo anpr commission gate --compare commission-gate-20261122-1407.json',
    'anpr commission --verify commission-gate-20271120-0912.json',
  );
  command.addHelpText(
    'after',
    `\nExit status: 0 accepted, ${exitCodes.failed} not accepted, ${exitCodes.warned} not enough passages to say.`,
  );
}

async function commission(camera: string | undefined, options: CommissionOptions): Promise<void> {
  if (options.verify !== undefined) {
    const { verifyReport } = await import('./commission-check.ts');
    await verifyReport(options.verify, options);
  } else if (options.from !== undefined) {
    const { writeAgain } = await import('./commission-check.ts');
    await writeAgain(options.from, options);
  } else if (camera === undefined)
    throw new AnprError(
      'usage.camera',
      'wanted the id of a camera',
      'Like: anpr commission gate; anpr status shows which there are.',
    );
  else {
    const { test } = await import('./commission-test.ts');
    await test(camera, options);
  }
}

function number(least: number, most: number): (value: string) => number {
  return (value) => {
    const given = Number(value.replace(',', '.'));
    if (value.trim() === '' || !(given > least && given <= most))
      throw new InvalidArgumentError(`wanted a number above ${least}, at most ${most}.`);
    return given;
  };
}

function languagesOf(value: string): Language[] {
  const codes = value.split(',').map((code) => {
    const known = languages.find((language) => language === code.trim().toLowerCase());
    if (!known) throw new InvalidArgumentError('wanted en, nl or fr, or several: nl,fr.');
    return known;
  });
  return [...new Set(codes)];
}
