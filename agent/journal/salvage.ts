// Saves what can be read of a damaged file, row by row: a row comes over when its checksum is right. It goes in steps
// between which appends are committed, and a restart goes on where it stopped. What cannot be saved is told in gap records, a
// range each.

import type Database from 'better-sqlite3';
import { insertRow, openDamaged } from './recovery.ts';
import { isIntact, type RecordRow, UNSEALED } from './rows.ts';
import type { Db } from './schema.ts';
import type { Epoch } from './sequence.ts';
import type { Job, Store } from './store.ts';

export interface Salvaged {
  saved: number;
  /** seqs that are told to be lost, and had not been removed before as far as is known */
  lost: number;
}

/** Rows of one commit. */
const STEP_ROWS = 200;
/** Places tried one by one past damage before appends get their turn. */
const STEP_PROBES = 500;
const TABLES_COPIED_WHOLE = ['key', 'chain_head', 'chain_removed'];

type Row = Record<string, unknown> & { position: number };

/**
 * @param db the journal's new file, whose table `salvage` names the damaged one
 * @param isClosed true: stop; the next start goes on
 */
export async function salvage(
  db: Db,
  file: string,
  write: <T>(job: Job<T>) => Promise<T>,
  ageMs: () => number,
  isClosed: () => boolean,
): Promise<Salvaged | undefined> {
  const damaged = opened(file);
  try {
    let after = db.prepare('SELECT after_position FROM salvage WHERE file = ?').pluck().get(file) as number;
    const epochs = db
      .prepare(
        `SELECT number, id, first_position AS firstPosition, last_seq AS lastSeq FROM epoch
         WHERE number > 0 AND last_seq IS NOT NULL ORDER BY number`,
      )
      .all() as Epoch[];
    const last = Math.max(0, ...epochs.map(({ firstPosition, lastSeq }) => firstPosition + lastSeq! - 1));
    const removed = allOf(damaged, 'SELECT first, last, gap FROM removed');
    if (after === 0)
      await write((store) => {
        for (const range of removed ?? []) store.note(range as { first: number; last: number; gap: number });
        for (const table of TABLES_COPIED_WHOLE)
          for (const row of allOf(damaged, `SELECT * FROM ${table}`) ?? []) insertRow(db, table, row);
      });
    const total: Salvaged = { saved: 0, lost: 0 };
    for (const rows of stepsOf(damaged, after, last)) {
      if (isClosed()) return undefined;
      if (rows.length === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      const from: number = after;
      const upTo = rows.at(-1)!.position;
      const done = await write((store) => {
        const saved = rows.filter((row) => save(db, damaged, row, epochs, ageMs()));
        const lost = tellLost(store, epochs, from, upTo, saved, removed !== undefined);
        db.prepare('UPDATE salvage SET after_position = ? WHERE file = ?').run(upTo, file);
        return { saved: saved.length, lost };
      });
      total.saved += done.saved;
      total.lost += done.lost;
      after = upTo;
    }
    total.lost += await write((store) => {
      const lost = last > after ? tellLost(store, epochs, after, last, [], removed !== undefined) : 0;
      db.prepare('DELETE FROM salvage WHERE file = ?').run(file);
      return lost;
    });
    return total;
  } finally {
    damaged?.close();
  }
}

function opened(file: string): Db | undefined {
  try {
    return openDamaged(file);
  } catch {
    return undefined;
  }
}

function allOf(damaged: Db | undefined, sql: string): Record<string, unknown>[] | undefined {
  try {
    return damaged?.prepare(sql).all() as Record<string, unknown>[] | undefined;
  } catch {
    return undefined;
  }
}

/** The rows that can be read, in order, some at a time; an empty step means that more has to be tried. */
function* stepsOf(damaged: Db | undefined, after: number, last: number): Generator<Row[], void> {
  if (!damaged) return;
  let many: Database.Statement;
  let one: Database.Statement;
  try {
    many = damaged.prepare('SELECT * FROM record WHERE position > ? ORDER BY position LIMIT ?');
    one = damaged.prepare('SELECT * FROM record WHERE position = ?');
  } catch {
    return;
  }
  const end = endOf(damaged, last);
  let at = after;
  let limit = STEP_ROWS;
  while (at < end) {
    let rows: Row[] | undefined;
    try {
      rows = ascending(many.all(at, limit) as Row[], at);
    } catch {
      rows = undefined;
    }
    if (rows) {
      if (rows.length === 0) return;
      yield rows;
      at = rows.at(-1)!.position;
      limit = Math.min(STEP_ROWS, limit * 4);
    } else if (limit > 1) limit = Math.ceil(limit / 8);
    else {
      // Past the damage place by place: each is a way of its own through the tree.
      const found: Row[] = [];
      for (let tried = 0; tried < STEP_PROBES && at < end && found.length === 0; tried++) {
        at += 1;
        try {
          const row = one.get(at) as Row | undefined;
          if (row?.position === at) found.push(row);
        } catch {
          // this place cannot be read
        }
      }
      yield found;
    }
  }
}

/**
 * The rows as far as they go upwards from `after`: a torn tree leads back to places where it was before, and whoever follows
 * comes by there again and again. Undefined: not even the first does.
 */
export function ascending<R extends { position: number }>(
  rows: readonly R[],
  after: number,
): R[] | undefined {
  const wrong = rows.findIndex(({ position }, index) => !(position > (rows[index - 1]?.position ?? after)));
  if (wrong === 0) return undefined;
  return wrong < 0 ? [...rows] : rows.slice(0, wrong);
}

/** No row lies beyond, as the trees that name places say; when none does: `last` is known to have been given out. */
function endOf(damaged: Db, last: number): number {
  const ends = ['record', 'delivery'].map((table) => {
    try {
      return (damaged.prepare(`SELECT max(position) FROM ${table}`).pluck().get() as number | null) ?? 0;
    } catch {
      return 0;
    }
  });
  return Math.max(last, ...ends);
}

function save(db: Db, damaged: Db | undefined, row: Row, epochs: readonly Epoch[], ageMs: number): boolean {
  const epoch = epochs.find(({ number }) => number === row.epoch);
  if (!epoch || !isIntact(recordRowOf(row, epoch.id)) || !insertRow(db, 'record', row)) return false;
  const { position } = row;
  const delivery = allOf(damaged, `SELECT * FROM delivery WHERE position = ${Number(position)}`)?.[0];
  insertRow(db, 'delivery', { position, type: row.type, state: 0, ...delivery, since: ageMs });
  const pictures = allOf(
    damaged,
    `SELECT * FROM picture WHERE state IN (0, 1) AND position = ${Number(position)}`,
  );
  for (const picture of pictures ?? []) insertRow(db, 'picture', { ...picture, since: ageMs });
  return true;
}

/** As RECORD_COLUMNS would give it; an older file lacks the columns of the seal. */
function recordRowOf(row: Row, epochId: string): RecordRow {
  const named = Object.entries(row).map(([name, value]) => [
    name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return { ...UNSEALED, ...Object.fromEntries(named), epochId };
}

/** Tells of what lies in (from, upTo], was not saved and had not been removed before. Returns how many. */
function tellLost(
  store: Store,
  epochs: readonly Epoch[],
  from: number,
  upTo: number,
  saved: readonly Row[],
  removedIsKnown: boolean,
): number {
  let lost = 0;
  for (const { firstPosition, lastSeq } of epochs) {
    const first = Math.max(from + 1, firstPosition);
    const last = Math.min(upTo, firstPosition + lastSeq! - 1);
    const there = [
      ...saved.map(({ position }) => ({ first: position, last: position })),
      ...store.removedIn(first, last),
    ]
      .filter((range) => range.first <= last && range.last >= first)
      .sort((a, b) => a.first - b.first);
    let next = first;
    for (const range of [...there, { first: last + 1, last: last + 1 }]) {
      if (range.first > next) {
        store.tellLost({ first: next, last: range.first - 1 }, removedIsKnown ? 'all' : null);
        lost += range.first - next;
      }
      next = Math.max(next, range.last + 1);
    }
  }
  return lost;
}
