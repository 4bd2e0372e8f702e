// A passphrase for a file: from a file, through a pipe, or typed unseen; never from the command line.

import { type Command, Option } from 'commander';
import { AnprError } from '../shared/errors.ts';
import { askSecret, canAsk, secretFromPipe } from './ask.ts';

export interface PassphraseOptions {
  passphraseFile?: string;
  passphraseStdin?: true;
}

export function passphraseOptions(command: Command): Command {
  return command
    .addOption(new Option('--passphrase-file <file>', 'read the passphrase from a file'))
    .addOption(
      new Option('--passphrase-stdin', 'read the passphrase from standard input').conflicts('passphraseFile'),
    );
}

/**
 * Undefined when there is none and nobody to ask.
 * @param twice ask for it again, to find a slip of the finger
 */
export async function passphraseOf(options: PassphraseOptions, twice = false): Promise<string | undefined> {
  if (options.passphraseStdin) return secretFromPipe();
  if (options.passphraseFile !== undefined) {
    const { readSecret } = await import('../shared/secret-file.ts');
    return readSecret(options.passphraseFile);
  }
  if (!canAsk()) return undefined;
  const passphrase = await askSecret('Passphrase');
  if (twice && (await askSecret('Once more')) !== passphrase)
    throw new AnprError('usage.ended', 'the two passphrases differ', 'Run it again.');
  return passphrase;
}
