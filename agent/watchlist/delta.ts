// A version made out of the one in force and what has changed since: the file is copied, and rows come and go in the copy.
// What stays is not sealed anew: rows remain bound to the version that they came with first (`sealedAs`).

import { copyFileSync, constants as fs } from 'node:fs';
import Database from 'better-sqlite3';
import type { OpenRing } from '../seal/index.ts';
import { AnprError } from '../shared/errors.ts';
import type { RowEntry } from './row-policy.ts';
import { identityOf, openerOf, plateHash, type SealedRow } from './sealed.ts';
import { type ListMeta, readMeta, type StoredEntry } from './store.ts';
import type { Entry } from './types.ts';
import { writerOf } from './writer.ts';

/**
 * Opens a copy of `base` at `path` for changes; nobody else may see it before `finish`.
 * @throws {AnprError} `watchlist.none`, `watchlist.damaged`, `seal.key-lost`
 */
export function changeStore(base: string, path: string, ring: OpenRing) {
  const meta = readMeta(base);
  if (!meta) throw new AnprError('watchlist.none', 'wanted a version that the changes belong to, found none');
  const key = ring.get(meta.keyId);
  if (!key)
    throw new AnprError(
      'seal.key-lost',
      `the watchlist ${meta.list} was sealed with a key that this box no longer has`,
      'Take over the whole list.',
    );
  // Where the file system can, the copy shares its blocks with the original.
  copyFileSync(base, path, fs.COPYFILE_FICLONE);
  const database = new Database(path);
  const sealedAs = meta.sealedAs ?? meta.version;
  const writer = writerOf(database, key, { list: meta.list, version: sealedAs });
  const open = openerOf(database, ring, { list: meta.list, version: sealedAs });
  const byHash = database.prepare('SELECT line, sealed FROM entry WHERE hash = ?');
  const remove = {
    entry: database.prepare('DELETE FROM entry WHERE line = ?'),
    pattern: database.prepare('DELETE FROM pattern WHERE line = ?'),
  };
  const patterns = new Map(
    (database.prepare('SELECT line, sealed FROM pattern').all() as SealedRow[]).map((row) => [
      row.line,
      open('pattern', row),
    ]),
  );
  let lastLine = meta.lastLine ?? lastLineOf(database);
  const counts = { entries: meta.entries, patterns: patterns.size };

  function those({ entry, wildcard }: RowEntry): StoredEntry[] {
    if (wildcard) return [...patterns.values()].filter(({ plate }) => plate === entry.plate);
    const rows = byHash.all(plateHash(key!, entry.plate)) as SealedRow[];
    return rows.map((row) => open('entry', row)).filter(({ plate }) => plate === entry.plate);
  }

  function drop(line: number, wildcard: boolean): void {
    remove[wildcard ? 'pattern' : 'entry'].run(line);
    if (wildcard) patterns.delete(line);
    counts[wildcard ? 'patterns' : 'entries'] -= 1;
  }

  return {
    meta,
    counts,
    get lastLine() {
      return lastLine;
    },
    /** Entries it replaced or removed. */
    apply(row: RowEntry): number {
      const { entry, wildcard, action } = row;
      const gone = those(row).filter((there) =>
        action === 'remove' ? isMeant(there, entry) : isSame(there, entry),
      );
      for (const { line } of gone) drop(line, wildcard);
      if (action === 'remove') return gone.length;
      lastLine += 1;
      writer.add(lastLine, entry, wildcard);
      if (wildcard) patterns.set(lastLine, { ...entry, line: lastLine });
      counts[wildcard ? 'patterns' : 'entries'] += 1;
      return gone.length;
    },
    finish: (made: ListMeta) => writer.finish(made),
    close: () => database.close(),
  };
}

/** Whether a row that removes names this entry. */
function isMeant(there: Entry, wanted: Entry): boolean {
  return (
    (wanted.country === null || wanted.country === there.country) &&
    (wanted.reference === null || wanted.reference === there.reference)
  );
}

/** Whether a new entry takes this one's place: it would be a duplicate in a whole list, or its source changed it. */
function isSame(there: Entry, added: Entry): boolean {
  if (identityOf(there) === identityOf(added)) return true;
  return added.reference !== null && there.reference === added.reference && there.country === added.country;
}

function lastLineOf(database: Database.Database): number {
  return database
    .prepare(
      'SELECT max((SELECT coalesce(max(line), 0) FROM entry), (SELECT coalesce(max(line), 0) FROM pattern))',
    )
    .pluck()
    .get() as number;
}
