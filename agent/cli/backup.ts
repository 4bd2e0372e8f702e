// `anpr backup` and `anpr restore`: a box that died is replaced by another one with its configuration, its credentials and its
// lists. What leaves the box is locked; what comes in is taken whole or not at all.

import type { Command } from 'commander';
import type { Head, Recipient, Restored } from '../backup/index.ts';
import type { Config } from '../config/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { countText } from '../shared/quantities.ts';
import { isoOf } from '../shared/time.ts';
import { configOption, example } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { keysOrNew, ownKeys } from './own-keys.ts';
import { type PassphraseOptions, passphraseOf, passphraseOptions } from './passphrase.ts';
import { sizeText } from './times.ts';

interface BackupOptions extends PassphraseOptions {
  config?: string;
  for?: string;
}

export function registerBackup(program: Command): void {
  const command = program
    .command('backup')
    .description(
      'write configuration, credentials and watchlists into one locked file, for the box that takes over',
    )
    .argument('<file>', 'the file to write')
    .option('--for <key>', 'lock it for one box: its key is shown there by anpr restore --show-key');
  passphraseOptions(command).addOption(configOption()).action(backup);
  example(
    command,
    'sudo anpr backup /media/stick/north.anpr',
    'sudo anpr backup north.anpr --passphrase-file words',
  );
}

async function backup(file: string, options: BackupOptions): Promise<void> {
  const { contentOf, writeContainer } = await import('../backup/index.ts');
  const { configPath, loadConfig } = await import('../config/index.ts');
  const { openRing } = await import('../seal/index.ts');
  const { versions } = await import('../health/index.ts');
  const configFile = configPath(options.config);
  const config = loadConfig(configFile, { checkFiles: false });
  const ring = openRing(await keysOrNew(configFile, config));
  const { values, counted } = contentOf(configFile, ring);
  const about: Pick<Head, 'kind' | 'agent' | 'site' | 'box' | 'createdAt'> = {
    ...{ kind: 'backup', agent: versions().anpr, site: config.site, box: config.box, createdAt: Date.now() },
  };
  const sizeBytes = await writeContainer(file, about, await recipientOf(options), ring.current, values);
  const output = createOutput();
  output.line(
    `Wrote ${output.plain(file)}, ${sizeText(sizeBytes)}: the configuration of ${config.site}/${config.box},`,
  );
  const lists = counted.lists.map(({ list, entries }) => `${list} (${entries})`).join(', ');
  output.line(`${countText(counted.files, 'file')} with it${lists ? `, and the lists ${lists}` : ''}.`);
  for (const { name, why } of counted.left) output.field('  left out  ', `${name}: ${why}`, 'yellow');
}

async function recipientOf(options: BackupOptions): Promise<Recipient> {
  if (options.for !== undefined) return { publicKey: options.for };
  const passphrase = await passphraseOf(options, true);
  if (passphrase !== undefined) return { passphrase };
  throw new AnprError(
    'usage.missing',
    'wanted a passphrase or --for KEY to lock the file with, and there is nobody to ask',
    'See: anpr backup --help',
  );
}

interface RestoreOptions extends PassphraseOptions {
  config?: string;
  key?: string;
  signedBy?: string[];
  force?: true;
  keepJournal?: true;
  showKey?: true;
}

export function registerRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('take over a backup, or a bundle that was made for this box')
    .argument('[file]', 'written by anpr backup, or by scripts/fleet provision')
    .option(
      '--signed-by <key...>',
      'who may have signed it: a public key (Ed25519, base64) or a PEM file with one; also: fleet.pub beside the configuration',
    )
    .option('--key <file>', 'private key that it was locked for (X25519, PEM), where that is not this box')
    .option('--force', 'replace the configuration that is there; it is kept beside the new one')
    .option('--keep-journal', 'let a journal that is there go on, and announce no end of the other box’s')
    .option('--show-key', 'show the key to lock a backup for this box with, and do nothing else');
  passphraseOptions(command).addOption(configOption()).action(takeOver);
  example(
    command,
    'sudo anpr restore /media/stick/north.anpr',
    'sudo anpr restore north.anpr --signed-by fleet.pub --passphrase-file words',
  );
}

