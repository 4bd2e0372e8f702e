// What comes from the npm registry: the packages of the lock file for a target, and its Node. npm checks the former
// against the lock file's hashes; the latter's hash stands in node-integrity.json.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AnprError } from '../../agent/shared/errors.ts';
import { command } from './command.ts';
import type { Target } from './target.ts';

const INTEGRITY = new URL('./node-integrity.json', import.meta.url);

/** A package as the lock file (version 3) has it. */
export interface LockedPackage {
  version: string;
  resolved?: string;
  /** `sha512-BASE64` */
  integrity?: string;
  license?: string;
  dev?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** Path in the tree (`node_modules/zod`) → package; '' is the project itself. */
export type Lock = Record<string, LockedPackage>;

export function readLock(root: string): Lock {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
}

/** Installs what runs on the target, without developers' packages, into `into`/node_modules; runs no scripts. */
export function installPackages(root: string, into: string, { cpu }: Target): void {
  mkdirSync(into, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(root, file), join(into, file));
  command(
    'npm',
    [
      ...['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-bin-links'],
      ...['--loglevel=error', '--os=linux', `--cpu=${cpu}`, '--libc=glibc'],
    ],
    { cwd: into },
  );
}

/**
 * Unpacks the target's Node and gives its folder (`bin/node`, `LICENSE`).
 * @throws AnprError package.node-unknown, package.node-changed
 */
export function fetchNode(
  version: string,
  { cpu }: Target,
  scratch: string,
): { folder: string; integrity: string } {
  const name = `node-linux-${cpu}@${version}`;
  const known: Record<string, string> = JSON.parse(readFileSync(INTEGRITY, 'utf8'));
  const integrity = known[name];
  if (!integrity) {
    throw new AnprError(
      'package.node-unknown',
      `no hash of ${name} in scripts/packaging/node-integrity.json`,
      `Put it there: npm view ${name} dist.integrity`,
    );
  }
  const folder = mkdtempSync(join(scratch, 'node-'));
  const [packed] = JSON.parse(
    command('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder, name], {
      cwd: folder,
    }),
  );
  const archive = join(folder, packed.filename);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) {
    throw new AnprError(
      'package.node-changed',
      `${name}: wanted ${integrity}, the registry gave ${found}`,
      'Build from a registry that you trust.',
    );
  }
  command('tar', ['-xzf', archive, '-C', folder]);
  rmSync(archive);
  return { folder: join(folder, 'package'), integrity };
}
