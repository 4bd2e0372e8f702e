// What is gone from the sequence, and the gap records that say so. The one place where rows are removed: whoever removes
// says whether they had been delivered, and when not, the gap record is part of the same commit. Everything
// here runs inside a transaction of the store.

import { randomUUIDv7 } from 'node:crypto';
import { CONTRACT_VERSION } from '../contract/constants.ts';
import type { Address } from '../contract/index.ts';
import { isoOf } from '../shared/time.ts';
import { encoded } from './key-record.ts';
import type { Db } from './schema.ts';
import type { Sealing } from './sealing.ts';
import type { Appended, Sequence } from './sequence.ts';
import type { Gap, GapReason, NewRecord, PictureKind } from './types.ts';

/** Positions, both ends included. `gap`: position of the gap record that covers them; null: they had been delivered. */
export interface Removed {
  first: number;
  last: number;
  gap: number | null;
}

export interface Coverage {
  /** Appends a gap record and returns its position. */
  tell(gap: Gap): number;
  /** Tells that the records of a range of positions, all of one epoch, never come. Returns the gap record's position. */
  tellRange(first: number, last: number, reason: GapReason, count?: 'all' | null): number;
  /**
   * Removes records. @param positions ascending @param reason why they had not been delivered; null: they had
   * @returns the pictures that have lost their read: their files are to be removed after the commit
   */
  remove(positions: readonly number[], reason: GapReason | null): RemovedPicture[];
  /** Tells of pictures that go before they were sent, as far as they were to be sent: a record for each epoch. */
  tellPictures(pictures: readonly LostPicture[], reason: GapReason): void;
  /** What has been removed between two positions, cut to them. */
  removedIn(first: number, last: number): Removed[];
  /** Notes that a range is gone, or that another gap record covers it from now on. */
  note(range: Removed): void;
}

/** A picture that was not sent; position: of its read. */
export interface LostPicture {
  position: number;
  kind: PictureKind;
}

export interface RemovedPicture {
  readId: string;
  kind: PictureKind;
  at: number;
}