async function takeOver(file: string | undefined, options: RestoreOptions): Promise<void> {
  const { configPath, DEFAULT_CONFIG_PATH } = await import('../config/index.ts');
  const configFile = configPath(options.config);
  const output = createOutput();
  if (options.showKey) {
    const { restorePublicKeyOf } = await import('../backup/index.ts');
    const { openRing } = await import('../seal/index.ts');
    const ring = await keysOrNew(configFile, { journal: await journalOf(configFile) });
    output.line(restorePublicKeyOf(openRing(ring).current));
    return;
  }
  if (file === undefined)
    throw new AnprError(
      'usage.missing',
      'wanted the file to restore, found none',
      'See: anpr restore --help',
    );
  const { openContainer, restore } = await import('../backup/index.ts');
  const { head } = await openContainer(file);
  const passphrase = 'passphrase' in head.lock ? await passphraseOf(options) : undefined;
  const done = await restore({
    ...{ file, configFile, passphrase, agentRuns },
    trusted: await trustedKeys(options.signedBy ?? [], configFile),
    privateKeys: await keyIn(options.key),
    ringFor: (config) => keysOrNew(configFile, config),
    ownRing: await ringThere((await journalOf(configFile)).path),
    force: options.force === true,
    keepJournal: options.keepJournal === true,
  });
  tell(done, configFile, configFile === DEFAULT_CONFIG_PATH, output);
}

function tell(
  { head, signerId, files, lists, announced, before, config }: Restored,
  configFile: string,
  isUsual: boolean,
  output: Output,
): void {
  output.line(`This box is ${head.site}/${head.box} now.`);
  output.field(
    `  ${head.kind.padEnd(15)}`,
    `of ${isoOf(head.createdAt).slice(0, 16)}Z, signed by the key ${signerId}`,
  );
  output.field('  configuration  ', configFile + (before ? `; the one before: ${before}` : ''));
  if (files.length > 0) output.field('  files          ', files.join(', '));
  for (const { list, version, entries } of lists)
    output.field(
      '  watchlist      ',
      `${list}, version ${version}, ${countText(entries, 'entry', 'entries')}`,
    );
  if (announced)
    output.field(
      '  journal        ',
      `begins a new epoch, and tells the centre that ${announced} goes on no more`,
    );
  const certificate = config.uplink?.certFile ?? '';
  output.line('Next:');
  if (
    config.uplink?.url.startsWith('mqtts://') &&
    (certificate === '' || certificate.endsWith('tls/identity.pem'))
  )
    output.line('  anpr enrol request --out FILE      a certificate for this box');
  output.line('  anpr doctor');
  output.line(isUsual ? '  systemctl start anpr' : `  anpr run --config ${output.plain(configFile)}`);
}

async function agentRuns(config: Config): Promise<boolean> {
  const { connectApi } = await import('../api/index.ts');
  try {
    await (await connectApi(config.api.socket)).status();
    return true;
  } catch (error) {
    return codeOf(error) !== 'api.not-running';
  }
}

/** Where the journal is, or will be. */
async function journalOf(configFile: string): Promise<Config['journal']> {
  const { loadConfig, schema } = await import('../config/index.ts');
  try {
    return loadConfig(configFile, { checkFiles: false }).journal;
  } catch {
    return schema.parse({ version: 1, site: 's', box: 'b' }).journal;
  }
}

async function ringThere(journalPath: string): Promise<KeyRing | undefined> {
  try {
    return (await ownKeys(journalPath)).ring;
  } catch (error) {
    if (codeOf(error) === 'seal.no-keys') return undefined;
    throw error;
  }
}

async function keyIn(file: string | undefined) {
  if (file === undefined) return [];
  const { createPrivateKey } = await import('node:crypto');
  const { readSecret } = await import('../shared/secret-file.ts');
  const pem = readSecret(file);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'x25519') return [key];
  } catch {
    // said below
  }
  throw new AnprError(
    'usage.key',
    `wanted a private key X25519 (PEM) in ${file}, found something else`,
    'openssl genpkey -algorithm X25519 makes one.',
  );
}

async function trustedKeys(given: readonly string[], configFile: string): Promise<string[]> {
  const { existsSync } = await import('node:fs');
  const { dirname, join } = await import('node:path');
  const { signerKeyOf } = await import('../backup/index.ts');
  const usual = join(dirname(configFile), 'fleet.pub');
  return [...given, ...(existsSync(usual) ? [usual] : [])].map(signerKeyOf);
}
