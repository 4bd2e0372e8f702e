// One version of one list in one SQLite file. What lies in it tells nobody a plate: entries are found by a keyed hash of
// the plate and are AES-GCM pieces, patterns are pieces alone. A version is written once and never changed.
//
//     entry(line, hash, sealed)    line: the row of the source's file; hash: 48 bits of HMAC-SHA-256 of the plate
//     pattern(line, sealed)        entries with ? or *, all tried on each read
//     shared(id, sealed)           what many entries say alike: reason, instruction, source, priority, validity
//     filter(bits)                 which hashes there are, for the memory of whoever looks up; lists of before have none
//     meta(name, value)            list, version, counts, times, key id: nothing of any entry

import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { type BoxKey, lock, type OpenRing, unlock } from '../seal/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { buildFilter, mayHold } from './filter.ts';
import type { Entry, Validity } from './types.ts';

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

const SCHEMA = `
  CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE shared(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
  CREATE TABLE entry(line INTEGER PRIMARY KEY, hash INTEGER NOT NULL, sealed BLOB NOT NULL);
  CREATE TABLE pattern(line INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
`;
const HASH_BYTES = 6;
/** kinds of `shared` remembered while writing; a list in which each entry says something else gains nothing by more */
const MOST_SHARED = 10_000;
const BATCH = 20_000;

/** 48 bits of the keyed hash; a chance meeting of two plates shows when the entry is opened. */
export function plateHash(key: BoxKey, plate: string): number {
  return createHmac('sha256', key.secretFor('list-index')).update(plate).digest().readUIntBE(0, HASH_BYTES);
}

export type Table = 'entry' | 'pattern' | 'shared';
type Shared = [Entry['reason'], Entry['instruction'], Entry['source'], Entry['priority'], Validity];
type Packed = [plate: string, country: string | null, reference: string | null, shared: number];

/** Rows into a file that nobody else sees yet. Lost with a power cut: it is thrown away then anyway. */
export function writerOf(
  database: Database.Database,
  key: BoxKey,
  { list, version }: Pick<ListMeta, 'list' | 'version'>,
) {
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma('cache_size = -32768');
  const insert = {
    entry: database.prepare('INSERT INTO entry(line, hash, sealed) VALUES (?, ?, ?)'),
    pattern: database.prepare('INSERT INTO pattern(line, sealed) VALUES (?, ?)'),
    shared: database.prepare('INSERT INTO shared(id, sealed) VALUES (?, ?)'),
  };
  const seal = (table: Table, row: number, value: unknown) =>
    lock(key, { kind: 'entry', list, version, table, row }, JSON.stringify(value));
  const known = new Map<string, number>();
  let sharedId = database.prepare('SELECT coalesce(max(id), 0) FROM shared').pluck().get() as number;
  let pending = 0;
  const sharedOf = ({ reason, instruction, source, priority, validity }: Entry): number => {
    const value: Shared = [reason, instruction, source, priority, validity];
    const text = JSON.stringify(value);
    const there = known.get(text);
    if (there !== undefined) return there;
    if (known.size >= MOST_SHARED) known.clear();
    sharedId += 1;
    insert.shared.run(sharedId, seal('shared', sharedId, value));
    known.set(text, sharedId);
    return sharedId;
  };
  const flush = () => {
    if (pending > 0) database.exec('COMMIT');
    pending = 0;
  };
  return {
    add(line: number, entry: Entry, wildcard: boolean): void {
      if (pending === 0) database.exec('BEGIN');
      const packed: Packed = [entry.plate, entry.country, entry.reference, sharedOf(entry)];
      if (wildcard) insert.pattern.run(line, seal('pattern', line, packed));
      else insert.entry.run(line, plateHash(key, entry.plate), seal('entry', line, packed));
      pending += 1;
      if (pending >= BATCH) flush();
    },
    flush,
    finish(meta: ListMeta): void {
      flush();
      writeFilter(database);
      database.exec('DELETE FROM meta');
      const put = database.prepare('INSERT INTO meta(name, value) VALUES (?, ?)');
      for (const [name, value] of Object.entries(meta))
        if (value !== undefined) put.run(name, JSON.stringify(value));
      database.close();
    },
  };
}

const FILTER_PAGE = 50_000;

