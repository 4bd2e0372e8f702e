// A first configuration for a box: the example that explains each key, with site and box filled in.

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { AnprError, codeOf } from '../shared/errors.ts';
import { whyNotWritten } from '../shared/file-fault.ts';
import { configRights, replaceFile } from '../shared/replace-file.ts';
import { parseConfig } from './load.ts';

const EXAMPLE = new URL('../../config/agent.example.yaml', import.meta.url);
export interface InitOptions {
  site: string;
  /** default: this machine's name */
  box?: string | undefined;
  /** overwrite a file that is there */
  force?: boolean | undefined;
}

/** Writes it. Throws `config.exists`, `config.unwritable`, or `config.invalid` for names that cannot be. */
export function initConfig(file: string, { site, box = boxName(hostname()), force }: InitOptions) {
  const text = exampleFor(site, box);
  parseConfig(text, file, { checkFiles: false });
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new AnprError(
      'config.unwritable',
      `wanted a file to write, found the folder ${file}`,
      `Name a file in it: anpr config init ${join(file, 'agent.yaml')}`,
    );
  if (existsSync(file) && !force)
    throw new AnprError(
      'config.exists',
      `${file} is there already`,
      'Overwrite it with --force, or name another file.',
    );
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, text, configRights(file));
  } catch (error) {
    throw new AnprError(
      'config.unwritable',
      `cannot write ${file}: ${whyNotWritten(error)}`,
      codeOf(error) === 'EACCES' ? 'Run this with sudo, or name another file.' : 'Name another file.',
    );
  }
  return { site, box };
}

/** The example's text with other names. */
export function exampleFor(site: string, box: string): string {
  return readFileSync(EXAMPLE, 'utf8')
    .replace(/^site: .*$/m, () => `site: ${JSON.stringify(site)}`)
    .replace(/^box: .*$/m, () => `box: ${JSON.stringify(box)}`);
}

function boxName(host: string): string {
  return (
    host
      .split('.')[0]!
      .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
      .slice(0, 64) || 'box'
  );
}
