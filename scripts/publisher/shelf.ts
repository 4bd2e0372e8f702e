// What was published, on the publisher's disk: to work out changes from, and to send parts again. It holds the lists in the clear:
// a folder for the publisher alone.
//
//     {state}/{list}/{version}/manifest.json    as it was published
//     {state}/{list}/{version}/whole.json       the same with the whole list offered, where the other one doesn't
//     {state}/{list}/{version}/{part}           1, 2 … of the whole list, 11-1, 11-2 … of the changes since 11

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type WatchlistContent,
  type WatchlistManifest,
  watchlistManifest,
} from '../../agent/contract/index.ts';
import { parsedJson } from '../../agent/shared/json.ts';

export const partName = (base: WatchlistContent['base'], part: number): string =>
  base === null ? String(part) : `${base.version}-${part}`;

export function openShelf(directory: string, list: string) {
  const folder = join(directory, list);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (version: number, name: string) => join(folder, String(version), name);
  function manifest(version: number, name = 'manifest.json'): WatchlistManifest {
    const file = path(version, name);
    const found = watchlistManifest.safeParse(parsedJson(readFileSync(file, 'utf8')));
    if (found.success) return found.data;
    throw new Error(
      `${file} is damaged: wanted a manifest. Remove the folder of version ${version}, and publish the list as a later version`,
    );
  }
  return {
    /** Oldest first. One without a manifest was cut while it was made, and never published. */
    versions: (): number[] =>
      readdirSync(folder)
        .map(Number)
        .filter((version) => version > 0 && existsSync(path(version, 'manifest.json')))
        .sort((a, b) => a - b),
    manifest,
    manifestText: (version: number, name = 'manifest.json') => readFileSync(path(version, name)),
    part: (version: number, base: WatchlistContent['base'], part: number) =>
      readFileSync(path(version, partName(base, part))),
    parts(version: number): Buffer[] {
      const whole = manifest(version, 'whole.json').contents.find(({ base }) => base === null);
      return (whole?.parts ?? []).map((_, index) => readFileSync(path(version, String(index + 1))));
    },
    put(version: number, name: string, bytes: Uint8Array | string): void {
      mkdirSync(join(folder, String(version)), { recursive: true, mode: 0o700 });
      writeFileSync(path(version, name), bytes, { mode: 0o600 });
    },
    remove: (version: number) => rmSync(join(folder, String(version)), { recursive: true, force: true }),
  };
}

export type Shelf = ReturnType<typeof openShelf>;
