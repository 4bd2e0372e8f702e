// Opening the journal whatever state its file is in. A damaged file is set aside under another name and a new one takes its
// place in milliseconds, with a new epoch; what can be saved comes over afterwards (salvage.ts), while appends already go on.
//
// Setting aside is three renames that a crash may cut anywhere. The new file is complete, and names what is to be
// saved, before the first of them; whoever opens next finishes the rest.

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { messageOf } from '../shared/errors.ts';
import { brokenContinuity } from './continuity-policy.ts';
import { identityOf, markPath, type Reached, readMark } from './mark.ts';
import { assertUsable, type Db, insertEpoch, openForWriting, versionOf } from './schema.ts';
import { isDamage } from './sqlite-errors.ts';

/** An epoch that ended without being able to say so itself. */
export interface LostEpoch {
  id: string | null;
  number: number;
  /** last seq that is known to have been given out */
  after: number;
}

export interface Opened {
  db: Db;
  /** where the journal's age goes on */
  ageMs: number;
  /** the first record has to tell of the end of this epoch */
  announce?: LostEpoch;
  /** all of these are lost, and there is no file that something could be saved of */
  lost?: { first: number; last: number };
  /** a new epoch has to begin in the same file, and why */
  broken?: string;
  /** why the file was replaced, and under which name the old one is kept */
  replaced?: { why: string; file: string | undefined };
  /** too large to be looked through before the agent begins */
  unchecked: boolean;
}

/** A quick check takes about 1 s for 1 GB; up to this it is done before anything else. */
const CHECK_AT_ONCE_BYTES = 200e6;
/** Positions that may have been given out after the last one that is known. */
const UNKNOWN_TAIL = 1_000_000;

/** Call `assertOursOrDamaged` first. @throws what has nothing to do with damage: a newer version, no right to write */
export function openWhatever(path: string, maxSizeBytes: number | undefined): Opened {
  finishReplacement(path);
  const mark = readMark(path);
  const before = identityOf(path);
  let db: Db | undefined;
  let version: number;
  let unchecked = false;
  try {
    assertUsable(path);
    version = before ? versionOf(path) : 0;
    if (version === 0 && mark && mark.seq > 0)
      return replace(
        path,
        maxSizeBytes,
        mark,
        'its file is gone, or it stayed on the box that this one replaces',
      );
    db = openForWriting(path, maxSizeBytes);
    unchecked = statSync(path).size > CHECK_AT_ONCE_BYTES;
    if (!unchecked) assertSound(db);
  } catch (error) {
    db?.close();
    if (!isDamage(error)) throw error;
    return replace(path, maxSizeBytes, mark, messageOf(error));
  }
  const found = foundIn(db);
  const newest = db.prepare('SELECT max(since) FROM delivery').pluck().get() as number | null;
  // A first start that was cut before its mark has given nothing out.
  const isEmpty = version === 0 || (found.seq === 0 && Object.keys(found.ended).length === 0);
  const broken = brokenContinuity(mark, {
    ...found,
    inode: before?.inode ?? '',
    changedAt: before?.changedAt ?? '',
    before: isEmpty ? 'empty' : version === 1 ? 'without-mark' : 'with-mark',
  });
  return { db, ageMs: Math.max(mark?.ageMs ?? 0, newest ?? 0), unchecked, ...(broken && { broken }) };
}

/** @throws when the file is somebody else's or from a newer agent, or damaged and with no sign of having been ours */
export function assertOursOrDamaged(path: string): void {
  try {
    assertUsable(path);
  } catch (error) {
    const ours = existsSync(markPath(path)) || existsSync(`${path}.lock`);
    if (!ours || !isDamage(error)) throw error;
  }
}

/** As `assertSound`, through a connection of its own: what another one has in its cache says nothing of the disk. */
export function assertFileSound(path: string): void {
  const db = new Database(path, { readonly: true });
  try {
    assertSound(db);
  } finally {
    db.close();
  }
}

/** Throws SQLITE_CORRUPT when the file is not sound; may throw anything else that a damaged file makes SQLite say. */
export function assertSound(db: Db): void {
  const verdict = db.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { code: 'SQLITE_CORRUPT' });
}

function foundIn(db: Db) {
  const current = db
    .prepare(
      `SELECT id, max(coalesce((SELECT max(position) FROM record), 0), coalesce((SELECT max(last) FROM removed), 0))
         - first_position + 1 AS seq FROM epoch ORDER BY number DESC LIMIT 1`,
    )
    .get() as { id: string; seq: number };
  const ended = db.prepare('SELECT id, last_seq FROM epoch WHERE last_seq IS NOT NULL').raw().all();
  return {
    epoch: current.id,
    seq: Math.max(0, current.seq),
    ended: Object.fromEntries(ended as [string, number][]),
  };
}

