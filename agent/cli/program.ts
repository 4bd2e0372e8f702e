// The command `anpr`: which subcommands there are and how they meet a person's mistakes. Each subcommand is one file,
// and what it needs is loaded when it runs: `anpr --help` loads none of it.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerAim } from './aim.ts';
import { registerAudit } from './audit.ts';
import { registerBackup, registerRestore } from './backup.ts';
import { registerCamera } from './camera.ts';
import { registerCommission } from './commission.ts';
import { registerConfig } from './config.ts';
import { registerDoctor } from './doctor.ts';
import { registerEnrol } from './enrol.ts';
import { registerEvaluate } from './evaluate.ts';
import { exitCodeMeanings, exitCodes } from './exit-codes.ts';
import { registerHits } from './hits.ts';
import { registerJournal } from './journal.ts';
import { registerKeys } from './keys.ts';
import { registerModels } from './models.ts';
import { example } from './options.ts';
import { registerPreview } from './preview.ts';
import { registerQueue } from './queue.ts';
import { registerReads } from './reads.ts';
import { registerRecognise } from './recognise.ts';
import { registerReplay } from './replay.ts';
import { registerRun } from './run.ts';
import { registerSnapshot } from './snapshot.ts';
import { registerStatus } from './status.ts';
import { registerSupportBundle } from './support-bundle.ts';
import { registerWatch } from './watch.ts';
import { registerWatchlist } from './watchlist.ts';

const registrations = [
  registerRun,
  registerStatus,
  registerWatch,
  registerAim,
  registerPreview,
  registerCommission,
  registerReads,
  registerHits,
  registerQueue,
  registerWatchlist,
  registerAudit,
  registerSnapshot,
  registerDoctor,
  registerSupportBundle,
  registerCamera,
  registerConfig,
  registerJournal,
  registerKeys,
  registerEnrol,
  registerBackup,
  registerRestore,
  registerModels,
  registerRecognise,
  registerEvaluate,
  registerReplay,
];

/** The whole command line. It throws CommanderError instead of ending the process. */
export function buildProgram(): Command {
  const program = new Command('anpr');
  program
    .description('Number plates from roadside cameras, kept until the centre has them.')
    .version(versionText(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ subcommandTerm: (command) => command.name(), minWidthToWrap: 20 })
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'anpr: ')) })
    .showSuggestionAfterError()
    .showHelpAfterError('(anpr --help shows what there is)');
  for (const register of registrations) register(program);
  for (const command of program.commands) hintAtHelp(command, 'anpr');
  example(program, 'anpr doctor', 'anpr reads --follow', 'anpr config check --config ./agent.yaml');
  program.addHelpText('after', `\n${exitCodeText()}`);
  return program;
}

/** Whoever mistypes an argument is sent to the help of that command. */
function hintAtHelp(command: Command, parents: string): void {
  const path = `${parents} ${command.name()}`;
  command.showHelpAfterError(`(${path} --help shows what it takes)`);
  for (const each of command.commands) hintAtHelp(each, path);
}

function exitCodeText(): string {
  const lines = Object.entries(exitCodeMeanings).map(
    ([name, meaning]) => `  ${exitCodes[name as keyof typeof exitCodes]}  ${meaning}`,
  );
  return ['Exit status:', ...lines].join('\n');
}

function versionText(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
