// How long delivered records are kept, in steps between which appends go on.

import { DELIVERY_STATE as STATE } from './rows.ts';
import type { Db } from './schema.ts';
import type { Job } from './store.ts';

export interface Retention {
  /** Removes records that were delivered for longer than `keepMs` of the journal's age. Resolves with how many. */
  prune(keepMs: number): Promise<number>;
}

/** Rows looked at between two commits of others. */
const STEP_ROWS = 500;

export function createRetention(
  db: Db,
  write: <T>(job: Job<T>) => Promise<T>,
  ageMs: () => number,
): Retention {
  const receiptSeen = db.prepare('SELECT 1 FROM epoch WHERE receipt_at IS NOT NULL LIMIT 1').pluck();
  const walk = (state: number) =>
    db.prepare(
      `SELECT position, since FROM delivery WHERE state = ${state} AND position > ? ORDER BY position LIMIT ${STEP_ROWS}`,
    );
  const walks = { confirmed: walk(STATE.confirmed), sent: walk(STATE.sent) };

  /** Where receipts come, what was only sent waits for its receipt. */
  const deliveredStates = () =>
    receiptSeen.get() === undefined ? (['confirmed', 'sent'] as const) : (['confirmed'] as const);

  return {
    async prune(keepMs) {
      const until = ageMs() - keepMs;
      let removed = 0;
      for (const state of deliveredStates())
        for (let after = 0; ; ) {
          const rows = walks[state].all(after) as { position: number; since: number }[];
          const old = rows.filter(({ since }) => since <= until).map(({ position }) => position);
          if (old.length > 0) await write((store) => store.remove(old, null));
          else await new Promise((resolve) => setImmediate(resolve));
          removed += old.length;
          if (rows.length < STEP_ROWS) break;
          after = rows.at(-1)!.position;
        }
      return removed;
    },
  };
}
