// Forgetting a read because somebody has the right to it: the rows of the read and of its hits are removed as retention
// removes them, so that the chain and the sequence stay whole, and their bytes are overwritten in the file.

import { AnprError } from '../shared/errors.ts';
import type { RemovedPicture } from './coverage.ts';
import { DELIVERY_STATE as STATE } from './rows.ts';
import type { Db } from './schema.ts';
import type { Store } from './store.ts';

/**
 * Inside a transaction of the store.
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
