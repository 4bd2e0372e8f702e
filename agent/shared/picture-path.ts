// Where a picture of a read lies: the store writes it, the journal's retention removes it.

import { join } from 'node:path';
import { isoOf } from './time.ts';

/** The folder of a day, UTC. @param at UTC epoch milliseconds of the picture */
export function pictureFolder(directory: string, at: number): string {
  return join(directory, isoOf(at).slice(0, 10));
}

export function pictureFile(directory: string, readId: string, kind: string, at: number): string {
  return join(pictureFolder(directory, at), `${readId}-${kind}.jpg`);
}

/** The parts of a picture's file name; undefined for other files. */
export function pictureOf(name: string): { readId: string; kind: string } | undefined {
  const parts = /^([A-Za-z0-9_-]+)-(plate|overview)\.jpg$/.exec(name);
  return parts ? { readId: parts[1]!, kind: parts[2]! } : undefined;
}
