// One version of one list in one SQLite file. What lies in it tells nobody a plate: entries are found by a keyed hash of
// the plate and are AES-GCM pieces, patterns are pieces alone. A version is written once and never changed.
//
//     entry(line, hash, sealed)    line: the row of the source's file; hash: 48 bits of HMAC-SHA-256 of the plate
//     pattern(line, sealed)        entries with ? or *, all tried on each read
//     shared(id, sealed)           what many entries say alike: reason, instruction, source, priority, validity
//     filter(bits)                 which hashes there are, for the memory of whoever looks up; lists of before have none
//     meta(name, value)            list, version, counts, times, key id: nothing of any entry

import { close, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { OpenRing } from '../seal/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { type HashFilter, mayHold } from './filter.ts';
import { readFilter } from './filter-file.ts';
import { openerOf, type SealedRow } from './sealed.ts';
import type { Entry } from './types.ts';

export interface ListMeta {
  list: string;
  version: number;
  /** entries that name one plate */
  entries: number;
  /** entries with ? or * */
  patterns: number;
  /** UTC epoch milliseconds */
  importedAt: number;
  /** key that sealed it */
  keyId: string;
  /** what its publisher said of it; without it the version came from a file */
  published?: Published | undefined;
  /** the version whose rows were sealed first: deltas add to them; default: `version` */
  sealedAs?: number | undefined;
  /** the last line given to a row; default: not known */
  lastLine?: number | undefined;
  /** rows of the source that could not be taken */
  badRows?: number | undefined;
}

export interface Published {
  /** key of the publisher */
  keyId: string;
  /** of the whole list at this version: what a delta names as its base */
  listSha256: string;
  /** UTC epoch milliseconds */
  publishedAt: number;
  /** from then on it is overdue; null: as the configuration says */
  bestBefore: number | null;
  /** from then on it counts no more; null: as the configuration says */
  expiresAt: number | null;
}

export interface StoredEntry extends Entry {
  /** row of the source's file: names the entry without naming the plate */
  line: number;
}

export interface Store {
  readonly meta: ListMeta;
  /** every entry of one of these plates */
  lookUp(hashes: readonly number[]): StoredEntry[];
  /** entries with ? or * */
  patterns(): readonly StoredEntry[];
  /** all, in the order of the source's file */
  all(): IterableIterator<StoredEntry>;
  close(): void;
}

/**
 * @param ring the keys of the box
 * @param ahead its filter, when that was read before; default: it is read now
 * @throws {AnprError} `watchlist.none`, `watchlist.damaged`, `seal.key-lost`
 */
export function openStore(path: string, ring: OpenRing, ahead?: HashFilter): Store {
  const { database, meta } = openedFile(path);
  const { list, version, keyId } = meta;
  if (!ring.get(keyId)) {
    database.close();
    throw new AnprError(
      'seal.key-lost',
      `the watchlist ${list} was sealed with the key ${keyId}, which this box no longer has`,
      'Import the list again.',
    );
  }
  const open = openerOf(database, ring, { list, version: meta.sealedAs ?? version });
  const byHash = database.prepare('SELECT line, sealed FROM entry WHERE hash = ?');
  const filter = ahead ?? readFilter(database);
  const everything = database.prepare(
    'SELECT line, sealed, 0 AS pattern FROM entry UNION ALL SELECT line, sealed, 1 FROM pattern ORDER BY line',
  );
  let patterns: StoredEntry[] | undefined;
  // Whoever closes a replaced file last gives its pages back, half a gigabyte in up to 0.3 s: a thread of Node's own does that.
  // (SQLite's locks go with it, and nobody needs them: a version is never written to again.)
  const held = openSync(path, 'r');
  return {
    meta,
    lookUp: (hashes) =>
      (filter ? hashes.filter((hash) => mayHold(filter, hash)) : hashes).flatMap((hash) =>
        (byHash.all(hash) as SealedRow[]).map((row) => open('entry', row)),
      ),
    patterns() {
      patterns ??= (database.prepare('SELECT line, sealed FROM pattern').all() as SealedRow[]).map((row) =>
        open('pattern', row),
      );
      return patterns;
    },
    *all() {
      for (const row of everything.iterate() as IterableIterator<SealedRow & { pattern: number }>)
        yield open(row.pattern ? 'pattern' : 'entry', row);
    },
    close() {
      database.close();
      close(held, () => {});
    },
  };
}

/** What a file says of itself, without the keys; undefined when there is none. @throws {AnprError} `watchlist.damaged` */
export function readMeta(path: string): ListMeta | undefined {
  try {
    const { database, meta } = openedFile(path);
    database.close();
    return meta;
  } catch (error) {
    if (codeOf(error) === 'watchlist.none') return undefined;
    throw error;
  }
}

function openedFile(path: string): { database: Database.Database; meta: ListMeta } {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true });
    const rows = database.prepare('SELECT name, value FROM meta').all() as { name: string; value: string }[];
    const meta = Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value)])) as ListMeta;
    return { database, meta };
  } catch (error) {
    database?.close();
    if (!existsSync(path))
      throw new AnprError('watchlist.none', `there is no watchlist ${path}: none was imported`);
    throw new AnprError(
      'watchlist.damaged',
      `the watchlist ${path} is damaged (${codeOf(error)})`,
      'Import the list again.',
      { cause: error },
    );
  }
}
