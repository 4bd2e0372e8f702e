// How long things are kept, in steps between which appends go on. Ages are the journal's own (age.ts).

import type { RemovedPicture } from './coverage.ts';
import { DELIVERY_STATE as STATE } from './rows.ts';
import type { Db } from './schema.ts';
import type { Shelf } from './shelf.ts';
import type { Job } from './store.ts';
import { type GapReason, RECORD_TYPES } from './types.ts';

export interface KeepTimes {
  /** delivered records and pictures */
  keepDeliveredMs: number;
  keepDeliveredPicturesMs: number;
  /** undelivered ones, dead letters among them; null: for ever */
  maxAgeMs: number | null;
  maxPictureAgeMs: number | null;
}

export interface Retention {
  /** Removes records that were delivered for longer than `keepMs` of the journal's age. Resolves with how many. */
  prune(keepMs: number): Promise<number>;
  /** Removes all that is older than it may be. */
  expire(times: KeepTimes): Promise<{ delivered: number; expired: number; pictures: number }>;
}

/** Rows looked at between two commits of others. */
const STEP_ROWS = 500;
/** Gap records stay until they are delivered. */
const EXPIRING = RECORD_TYPES.filter((type) => type !== 'gap');

export function createRetention(
  db: Db,
  shelf: Shelf | undefined,
  write: <T>(job: Job<T>) => Promise<T>,
  ageMs: () => number,
): Retention {
  const receiptSeen = db.prepare('SELECT 1 FROM epoch WHERE receipt_at IS NOT NULL LIMIT 1').pluck();
  const walk = (state: number) =>
    db.prepare(
      `SELECT position, since, type FROM delivery WHERE state = ${state} AND position > ?
       ORDER BY position LIMIT ${STEP_ROWS}`,
    );
  const walks = { confirmed: walk(STATE.confirmed), sent: walk(STATE.sent), dead: walk(STATE.dead) };
  const oldestPending = db.prepare(
    `SELECT position, since FROM delivery WHERE state = ${STATE.pending} AND type = ?
     ORDER BY position LIMIT ${STEP_ROWS}`,
  );

  async function remove(positions: readonly number[], reason: GapReason | null): Promise<void> {
    const pictures: RemovedPicture[] = await write((store) => store.remove(positions, reason));
    shelf?.unlink(pictures);
  }

  /** Walks over the rows of a state and removes the old ones. */
  async function removeOld(
    state: keyof typeof walks,
    until: number,
    reason: GapReason | null,
  ): Promise<number> {
    let removed = 0;
    for (let after = 0; ; ) {
      const rows = walks[state].all(after) as { position: number; since: number; type: string }[];
      const old = rows.filter(({ since, type }) => since <= until && (reason === null || type !== 'gap'));
      if (old.length > 0)
        await remove(
          old.map(({ position }) => position),
          reason,
        );
      else await new Promise((resolve) => setImmediate(resolve));
      removed += old.length;
      if (rows.length < STEP_ROWS) return removed;
      after = rows.at(-1)!.position;
    }
  }

  /** Pending records, oldest first; the first that is young enough ends it. */
  async function removeOldPending(until: number): Promise<number> {
    let removed = 0;
    for (const type of EXPIRING)
      for (;;) {
        const rows = oldestPending.all(type) as { position: number; since: number }[];
        const young = rows.findIndex(({ since }) => since > until);
        const old = rows.slice(0, young < 0 ? undefined : young).map(({ position }) => position);
        if (old.length === 0) break;
        await remove(old, 'expired');
        removed += old.length;
      }
    return removed;
  }

  async function removeOldPictures(what: 'delivered' | 'undelivered', until: number): Promise<number> {
    let removed = 0;
    for (let old = shelf?.oldest(what, until) ?? []; old.length > 0; old = shelf?.oldest(what, until) ?? []) {
      await write(shelf!.forget(old, 'expired'));
      shelf?.unlink(old);
      removed += old.length;
    }
    return removed;
  }

  async function prune(keepMs: number): Promise<number> {
    const until = ageMs() - keepMs;
    const confirmed = await removeOld('confirmed', until, null);
    // Where receipts come, what was only sent waits for its receipt.
    return confirmed + (receiptSeen.get() === undefined ? await removeOld('sent', until, null) : 0);
  }

  return {
    prune,
    async expire({ keepDeliveredMs, keepDeliveredPicturesMs, maxAgeMs, maxPictureAgeMs }) {
      let pictures = await removeOldPictures('delivered', ageMs() - keepDeliveredPicturesMs);
      if (maxPictureAgeMs !== null) {
        pictures += await removeOldPictures('undelivered', ageMs() - maxPictureAgeMs);
        pictures += shelf?.unlinkStrays(Date.now() - maxPictureAgeMs) ?? 0;
      }
      const delivered = await prune(keepDeliveredMs);
      if (maxAgeMs === null) return { delivered, expired: 0, pictures };
      const until = ageMs() - maxAgeMs;
      const expired =
        (await removeOldPending(until)) +
        (await removeOld('sent', until, 'expired')) +
        (await removeOld('dead', until, 'expired'));
      return { delivered, expired, pictures };
    },
  };
}