export function createCoverage(
  db: Db,
  sequence: Sequence,
  sealing: Sealing,
  address: Address,
  wanted: () => readonly PictureKind[],
  made: (record: NewRecord, appended: Appended) => void,
): Coverage {
  const before = db.prepare(
    'SELECT first, last, gap FROM removed WHERE first <= ? ORDER BY first DESC LIMIT 1',
  );
  const overlapping = db.prepare(
    'SELECT first, last, gap FROM removed WHERE first BETWEEN ? AND ? ORDER BY first',
  );
  const insertRange = db.prepare('INSERT INTO removed (first, last, gap) VALUES (?, ?, ?)');
  const deleteRange = db.prepare('DELETE FROM removed WHERE first = ?');
  const forgetGap = db.prepare('UPDATE removed SET gap = NULL WHERE gap = ?');
  const rowAt = db.prepare(
    `SELECT delivery.type, delivery.gap, record.id FROM delivery LEFT JOIN record USING (position) WHERE position = ?`,
  );
  const picturesAt = db.prepare('SELECT kind, at FROM picture WHERE state = ? AND position = ?');
  const deletePictures = db.prepare('DELETE FROM picture WHERE state = ? AND position = ?');
  const deleteRecord = db.prepare('DELETE FROM record WHERE position = ?');
  const deleteDelivery = db.prepare('DELETE FROM delivery WHERE position = ?');

  function tell(gap: Gap): number {
    const id = randomUUIDv7();
    const at = Date.now();
    const payload = { schema: CONTRACT_VERSION, type: 'gap', id, ...address, at: isoOf(at), gap };
    const record: NewRecord = { id, type: 'gap', at, payload };
    const appended = sequence.append(encoded(record));
    made(record, appended);
    return appended.position;
  }

  function tellRange(first: number, last: number, reason: GapReason, count: 'all' | null = 'all'): number {
    const epoch = sequence.epochAt(first);
    const seqOf = (position: number) => position - epoch.firstPosition + 1;
    const chain = sealing.ends(first, last);
    return tell({
      what: 'records',
      epoch: epoch.id,
      from: seqOf(first),
      to: seqOf(last),
      count: count === 'all' ? last - first + 1 : null,
      reason,
      ...(chain && { chain }),
    });
  }

  function tellPictures(pictures: readonly LostPicture[], reason: GapReason): void {
    const kinds = wanted();
    const lost = Map.groupBy(
      pictures.filter(({ kind }) => kinds.includes(kind)),
      ({ position }) => sequence.epochAt(position).number,
    );
    for (const some of lost.values()) {
      const positions = some.map(({ position }) => position);
      const epoch = sequence.epochAt(positions[0]!);
      const seqOf = (position: number) => position - epoch.firstPosition + 1;
      tell({
        what: 'pictures',
        epoch: epoch.id,
        from: seqOf(Math.min(...positions)),
        to: seqOf(Math.max(...positions)),
        count: some.length,
        reason,
      });
    }
  }

  function removedIn(first: number, last: number): Removed[] {
    const reaching = before.get(first - 1) as Removed | undefined;
    const inside = overlapping.all(first, last) as Removed[];
    return [...(reaching && reaching.last >= first ? [reaching] : []), ...inside].map((range) => ({
      first: Math.max(first, range.first),
      last: Math.min(last, range.last),
      gap: range.gap,
    }));
  }

  function note({ first, last, gap }: Removed): void {
    // Whatever said something of these positions before says it of the rest only.
    const reaching = before.get(first - 1) as Removed | undefined;
    const touched = [
      ...(reaching && reaching.last >= first - 1 ? [reaching] : []),
      ...(overlapping.all(first, last + 1) as Removed[]),
    ];
    const range = { first, last, gap };
    for (const other of touched) {
      deleteRange.run(other.first);
      if (joins(other, range)) {
        range.first = Math.min(range.first, other.first);
        range.last = Math.max(range.last, other.last);
        continue;
      }
      if (other.first < first) insertRange.run(other.first, Math.min(other.last, first - 1), other.gap);
      if (other.last > last) insertRange.run(Math.max(other.first, last + 1), other.last, other.gap);
    }
    insertRange.run(range.first, range.last, gap);
  }

  /** Ranges that say the same of one epoch become one. */
  function joins(a: Removed, b: Removed): boolean {
    return a.gap === b.gap && sequence.epochAt(a.first).number === sequence.epochAt(b.first).number;
  }

  function remove(positions: readonly number[], reason: GapReason | null): RemovedPicture[] {
    const pictures: RemovedPicture[] = [];
    const unsent: LostPicture[] = [];
    let run: Removed | undefined;
    const endRun = () => {
      if (!run) return;
      const gap = run.gap === UNCOVERED ? tellRange(run.first, run.last, reason!) : run.gap;
      note({ ...run, gap });
    };
    for (const position of positions) {
      const row = rowAt.get(position) as { type: string; gap: number | null; id: string | null } | undefined;
      if (!row) continue;
      for (const state of [0, 1]) {
        for (const { kind, at } of picturesAt.all(state, position) as Omit<RemovedPicture, 'readId'>[]) {
          if (row.id !== null) pictures.push({ readId: row.id, kind, at });
          if (state === 0) unsent.push({ position, kind });
        }
        deletePictures.run(state, position);
      }
      sealing.removing(position);
      deleteRecord.run(position);
      deleteDelivery.run(position);
      if (row.type === 'gap') forgetGap.run(position);
      const gap = row.gap ?? (reason === null ? null : UNCOVERED);
      const follows =
        run &&
        run.last === position - 1 &&
        run.gap === gap &&
        sequence.epochAt(position).firstPosition < position;
      if (run && follows) run.last = position;
      else {
        endRun();
        run = { first: position, last: position, gap };
      }
    }
    endRun();
    // Where the read itself is lost its own gap record says so.
    if (reason === null) tellPictures(unsent, 'expired');
    return pictures;
  }

  return { tell, tellRange, tellPictures, remove, removedIn, note };
}

/** Stands for "the gap record is yet to be written". */
const UNCOVERED = -1;
