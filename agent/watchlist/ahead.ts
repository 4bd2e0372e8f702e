// What a look-up in a new version needs first, read before anybody asks: its filter, and those pages of its index that lead to
// all others. Run in a thread: on a slow disk it takes a second.

import Database from 'better-sqlite3';
import type { HashFilter } from './filter.ts';
import { readFilter } from './filter-file.ts';

/** places of each of the two trees that are visited: more than a list of 20 million has pages above its leaves */
const VISITS = 1024;
/** hashes have 48 bits */
const HASH_END = 2 ** 48;

/** The version's filter, in memory that threads share; undefined: it has none. */
export function readAhead(path: string): HashFilter | undefined {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const last = database.prepare('SELECT max(line) FROM entry').pluck().get() as number | null;
    const byLine = database.prepare('SELECT sealed FROM entry WHERE line >= ? LIMIT 1');
    const byHash = database.prepare('SELECT line FROM entry WHERE hash >= ? LIMIT 1');
    for (let visit = 0; visit < VISITS; visit++) {
      byLine.get(Math.floor(((last ?? 0) * visit) / VISITS));
      byHash.get(Math.floor((HASH_END * visit) / VISITS));
    }
    const filter = readFilter(database);
    if (!filter) return undefined;
    const bits = new Uint8Array(new SharedArrayBuffer(filter.bits.byteLength));
    bits.set(filter.bits);
    return { bits, looks: filter.looks };
  } finally {
    database.close();
  }
}
