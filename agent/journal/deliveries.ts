// What becomes of records on their way: sent, confirmed by a receipt, asked for again, dead. Everything here runs inside a
// transaction of the store; what may concern very many rows goes in steps, so that appends go between them.

import { AnprError } from '../shared/errors.ts';
import type { Coverage, Removed } from './coverage.ts';
import { isReminderDue, type Reminded, reminded } from './remind-policy.ts';
import { isIntact, RECORD_COLUMNS, type RecordRow, DELIVERY_STATE as STATE } from './rows.ts';
import type { Db } from './schema.ts';
import { type GapReason, type PictureKind, type QueuedPicture, RECORD_TYPES } from './types.ts';

/** Positions of one epoch, both ends included. */
export interface Positions {
  first: number;
  last: number;
}

export interface Sent {
  positions: readonly number[];
  /** UTC epoch milliseconds of each PUBACK; undefined: now */
  acknowledgedAt: readonly number[] | undefined;
}

export interface RequeueOptions {
  /** sent later than this (the journal's own age) stay sent: they may be on their way */
  sentBefore: number;
  /** asked for by name: no receipt confirms it before it was sent again */
  wanted: boolean;
}

export interface Deliveries {
  sent(sent: Sent): void;
  /** @param cause why the gap record says that it never comes */
  dead(position: number, reason: string, cause: GapReason): void;
  /** One step over rows that a receipt covers. `next`: go on there; undefined: done */
  confirm(range: Positions): { changed: number; next: number | undefined };
  /** One step over rows that are wanted again. */
  requeue(range: Positions, options: RequeueOptions): { changed: number; next: number | undefined };
  /** What of the range never comes; each has a gap record after this, which is pending again where it may be lost. */
  missing(range: Positions, options: RequeueOptions): { ranges: Positions[]; requeued: number };
  /** A gap record that the consumer may not have. Returns how many became pending: 0 or 1. */
  requeueGap(position: number, options: RequeueOptions): number;
  /**
   * The newest record of each epoch that was sent so long ago and never confirmed goes again: a consumer sees by it
   * what is missing before it; ever more rarely while none is there. Returns how many.
   */
  remind(sentForMs: number): number;
  retryDead(id: string): void;
  /** @returns the position to be removed */
  dropDead(id: string): number;
  /** The centre wants them; until `markPicture`. */
  requestPictures(pictures: readonly QueuedPicture[]): void;
  markPicture(readId: string, kind: PictureKind, state: 'sent' | 'gone'): void;
}

/** Rows that one step may change. */
const STEP_ROWS = 500;
/** On a pending record that somebody asked for: only sending it again makes it delivered. */
const WANTED = 'asked for again';

