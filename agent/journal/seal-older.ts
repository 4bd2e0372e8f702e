// Seals what was kept in clear before the box had keys: its content only. It gets no place in the chain, since nobody can
// say any more whether it is as it was.

import { lock, lockText, type OpenRing } from '../seal/index.ts';
import { checksumOf, RECORD_COLUMNS, type RecordRow } from './rows.ts';
import type { Db } from './schema.ts';

/** Rows between two commits of others. */
const STEP_ROWS = 200;

export interface OlderSealer {
  /** One step, inside a transaction. Returns whether there may be more. */
  step(): boolean;
  /**
   * After the last one, outside of any transaction: writes the file anew when anything was sealed, because SQLite leaves
   * old bytes between the rows of a page (`secure_delete` does not reach those that moved). Once in a box's life.
   */
  finish(): void;
}

export function createOlderSealer(db: Db, ring: OpenRing | undefined): OlderSealer {
  const select = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM record JOIN epoch ON epoch.number = record.epoch
     WHERE record.key_id IS NULL AND record.sealed IS NULL LIMIT ${STEP_ROWS}`,
  );
  const update = db.prepare(
    `UPDATE record SET payload = '', text = NULL, sealed = ?, text_sealed = ?, checksum = ? WHERE position = ?`,
  );
  let found = false;
  return {
    step() {
      if (!ring) return false;
      const rows = select.all() as RecordRow[];
      found ||= rows.length > 0;
      for (const row of rows) {
        const { epochId: epoch, seq, id } = row;
        const sealed = {
          ...row,
          payload: '',
          text: null,
          sealed: lock(ring.current, { kind: 'record', epoch, seq, id }, row.payload),
          textSealed: row.text === null ? null : lockText(ring.current, row.text),
        };
        // A row that the disk has changed stays one: its code is not made good.
        const damage = checksumOf(row) ^ row.checksum;
        update.run(sealed.sealed, sealed.textSealed, (checksumOf(sealed) ^ damage) >>> 0, row.position);
      }
      return rows.length === STEP_ROWS;
    },
    finish() {
      if (!found) return;
      db.exec('VACUUM');
      db.pragma('wal_checkpoint(TRUNCATE)');
      found = false;
    },
  };
}
