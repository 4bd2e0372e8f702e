// What the kernel and the distribution tell in small files. Below a root of its own, so that a test can bring files
// captured on other machines: a Raspberry Pi that throttles, a card that is worn.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HostFiles {
  /** The file's text without the newline at its end; undefined when it is not there or not readable. */
  text(path: string): string | undefined;
  /** Names in a folder, sorted; none when it is not there. */
  names(path: string): string[];
  /** The number that is all of the file; undefined when there is none. */
  number(path: string): number | undefined;
}

export function hostFiles(root = '/'): HostFiles {
  const text = (path: string) => {
    try {
      return readFileSync(join(root, path), 'utf8').replace(/\n$/, '');
    } catch {
      return undefined;
    }
  };
  return {
    text,
    names(path) {
      try {
        return readdirSync(join(root, path)).sort();
      } catch {
        return [];
      }
    },
    number(path) {
      const found = text(path);
      const value = Number(found);
      return found === undefined || found.trim() === '' || !Number.isFinite(value) ? undefined : value;
    },
  };
}