/**
 * Sets the file at `path` aside and opens a new one in its place.
 * @param reached how far the journal had come, as far as is known
 */
export function replace(
  path: string,
  maxSizeBytes: number | undefined,
  reached: Reached | undefined,
  why: string,
): Opened {
  const aside = existsSync(path) ? asideName(path) : undefined;
  const known = aside ? epochsIn(path) : { epochs: [], last: 0 };
  const epochs: EpochRow[] =
    known.epochs.length > 0 || !reached
      ? known.epochs
      : [{ number: reached.epochNumber, id: reached.epoch, first_position: reached.firstPosition }];
  const last = Math.max(known.last, reached?.position ?? 0);
  const ended = epochs.at(-1);
  const after = ended ? Math.max(0, last - ended.first_position + 1) : 0;

  const part = `${path}.part`;
  for (const suffix of ['', '-wal', '-shm']) rmSync(part + suffix, { force: true });
  const fresh = openForWriting(part);
  fresh.transaction(() => {
    fresh.exec('DELETE FROM epoch');
    for (const epoch of epochs) insertRow(fresh, 'epoch', { started_at: 0, reason: 'saved', ...epoch });
    if (ended) fresh.prepare('UPDATE epoch SET last_seq = ? WHERE number = ?').run(after, ended.number);
    insertEpoch(fresh, last + UNKNOWN_TAIL, why);
    if (aside) fresh.prepare('INSERT INTO salvage (file) VALUES (?)').run(aside);
  })();
  fresh.close();
  renameSync(part, `${path}.new`);
  finishReplacement(path);

  return {
    db: openForWriting(path, maxSizeBytes),
    ageMs: reached?.ageMs ?? 0,
    announce: { id: ended?.id ?? null, number: ended?.number ?? 0, after },
    ...(!aside && ended && after > 0 && { lost: { first: ended.first_position, last } }),
    replaced: { why, file: aside },
    unchecked: false,
  };
}

/** Brings a new file that is ready into its place; does nothing when there is none. */
function finishReplacement(path: string): void {
  const ready = `${path}.new`;
  if (!existsSync(ready)) return;
  const db = new Database(ready, { readonly: true });
  const aside = db.prepare('SELECT file FROM salvage LIMIT 1').pluck().get() as string | undefined;
  db.close();
  for (const suffix of ['-wal', '-shm']) rmSync(ready + suffix, { force: true });
  // The log first: SQLite would play it into whatever file has the name.
  if (aside && existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  rmSync(`${path}-shm`, { force: true });
  if (aside && existsSync(path)) renameSync(path, aside);
  renameSync(ready, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function asideName(path: string): string {
  const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
  return `${path}.damaged-${time}`;
}

/** For reading what can be read. @throws when not even that can be tried */
export function openDamaged(file: string): Db {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    // Without these SQLite refuses a file that is shorter than its header says.
    db.unsafeMode(true);
    db.pragma('writable_schema = ON');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

type EpochRow = { number: number; id: string; first_position: number } & Record<string, unknown>;

/** What a damaged file still says of its epochs and of its newest record. */
function epochsIn(path: string): { epochs: EpochRow[]; last: number } {
  let db: Db | undefined;
  try {
    db = openDamaged(path);
    const epochs = db.prepare('SELECT * FROM epoch ORDER BY number').all() as EpochRow[];
    const last = lastIn(db, 'SELECT max(position) FROM record') ?? 0;
    return { epochs, last: Math.max(last, lastIn(db, 'SELECT max(position) FROM delivery') ?? 0) };
  } catch {
    return { epochs: [], last: 0 };
  } finally {
    db?.close();
  }
}

function lastIn(db: Db, sql: string): number | undefined {
  try {
    return (db.prepare(sql).pluck().get() as number | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Inserts what the table has columns for; older and newer files have others. Returns whether it was inserted. */
export function insertRow(db: Db, table: string, row: Record<string, unknown>): boolean {
  const columns = columnsOf(db, table).filter((name) => name in row);
  const sql = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  return db.prepare(sql).run(columns.map((name) => row[name])).changes === 1;
}

const known = new WeakMap<Db, Map<string, string[]>>();

function columnsOf(db: Db, table: string): string[] {
  const tables = known.get(db) ?? new Map<string, string[]>();
  known.set(db, tables);
  const columns =
    tables.get(table) ?? (db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[]);
  tables.set(table, columns);
  return columns;
}
