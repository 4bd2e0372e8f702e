// `anpr journal`: what can be done with the records as a whole.

import type { Command } from 'commander';
import { registerExport } from './journal-export.ts';
import { registerImport } from './journal-import.ts';
import { registerVerify } from './journal-verify.ts';
import { example } from './options.ts';

export function registerJournal(program: Command): void {
  const journal = program
    .command('journal')
    .description('check the records as a whole, write them into a file, take such a file in');
  registerVerify(journal);
  registerExport(journal);
  registerImport(journal);
  example(journal, 'anpr journal verify', 'anpr journal export --output /media/stick/e19-north.jsonl');
}
