// A roll-out of many boxes, in the office: bundles for a stick out of a table, and certificates for the requests that come
// back. Runs beside the checkout, never on a box.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { errorLines } from '../agent/cli/errors.ts';
import { exitCodeOf } from '../agent/cli/exit-codes.ts';
import { count } from '../agent/cli/options.ts';
import { type PassphraseOptions, passphraseOf, passphraseOptions } from '../agent/cli/passphrase.ts';
import { versions } from '../agent/health/index.ts';
import { AnprError } from '../agent/shared/errors.ts';
import { foundInstead } from '../agent/shared/file-fault.ts';
import { certify } from './fleet-tools/certify.ts';
import { provision, signerFrom } from './fleet-tools/provision.ts';
import { COLUMNS, type PlannedBox, type Problem, plannedBoxes } from './fleet-tools/sites.ts';

const program = new Command('scripts/fleet').description('bundles and certificates for many boxes');

const provisioning = program
  .command('provision')
  .description('write a signed bundle for each box of a table')
  .argument('<sites.csv>', `columns: ${COLUMNS.join(', ')}; a row for each camera`)
  .requiredOption('--template <folder>', 'agent.yaml for all, and the files beside it that every box gets')
  .requiredOption('--key <file>', 'private key that signs the bundles (Ed25519, PEM)')
  .requiredOption('--out <folder>', 'where the bundles go');
passphraseOptions(provisioning).action(async (table: string, options: ProvisionCommand) => {
  const boxes = boxesIn(table);
  const passphrase = boxes.some(({ key }) => key === undefined)
    ? await passphraseOf(options, true)
    : undefined;
  const index: string[] = ['bundle,site,box,bytes'];
  const { template, out, key } = options;
  if (!existsSync(join(template, 'agent.yaml')))
    throw new AnprError(
      'fleet.template',
      `wanted agent.yaml in ${template}, found none`,
      'Put one there: anpr config init.',
    );
  const problems = await provision({
    ...{ boxes, template, out, passphrase, signer: signerFrom(key), agent: versions().anpr, now: Date.now() },
    onBundle: (path, { site, box }, sizeBytes) => index.push([path, site, box, sizeBytes].join(',')),
  });
  refuse(table, problems);
  writeFileSync(join(out, 'index.csv'), `${index.join('\n')}\n`);
  console.log(`${boxes.length} bundles in ${out}, listed in index.csv. On each box:`);
  console.log('  anpr restore SITE-BOX.anpr --signed-by fleet.pub');
});

program
  .command('certify')
  .description('sign the requests of boxes that stand in the table (with openssl)')
  .argument('<request...>', 'what anpr enrol request wrote')
  .requiredOption('--sites <sites.csv>', 'the table')
  .requiredOption('--ca <file>', "the authority's certificate (PEM)")
  .requiredOption('--ca-key <file>', 'its private key')
  .requiredOption('--out <folder>', 'where the certificates go')
  .option('--days <number>', 'how long they last', count(1, 3650), 365)
  .action((requests: string[], options: CertifyCommand) => {
    const names = new Set(boxesIn(options.sites).map(({ site, box }) => `${site}/${box}`));
    const done = certify({ ...options, requests, names });
    for (const { request, certificate, name, problem } of done)
      console.log(problem === undefined ? `${name}: ${certificate}` : `${request}: refused: ${problem}`);
    if (done.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
  });

interface ProvisionCommand extends PassphraseOptions {
  template: string;
  key: string;
  out: string;
}

interface CertifyCommand {
  sites: string;
  ca: string;
  caKey: string;
  out: string;
  days: number;
}

function boxesIn(table: string): PlannedBox[] {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
    if (statSync(table).mode & 0o004 && /(^|[,;])password([,;]|$)/m.test(text.split('\n')[0] ?? ''))
      console.error(`Everybody on this machine may read the passwords in ${table}: chmod 600 ${table}`);
  } catch (error) {
    throw new AnprError('fleet.table', `wanted a table of boxes in ${table}, found ${foundInstead(error)}`);
  }
  const { boxes, problems } = plannedBoxes(text);
  refuse(table, problems);
  return boxes;
}

function refuse(table: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ line, message }) => `${table}:${line}: ${message}`);
  throw new AnprError(
    'fleet.table',
    `${lines.join('\n')}\nNothing was written.`,
    'Correct the table or the template, then run it again.',
  );
}

program.showHelpAfterError();
try {
  await program.parseAsync();
} catch (error) {
  for (const line of errorLines(error)) console.error(line.replace(/^anpr:/, 'fleet:'));
  process.exitCode = exitCodeOf(error);
}
