// Writes a version of a list: sealed rows, the index over their hashes, the filter.

import Database from 'better-sqlite3';
import { type BoxKey, lock, type OpenRing } from '../seal/index.ts';
import { writeFilter } from './filter-file.ts';
import {
  identityOf,
  openerOf,
  type Packed,
  plateHash,
  type SealedRow,
  type Shared,
  type Table,
} from './sealed.ts';
import type { ListMeta } from './store.ts';
import type { Entry } from './types.ts';

const SCHEMA = `
  CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE shared(id INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
  CREATE TABLE entry(line INTEGER PRIMARY KEY, hash INTEGER NOT NULL, sealed BLOB NOT NULL);
  CREATE TABLE pattern(line INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
`;
/** characters of shared texts remembered; a list in which each entry says something else gains nothing by more */
const MOST_SHARED = 2_000_000;
const BATCH = 20_000;
/** hashes that come twice, looked at together */
const PAGE = 1000;
/** Of SQLite's own memory, for the sorting of the index too. */
const CACHE_KIB = 8192;

/** Rows into a file that nobody else sees yet. Lost with a power cut: it is thrown away then anyway. */
export function writerOf(
  database: Database.Database,
  key: BoxKey,
  { list, version }: Pick<ListMeta, 'list' | 'version'>,
) {
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma(`cache_size = -${CACHE_KIB}`);
  const insert = {
    entry: database.prepare('INSERT INTO entry(line, hash, sealed) VALUES (?, ?, ?)'),
    pattern: database.prepare('INSERT INTO pattern(line, sealed) VALUES (?, ?)'),
    shared: database.prepare('INSERT INTO shared(id, sealed) VALUES (?, ?)'),
  };
  const seal = (table: Table, row: number, value: unknown) =>
    lock(key, { kind: 'entry', list, version, table, row }, JSON.stringify(value));
  const known = new Map<string, number>();
  let knownCharacters = 0;
  let sharedId = database.prepare('SELECT coalesce(max(id), 0) FROM shared').pluck().get() as number;
  let pending = 0;
  const sharedOf = ({ reason, instruction, source, priority, validity }: Entry): number => {
    const value: Shared = [reason, instruction, source, priority, validity];
    const text = JSON.stringify(value);
    const there = known.get(text);
    if (there !== undefined) return there;
    knownCharacters += text.length;
    if (knownCharacters > MOST_SHARED) {
      known.clear();
      knownCharacters = text.length;
    }
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

/** Writes a new file; nobody else may see it before `finish`. */
export function createStore(path: string, list: string, version: number, key: BoxKey) {
  const database = new Database(path);
  database.exec(SCHEMA);
  const { add, flush, finish } = writerOf(database, key, { list, version });
  return {
    add,
    finish,
    /**
     * Makes the index.
     * @param most ends early when it has found more
     * @returns lines whose plate stood before with the same country and validity; they are taken out
     */
    removeDuplicates(ring: OpenRing, most: number): number[] {
      flush();
      database.exec('CREATE INDEX entry_hash ON entry(hash)');
      const open = openerOf(database, ring, { list, version });
      const twice = database
        .prepare(
          `SELECT hash FROM entry WHERE hash > ? GROUP BY hash HAVING count(*) > 1 ORDER BY hash LIMIT ${PAGE}`,
        )
        .pluck();
      const rowsOf = database.prepare('SELECT line, sealed FROM entry WHERE hash = ? ORDER BY line');
      const remove = database.prepare('DELETE FROM entry WHERE line = ?');
      const removed: number[] = [];
      for (let after: number | undefined = -1; after !== undefined && removed.length <= most; ) {
        const page = twice.all(after) as number[];
        for (const hash of page) {
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
        after = page.at(-1);
      }
      return removed.sort((a, b) => a - b);
    },
    close: () => database.close(),
  };
}
