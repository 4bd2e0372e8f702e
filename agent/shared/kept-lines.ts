// Lines that are put aside in a file until somebody takes them over: each is on the disk, whole, before it counts.

import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { codeOf } from './errors.ts';

/**
 * Whole, or not at all: on a full disk the first half of a line may find room.
 * @param mode of a file that is yet to be made
 * @throws the system's error; the file is as it was
 */
export function addLine(file: string, line: string, mode: number): void {
  const fd = openSync(file, 'a', mode);
  try {
    const { size } = fstatSync(fd);
    try {
      // A line break first: a line that a power cut has cut spoils itself and not the next.
      const bytes = Buffer.from(`\n${line}\n`);
      if (writeSync(fd, bytes) < bytes.length)
        throw Object.assign(new Error('no room for a whole line'), { code: 'ENOSPC' });
      fsyncSync(fd);
    } catch (error) {
      ftruncateSync(fd, size);
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}

/** In their order; none of a file that is not there. */
export function linesIn(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
