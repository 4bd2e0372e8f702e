// `anpr journal`: what can be done with the records as a whole.

import type { Command } from 'commander';
import { registerVerify } from './journal-verify.ts';
import { example } from './options.ts';

export function registerJournal(program: Command): void {
  const journal = program.command('journal').description('check the records as a whole');
  registerVerify(journal);
  example(journal, 'anpr journal verify');
}
