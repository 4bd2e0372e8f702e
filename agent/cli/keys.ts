// `anpr keys`: the keys that seal and sign this box's records. What is shown is public; the secrets never leave their
// place.

import type { Command } from 'commander';
import type { KeyPlace } from '../seal/index.ts';
import { isoOf } from '../shared/time.ts';
import { configOption, example, jsonOption } from './options.ts';
import { createOutput } from './output.ts';
import { ownKeys } from './own-keys.ts';
import type { Cell } from './table.ts';

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('show, seal and change the keys that sign the records');
  registerShow(keys);
  registerSeal(keys);
  registerRotate(keys);
  example(keys, 'anpr keys show', 'anpr keys rotate');
}

interface ShownKeys {
  place: KeyPlace;
  path: string;
  keys: { id: string; publicKey: string; since: string; seals: boolean }[];
}

function registerShow(keys: Command): void {
  const command = keys
    .command('show')
    .description('show the public keys of this box, for whoever checks its records')
    .addOption(configOption())
    .addOption(jsonOption('print one JSON document: {place, path, keys: [{id, publicKey, since, seals}]}'))
    .action(async (options: { config?: string; json?: true }) => {
      const shown = await shownKeys(await journalPathOf(options.config));
      const output = createOutput();
      if (options.json) {
        output.json(shown);
        return;
      }
      output.table(
        ['KEY', 'SINCE', 'PUBLIC KEY (Ed25519, base64)'],
        shown.keys.map(({ id, publicKey, since, seals }): Cell[] => [
          seals ? { text: id, style: 'bold' } : id,
          since.slice(0, 10),
          publicKey,
        ]),
      );
      output.line();
      output.field('Kept in  ', placeText(shown));
    });
  example(command, 'anpr keys show', "anpr keys show --json | jq -r '.keys[].publicKey'");
}

function placeText({ place, path }: ShownKeys): string {
  return place === 'credential'
    ? `${path}, sealed to this machine`
    : `${path}, which opens for anybody who has the disk; on a box with systemd: sudo anpr keys seal`;
}

function registerSeal(keys: Command): void {
  const command = keys
    .command('seal')
    .description('seal the keys to this machine (systemd credential, with its TPM where there is one)')
    .option(
      '--pcrs <list>',
      "measurements of the boot that must be the same to open them, like 7+4; '' for none",
      '7',
    )
    .addOption(configOption())
    .action(async (options: { config?: string; pcrs: string }) => {
      const { sealKeys } = await import('../seal/index.ts');
      const { origin, path, problem } = sealKeys(await journalPathOf(options.config), options.pcrs);
      const output = createOutput();
      if (problem)
        output.line(
          `The keys that were there do not open here, and new ones were made: ${output.plain(problem)}`,
        );
      const text = {
        there: `The keys in ${path} open on this machine.`,
        made: `Made new keys, sealed in ${path}.`,
        file: `Moved the keys from the file beside the journal into ${path}. Restart the agent.`,
      };
      output.line(text[origin]);
    });
  example(command, 'anpr keys seal');
}

function registerRotate(keys: Command): void {
  const command = keys
    .command('rotate')
    .description(
      'make a new key; the old one vouches for it at the next start, and still opens what it sealed',
    )
    .addOption(configOption())
    .action(async (options: { config?: string }) => {
      const { openRing, rotatedRing, writeCredential, writeKeys } = await import('../seal/index.ts');
      const { ring, place, path } = await ownKeys(await journalPathOf(options.config));
      const next = rotatedRing(ring);
      if (place === 'credential') writeCredential(path, next);
      else writeKeys(path, next);
      const output = createOutput();
      output.line(`New key: ${openRing(next).current.id}. The agent takes it at its next start:`);
      output.line('  systemctl restart anpr');
    });
  example(command, 'anpr keys rotate');
}

async function journalPathOf(configOption: string | undefined): Promise<string> {
  const { configPath, loadConfig } = await import('../config/index.ts');
  return loadConfig(configPath(configOption), { checkFiles: false }).journal.path;
}

async function shownKeys(journalPath: string): Promise<ShownKeys> {
  const { openRing } = await import('../seal/index.ts');
  const { ring, place, path } = await ownKeys(journalPath);
  const open = openRing(ring);
  const keys = open.ids.map((id, index) => ({
    id,
    publicKey: open.get(id)!.publicKey,
    since: isoOf(ring.keys[index]!.createdAt),
    seals: id === open.current.id,
  }));
  return { place, path, keys };
}
