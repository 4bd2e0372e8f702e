// The agent's TypeScript as JavaScript. Node strips types itself and keeps its parser for that, some 30 MiB in each process and
// more in each of its threads; a box is spared both. Types become spaces: lines and columns in a stack trace stay true.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { AnprError } from '../../agent/shared/errors.ts';
import { filesBelow } from './files.ts';

/** A module of this project that is named in quotes: `'./child.ts'`, `'query-thread.ts'`. */
const NAMED = /(['"])([\w./-]+)\.ts\1/g;

/** @throws what Node says of a text that is no TypeScript, or has more of it than types */
export function withoutTypes(source: string): string {
  const before = source.split('\n');
  const after = stripTypeScriptTypes(source).replaceAll(NAMED, '$1$2.js$1').split('\n');
  // spaces at the end of a line were types; those that the source had there stand in a text
  return after.map((line, at) => (/\s$/.test(before[at] ?? '') ? line : line.trimEnd())).join('\n');
}

/**
 * Turns all TypeScript below a folder into JavaScript beside which nothing of it is left.
 * @throws AnprError package.two-modules when a module of that name is there already
 */
export function makePlain(folder: string): void {
  const paths = filesBelow(folder);
  const present = new Set(paths);
  for (const path of paths) {
    const plain = path.replace(/\.ts$/, '.js');
    if (path !== plain && present.has(plain))
      throw new AnprError(
        'package.two-modules',
        `wanted ${path} as ${plain}, found that there already`,
        'Rename one of them.',
      );
    if (!/\.(ts|mjs)$/.test(path)) continue;
    const source = readFileSync(join(folder, path), 'utf8');
    rmSync(join(folder, path));
    writeFileSync(
      join(folder, plain),
      path === plain ? source.replaceAll(NAMED, '$1$2.js$1') : withoutTypes(source),
    );
  }
}