function writeFilter(database: Database.Database): void {
  const count = database.prepare('SELECT count(*) FROM entry').pluck().get() as number;
  // In pages: stepping through them one by one costs twice as much.
  const page = database
    .prepare(`SELECT hash FROM entry WHERE line > ? ORDER BY line LIMIT ${FILTER_PAGE}`)
    .pluck();
  const lastLine = database
    .prepare(
      `SELECT max(line) FROM (SELECT line FROM entry WHERE line > ? ORDER BY line LIMIT ${FILTER_PAGE})`,
    )
    .pluck();
  function* hashes() {
    for (let after = 0; ; ) {
      yield* page.all(after) as number[];
      const last = lastLine.get(after) as number | null;
      if (last === null) return;
      after = last;
    }
  }
  database.exec('CREATE TABLE IF NOT EXISTS filter(bits BLOB NOT NULL); DELETE FROM filter');
  database.prepare('INSERT INTO filter(bits) VALUES (?)').run(Buffer.from(buildFilter(count, hashes())));
}

/** undefined: the file is of before there were filters */
function readFilter(database: Database.Database): Uint8Array | undefined {
  const there = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'filter'").get();
  if (!there) return undefined;
  return database.prepare('SELECT bits FROM filter').pluck().get() as Buffer | undefined;
}

/** Writes a new file; nobody else may see it before `finish`. */
export function createStore(path: string, list: string, version: number, key: BoxKey) {
  const database = new Database(path);
  database.exec(SCHEMA);
  const { add, flush, finish } = writerOf(database, key, { list, version });
  return {
    add,
    finish,
    /** Makes the index. @returns lines whose plate stood before with the same country and validity; they are taken out */
    removeDuplicates(ring: OpenRing): number[] {
      flush();
      database.exec('CREATE INDEX entry_hash ON entry(hash)');
      const open = openerOf(database, ring, { list, version });
      const twice = database
        .prepare('SELECT hash FROM entry GROUP BY hash HAVING count(*) > 1')
        .pluck()
        .all() as number[];
      const rowsOf = database.prepare('SELECT line, sealed FROM entry WHERE hash = ? ORDER BY line');
      const remove = database.prepare('DELETE FROM entry WHERE line = ?');
      const removed: number[] = [];
      for (const hash of twice) {
        const seen = new Set<string>();
        for (const row of rowsOf.all(hash) as SealedRow[]) {
          const identity = identityOf(open('entry', row));
          if (seen.has(identity)) {
            remove.run(row.line);
            removed.push(row.line);
          }
          seen.add(identity);
        }
      }
      return removed.sort((a, b) => a - b);
    },
    close: () => database.close(),
  };
}

/** Two entries with the same one are the same entry, whatever else they say. */
export function identityOf({ plate, country, validity }: Entry): string {
  const { from, to, days, minutes, zones } = validity;
  // Lists of before there were zones have none in their entries.
  return JSON.stringify([plate, country, from, to, days, minutes, zones ?? null]);
}

export interface SealedRow {
  line: number;
  sealed: Buffer;
}

export function openerOf(
  database: Database.Database,
  ring: OpenRing,
  of: Pick<ListMeta, 'list' | 'version'>,
) {
  const sharedRow = database.prepare('SELECT sealed FROM shared WHERE id = ?').pluck();
  const known = new Map<number, Shared>();
  const opened = <T>(table: Table, row: number, sealed: Buffer): T =>
    JSON.parse(unlock(ring, { kind: 'entry', ...of, table, row }, sealed).toString());
  return (table: 'entry' | 'pattern', { line, sealed }: SealedRow): StoredEntry => {
    const [plate, country, reference, sharedId] = opened<Packed>(table, line, sealed);
    let shared = known.get(sharedId);
    if (!shared) {
      shared = opened<Shared>('shared', sharedId, sharedRow.get(sharedId) as Buffer);
      if (known.size >= MOST_SHARED) known.clear();
      known.set(sharedId, shared);
    }
    const [reason, instruction, source, priority, validity] = shared;
    return { line, plate, country, reference, reason, instruction, source, priority, validity };
  };
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
 * @throws {AnprError} `watchlist.damaged`, `seal.key-lost`
 */
export function openStore(path: string, ring: OpenRing): Store {
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
  const filter = readFilter(database);
  const everything = database.prepare(
    'SELECT line, sealed, 0 AS pattern FROM entry UNION ALL SELECT line, sealed, 1 FROM pattern ORDER BY line',
  );
  let patterns: StoredEntry[] | undefined;
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
    close: () => database.close(),
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
