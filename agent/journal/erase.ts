// Forgetting a read because somebody has the right to it: the rows of the read and of its hits are removed as retention
// removes them, so that the chain and the sequence stay whole, and their bytes are overwritten in the file.

import { AnprError } from '../shared/errors.ts';
import type { RemovedPicture } from './coverage.ts';
import { DELIVERY_STATE as STATE } from './rows.ts';
import type { Db } from './schema.ts';
import type { Store } from './store.ts';

/** Up to here the file is written anew, a second's work on a slow disk; appends wait meanwhile. */
const REWRITTEN_BYTES = 64 * 2 ** 20;

/**
 * Inside a transaction of the store; `forget` belongs after the commit.
 * @returns how many records went, and the pictures whose files are to be removed after the commit
 * @throws {AnprError} `journal.no-read`
 */
export function erase(
  db: Db,
  store: Pick<Store, 'remove'>,
  readId: string,
): { count: number; pictures: RemovedPicture[] } {
  const rows = db
    .prepare(
      `SELECT position, delivery.state FROM record JOIN delivery USING (position)
       WHERE (record.id = ? AND record.type = 'read') OR (record.read_id = ? AND record.type = 'hit') ORDER BY position`,
    )
    .all(readId, readId) as { position: number; state: number }[];
  if (rows.length === 0)
    throw new AnprError(
      'journal.no-read',
      `There is no read with the id ${readId}`,
      'See which there are: anpr reads --json',
    );
  const receipts = db.prepare('SELECT 1 FROM epoch WHERE receipt_at IS NOT NULL LIMIT 1').get();
  const isDelivered = ({ state }: { state: number }) =>
    state === STATE.confirmed || (state === STATE.sent && receipts === undefined);
  const positions = (delivered: boolean) =>
    rows.filter((row) => isDelivered(row) === delivered).map(({ position }) => position);
  db.pragma('secure_delete = ON');
  try {
    const pictures = [...store.remove(positions(true), null), ...store.remove(positions(false), 'dropped')];
    return { count: rows.length, pictures };
  } finally {
    db.pragma('secure_delete = OFF');
  }
}

/**
 * What is left of it in the file beside the rows: SQLite moves rows between pages and leaves the old bytes where they were
 * (`secure_delete` does not reach those), so a small file is written anew. What the log holds is written into the file, over
 * what was there, and cut off.
 */
export function forget(db: Db): void {
  const pages = Number(db.pragma('page_count', { simple: true }));
  if (pages * Number(db.pragma('page_size', { simple: true })) <= REWRITTEN_BYTES)
    try {
      db.exec('VACUUM');
    } catch {
      // No room for a second copy: the rows are overwritten all the same.
    }
  db.pragma('wal_checkpoint(TRUNCATE)');
}