export function createDeliveries(db: Db, path: string, coverage: Coverage, ageMs: () => number): Deliveries {
  const setSent = db.prepare(
    `UPDATE delivery SET state = ${STATE.sent}, at = ?, since = ?, reason = NULL
     WHERE position = ? AND state = ${STATE.pending}`,
  );
  const setDead = db.prepare(
    `UPDATE delivery SET state = ${STATE.dead}, at = ?, since = ?, reason = ?
     WHERE position = ? AND state IN (${STATE.pending}, ${STATE.sent}) RETURNING type, gap`,
  );
  const setGap = db.prepare('UPDATE delivery SET gap = ? WHERE position = ?');
  const setConfirmed = db.prepare(
    `UPDATE delivery SET state = ${STATE.confirmed}, at = ?, since = ?, reason = NULL
     WHERE position BETWEEN ? AND ?
       AND (state = ${STATE.sent} OR (state = ${STATE.pending} AND reason IS NULL AND gap IS NULL))`,
  );
  const setPending = db.prepare(
    `UPDATE delivery SET state = ${STATE.pending}, at = ?, since = ?, reason = ?
     WHERE position BETWEEN ? AND ?
       AND (state = ${STATE.confirmed} OR (state = ${STATE.sent} AND since <= ?))`,
  );
  const nextIn = (state: 'sent' | 'confirmed' | 'dead') =>
    db
      .prepare(
        `SELECT position FROM delivery WHERE state = ${STATE[state]} AND position BETWEEN ? AND ?
         ORDER BY position LIMIT 1`,
      )
      .pluck();
  const nextSent = nextIn('sent');
  const nextConfirmed = nextIn('confirmed');
  const nextPending = db
    .prepare(
      `SELECT position FROM delivery WHERE state = ${STATE.pending} AND type = ? AND position BETWEEN ? AND ?
       ORDER BY position LIMIT 1`,
    )
    .pluck();
  const deadIn = db.prepare(
    `SELECT position, type, gap FROM delivery WHERE state = ${STATE.dead} AND position BETWEEN ? AND ?`,
  );
  const newestSent = db.prepare(
    `SELECT (SELECT max(position) FROM delivery WHERE state = ${STATE.sent} AND position >= one.first_position
         AND position < coalesce((SELECT min(first_position) FROM epoch AS next WHERE next.number > one.number), 1e15))
       AS position, one.number, one.receipt_at AS receiptAt
     FROM epoch AS one WHERE number > 0 AND receipt_at IS NOT NULL AND position IS NOT NULL`,
  );
  /** by the epoch's number */
  const lastReminded = new Map<number, Reminded>();
  const stateAt = db.prepare('SELECT state FROM delivery WHERE position = ?').pluck();
  const deadById = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM record JOIN epoch ON epoch.number = record.epoch
     JOIN delivery USING (position) WHERE record.id = ? AND delivery.state = ${STATE.dead}`,
  );
  const setRetried = db.prepare(
    `UPDATE delivery SET state = ${STATE.pending}, at = ?, since = ?, reason = '${WANTED}' WHERE position = ?`,
  );
  const movePicture = db.prepare(
    `UPDATE picture SET state = 1, since = ?, changed_at = ?
     WHERE state = 0 AND kind = ? AND position = (SELECT position FROM record WHERE id = ?)`,
  );
  const forgetPicture = db.prepare(
    `DELETE FROM picture WHERE state IN (0, 1) AND kind = ? AND position = (SELECT position FROM record WHERE id = ?)`,
  );

  const insertRequest = db.prepare(
    `INSERT INTO picture_request (read_id, kind, at, size_bytes, sha256)
     VALUES (@readId, @kind, @at, @sizeBytes, @sha256) ON CONFLICT DO NOTHING`,
  );
  const deleteRequest = db.prepare('DELETE FROM picture_request WHERE read_id = ? AND kind = ?');

  /** Jumps to the first row of the range that may change; steps over STEP_ROWS positions from there. */
  function step(
    { first, last }: Positions,
    candidates: readonly ((first: number, last: number) => number | undefined)[],
    change: (first: number, last: number) => number,
  ): { changed: number; next: number | undefined } {
    const found = candidates.map((next) => next(first, last)).filter((position) => position !== undefined);
    if (found.length === 0) return { changed: 0, next: undefined };
    const from = Math.min(...found);
    const to = Math.min(last, from + STEP_ROWS - 1);
    return { changed: change(from, to), next: to < last ? to + 1 : undefined };
  }

  const sentFrom = (first: number, last: number) => nextSent.get(first, last) as number | undefined;
  const confirmedFrom = (first: number, last: number) => nextConfirmed.get(first, last) as number | undefined;
  const pendingFrom = RECORD_TYPES.map(
    (type) => (first: number, last: number) => nextPending.get(type, first, last) as number | undefined,
  );

  function requeueGap(position: number, { sentBefore }: RequeueOptions): number {
    return setPending.run(Date.now(), ageMs(), null, position, position, sentBefore).changes;
  }

  function deadLetter(id: string): RecordRow {
    const row = deadById.get(id) as RecordRow | undefined;
    if (row) return row;
    throw new AnprError(
      'journal.no-dead-letter',
      `There is no dead letter with the id ${id}`,
      'See which there are: anpr queue',
    );
  }

  return {
    sent({ positions, acknowledgedAt }) {
      const now = Date.now();
      const since = ageMs();
      positions.forEach((position, index) => {
        setSent.run(acknowledgedAt?.[index] ?? now, since, position);
      });
    },
    dead(position, reason, cause) {
      const row = setDead.get(Date.now(), ageMs(), reason, position) as
        | { type: string; gap: number | null }
        | undefined;
      // A gap record that nobody takes needs no gap of its own: the next would be refused like it.
      if (row && row.type !== 'gap' && row.gap === null)
        setGap.run(coverage.tellRange(position, position, cause), position);
    },
    confirm: (range) =>
      step(range, [sentFrom, ...pendingFrom], (first, last) => {
        return setConfirmed.run(Date.now(), ageMs(), first, last).changes;
      }),
    requeue: (range, { sentBefore, wanted }) =>
      step(range, [sentFrom, confirmedFrom], (first, last) => {
        const reason = wanted ? WANTED : null;
        return setPending.run(Date.now(), ageMs(), reason, first, last, sentBefore).changes;
      }),
    missing({ first, last }, options) {
      const ranges: Positions[] = [];
      let requeued = 0;
      /** The gap record over a range is pending again, or, when it is no longer there, written anew. */
      const cover = ({ first, last, gap }: Removed, reason: GapReason): number => {
        if (gap !== null && stateAt.get(gap) !== undefined) {
          requeued += requeueGap(gap, options);
          return gap;
        }
        return coverage.tellRange(first, last, reason);
      };
      for (const range of coverage.removedIn(first, last)) {
        const gap = cover(range, 'expired');
        if (gap !== range.gap) coverage.note({ ...range, gap });
        ranges.push({ first: range.first, last: range.last });
      }
      const dead = deadIn.all(first, last) as { position: number; type: string; gap: number | null }[];
      for (const { position, type, gap } of dead) {
        if (type === 'gap') continue;
        const covering = cover({ first: position, last: position, gap }, 'dead-letter');
        if (covering !== gap) setGap.run(covering, position);
        ranges.push({ first: position, last: position });
      }
      return { ranges: joined(ranges), requeued };
    },
    requeueGap,
    remind(sentForMs) {
      const now = ageMs();
      let count = 0;
      for (const { position, number, receiptAt } of newestSent.all() as NewestSent[]) {
        const last = lastReminded.get(number);
        if (!isReminderDue(last, receiptAt, now, sentForMs)) continue;
        const changed = requeueGap(position, { sentBefore: now - sentForMs, wanted: false });
        if (changed > 0) lastReminded.set(number, reminded(last, receiptAt, now));
        count += changed;
      }
      return count;
    },
    retryDead(id) {
      const row = deadLetter(id);
      if (!isIntact(row))
        throw new AnprError(
          'journal.damaged-record',
          `Record ${id} (seq ${row.seq}) in ${path} is damaged: it cannot be sent`,
          `Remove it: anpr queue drop ${id}`,
        );
      setRetried.run(Date.now(), ageMs(), row.position);
    },
    dropDead(id) {
      const row = deadLetter(id);
      if (row.type === 'gap')
        throw new AnprError(
          'journal.needed',
          `Record ${id} (seq ${row.seq}) is a gap record: without it the centre waits forever for what it covers`,
          `Send it again once the broker takes it: anpr queue retry ${id}`,
        );
      return row.position;
    },
    requestPictures(pictures) {
      for (const picture of pictures) insertRequest.run(picture);
    },
    markPicture(readId, kind, state) {
      deleteRequest.run(readId, kind);
      if (state === 'sent') movePicture.run(ageMs(), Date.now(), kind, readId);
      else forgetPicture.run(kind, readId);
    },
  };
}

interface NewestSent {
  position: number;
  /** of its epoch */
  number: number;
  receiptAt: number;
}

/** Ranges that touch become one. */
function joined(ranges: readonly Positions[]): Positions[] {
  const all: Positions[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = all.at(-1);
    if (before && before.last >= range.first - 1) before.last = Math.max(before.last, range.last);
    else all.push({ ...range });
  }
  return all;
}
