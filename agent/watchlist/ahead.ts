// What a look-up in a new version needs, read before anybody asks: the whole file into the memory that the machine has to spare, and
// its filter. A version that was written a while ago, or before a restart, lies on the disk alone, and each entry that a read meets would
// wait for it twice. Run in a thread: on a slow disk it takes seconds, in which the version before is asked.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import Database from 'better-sqlite3';
import type { HashFilter } from './filter.ts';
import { readFilter } from './filter-file.ts';

const CHUNK_BYTES = 1 << 20;
/** of the memory that nobody uses; a larger file has those pages read that lead to all others */
const MOST_OF_FREE = 0.5;
/** places of each of the two trees that are visited: more than a list of 20 million has pages above its leaves */
const VISITS = 1024;
/** hashes have 48 bits */
const HASH_END = 2 ** 48;

/** The version's filter, in memory that threads share; undefined: it has none. */
export function readAhead(path: string): HashFilter | undefined {
  if (statSync(path).size <= MOST_OF_FREE * freemem()) readThrough(path);
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

/** From end to end: the system keeps what it read, as long as it has room. */
function readThrough(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    while (readSync(descriptor, chunk, 0, CHUNK_BYTES, null) > 0);
  } finally {
    closeSync(descriptor);
  }
}
