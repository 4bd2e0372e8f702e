// What `anpr` does first and last: parse, run, and turn whatever was thrown into a message and an exit status.
// start.mjs has made sure by now that this Node can run it.

import { CommanderError } from 'commander';
import { codeOf } from '../shared/errors.ts';
import { stderrIsJournal } from '../shared/journald.ts';
import { errorLines, fittedLines } from './errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { buildProgram } from './program.ts';

/** Runs the command line; the exit status is set, never forced, so that all output still leaves. */
export async function main(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endQuietlyWhenNobodyReads);
  try {
    await buildProgram().parseAsync(argv);
  } catch (error) {
    // Commander has said it already; its help and version come as an error with exit status 0.
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
      return;
    }
    await tell(error);
    process.exitCode = exitCodeOf(error);
  }
}

/** To the journal as a line like all others: what collects it takes JSON. */
async function tell(error: unknown): Promise<void> {
  const { isTTY, columns } = process.stderr;
  const said = errorLines(error);
  const lines = isTTY && columns ? fittedLines(said, columns) : said;
  if (stderrIsJournal()) {
    const { createLog } = await import('../shared/log.ts');
    createLog('error').error({ code: codeOf(error) }, lines.join('\n'));
  } else for (const line of lines) process.stderr.write(`${line}\n`);
}

/** `anpr reads | head` closes the pipe when it has enough: that is no error. */
function endQuietlyWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
}

if (import.meta.main) await main(process.argv);
