// What a box remembers of a list beside its file: the highest version that a publisher gave it, so that an old one does not
// come back when the file is gone (expired, damaged). Nothing of any entry.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../shared/replace-file.ts';

const remembered = z.object({
  version: z.int().positive(),
  listSha256: z.string(),
  /** UTC epoch milliseconds of when it expired; null: it has not */
  endedAt: z.number().nullable(),
});

export type Remembered = z.infer<typeof remembered>;

const fileOf = (directory: string, list: string) => join(directory, `${list}.version`);

export function recall(directory: string, list: string): Remembered | undefined {
  try {
    const result = remembered.safeParse(JSON.parse(readFileSync(fileOf(directory, list), 'utf8')));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

export function remember(directory: string, list: string, what: Remembered): void {
  replaceFile(fileOf(directory, list), `${JSON.stringify(what)}\n`, { mode: 0o600 });
}
