// What retention has removed, as ranges that the box signs: without them nobody could tell retention from theft.

import { type OpenRing, type Removed, signRemoved } from '../seal/index.ts';
import type { Db } from './schema.ts';

interface StoredRange {
  from: number;
  to: number;
  before: Buffer | null;
  after: Buffer | null;
}

/** The signed ranges of what was removed; neighbours become one, so that a year of retention is a handful of rows. */
export function createRanges(db: Db, ring: OpenRing | undefined) {
  const columns = 'from_seq AS "from", to_seq AS "to", before, after';
  const endingAt = db.prepare(`SELECT ${columns} FROM chain_removed WHERE epoch = ? AND to_seq = ?`);
  const beginningAt = db.prepare(`SELECT ${columns} FROM chain_removed WHERE epoch = ? AND from_seq = ?`);
  const remove = db.prepare('DELETE FROM chain_removed WHERE epoch = ? AND from_seq = ?');
  const insert = db.prepare(
    `INSERT OR REPLACE INTO chain_removed (epoch, from_seq, to_seq, before, after, key_id, signature)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const hex = (hash: Buffer | null) => hash?.toString('hex') ?? null;
  const bytes = (hash: string | null) => (hash === null ? null : Buffer.from(hash, 'hex'));

  return {
    beforeOf: (epochNumber: number, seq: number) =>
      hex((beginningAt.get(epochNumber, seq) as StoredRange | undefined)?.before ?? null),
    afterOf: (epochNumber: number, seq: number) =>
      hex((endingAt.get(epochNumber, seq) as StoredRange | undefined)?.after ?? null),
    add(epoch: { number: number; id: string }, range: Removed): void {
      if (!ring) return;
      const left = endingAt.get(epoch.number, range.from - 1) as StoredRange | undefined;
      const right = beginningAt.get(epoch.number, range.to + 1) as StoredRange | undefined;
      const whole: Removed = {
        epoch: epoch.id,
        from: left?.from ?? range.from,
        to: right?.to ?? range.to,
        before: left ? hex(left.before) : range.before,
        after: right ? hex(right.after) : range.after,
      };
      for (const other of [left, right]) if (other) remove.run(epoch.number, other.from);
      const { keyId, signature } = signRemoved(ring.current, whole);
      insert.run(
        epoch.number,
        whole.from,
        whole.to,
        bytes(whole.before),
        bytes(whole.after),
        keyId,
        Buffer.from(signature, 'base64'),
      );
    },
  };
}
