// A list as it goes from one box to the box that takes its place: its rows in the clear inside a locked backup, sealed
// again there with the new box's keys. Version and dates stay those of the source.

import { closeSync, fsyncSync, openSync } from 'node:fs';
import { z } from 'zod';
import type { OpenRing } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { listPath } from './import.ts';
import { type ListMeta, openStore, type StoredEntry } from './store.ts';
import { createStore } from './writer.ts';

export interface ListContents {
  meta: ListMeta;
  entries(): Iterable<StoredEntry>;
  close(): void;
}

/** Undefined when the list was never imported. @throws {AnprError} `watchlist.damaged`, `seal.key-lost` */
export function listContents(directory: string, id: string, ring: OpenRing): ListContents | undefined {
  try {
    const store = openStore(listPath(directory, id), ring);
    return { meta: store.meta, entries: () => store.all(), close: () => store.close() };
  } catch (error) {
    if (codeOf(error) === 'watchlist.none') return undefined;
    throw error;
  }
}

const metaSchema = z.looseObject({ list: z.string().regex(/^[A-Za-z0-9_-]+$/), version: z.int() });
const entrySchema = z.looseObject({ line: z.int(), plate: z.string() });

export interface Rebuilt {
  readonly list: string;
  readonly version: number;
  add(entry: unknown): void;
  /** The file is whole, and on the disk. @returns how many entries it has */
  finish(): number;
  /** for one that is not to be finished */
  close(): void;
}

/** Writes the list into a file of its own. @param meta as it came out of `listContents`. @throws ZodError for another */
export function rebuildList(pathOf: (list: string) => string, meta: unknown, ring: OpenRing): Rebuilt {
  // The rows are sealed anew, as rows of this version.
  const { sealedAs: _, ...known } = metaSchema.parse(meta);
  const path = pathOf(known.list);
  const store = createStore(path, known.list, known.version, ring.current);
  let entries = 0;
  return {
    list: known.list,
    version: known.version,
    add(value) {
      const entry = entrySchema.parse(value) as unknown as StoredEntry;
      store.add(entry.line, entry, /[?*]/.test(entry.plate));
      entries += 1;
    },
    finish() {
      store.removeDuplicates(ring, Number.MAX_SAFE_INTEGER);
      store.finish({ ...(known as unknown as ListMeta), keyId: ring.current.id });
      const descriptor = openSync(path, 'r');
      fsyncSync(descriptor);
      closeSync(descriptor);
      return entries;
    },
    close: () => store.close(),
  };
}
