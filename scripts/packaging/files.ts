// Folders as lists of files, and one time stamp for all of them.

import { closeSync, lstatSync, lutimesSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';

/** All files and links below a folder, paths relative to it, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** What files and folders take on a disk with blocks of `block` bytes (as du(1) counts it with 4096); 1: their content. */
export function sizeBytes(folder: string, block: number): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.reduce((sum, entry) => {
    const size = entry.isSymbolicLink() ? 0 : lstatSync(join(entry.parentPath, entry.name)).size;
    return sum + Math.ceil(size / block) * block;
  }, 0);
}

/** Sets the time of everything below a folder: an archive of it is the same whenever it is made. */
export function setTimes(folder: string, epochSeconds: number): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lutimesSync(join(folder, name), epochSeconds, epochSeconds);
  }
  lutimesSync(folder, epochSeconds, epochSeconds);
}

/** `e_machine` of an ELF file, undefined for other files. */
export function elfMachine(path: string): number | undefined {
  const head = Buffer.alloc(20);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, head, 0, head.length, 0);
    return length === head.length && head.toString('latin1', 0, 4) === '\x7fELF'
      ? head.readUInt16LE(18)
      : undefined;
  } finally {
    closeSync(file);
  }
}
