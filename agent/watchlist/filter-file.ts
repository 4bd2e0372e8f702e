// The filter in the list's file.

import type Database from 'better-sqlite3';
import { buildFilter, type HashFilter, LOOKS_BEFORE } from './filter.ts';

const PAGE = 50_000;

/** Out of the index over the hashes, a sixth of the file. */
export function writeFilter(database: Database.Database): void {
  const count = database.prepare('SELECT count(*) FROM entry').pluck().get() as number;
  // In pages: stepping through them one by one costs twice as much.
  const page = database.prepare(`SELECT hash FROM entry WHERE hash > ? ORDER BY hash LIMIT ${PAGE}`).pluck();
  function* hashes() {
    for (let after: number | undefined = -1; after !== undefined; ) {
      const found = page.all(after) as number[];
      yield* found;
      after = found.at(-1);
    }
  }
  const { bits, looks } = buildFilter(count, hashes());
  database.exec(
    'DROP TABLE IF EXISTS filter; CREATE TABLE filter(looks INTEGER NOT NULL, bits BLOB NOT NULL)',
  );
  database.prepare('INSERT INTO filter(looks, bits) VALUES (?, ?)').run(looks, bits);
}

/** undefined: the file is of before there were filters */
export function readFilter(database: Database.Database): HashFilter | undefined {
  const there = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'filter'").get();
  if (!there) return undefined;
  const row = database.prepare('SELECT * FROM filter').get() as Partial<HashFilter> | undefined;
  return row?.bits && { bits: row.bits, looks: row.looks ?? LOOKS_BEFORE };
}
