// What a box remembers of a list beside its file: the highest version that a publisher gave it, so that an old one does not
// come back when the file is gone (expired, damaged), and the manifest that is being worked on, so that a restart goes on without
// the broker where all parts are here, and tells of them where not. Nothing of any entry.

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

const manifestOf = (directory: string, list: string) => join(directory, `${list}.manifest`);

/** As it came; undefined: there is none that can be read, and the broker has it. */
export function recallManifest(directory: string, list: string): Buffer | undefined {
  try {
    return readFileSync(manifestOf(directory, list));
  } catch {
    return undefined;
  }
}

export function rememberManifest(directory: string, list: string, payload: Uint8Array): void {
  replaceFile(manifestOf(directory, list), payload, { mode: 0o600 });
}
