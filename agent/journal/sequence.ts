// The sequence of the journal: which epoch is running, which place comes next, and the one function that writes a row.
// Places are counted, never taken from a clock: whatever the box's clock does, seq only grows. Everything here runs
// inside a transaction of the store.

import type { Seal } from '../seal/index.ts';
import { checksumOf, sealOf } from './rows.ts';
import { type Db, insertEpoch } from './schema.ts';
import type { Sealing } from './sealing.ts';
import type { NewRecord, Place } from './types.ts';

/** A record with its payload as canonical JSON text: what crosses to the writer's thread. */
export type EncodedRecord = Omit<NewRecord, 'payload'> & { payload: string };

/** Where an append landed. `isNew` is false when the id was already there. */
export interface Appended extends Place {
  position: number;
  appendedAt: number;
  isNew: boolean;
  /** of a new record, where the box has keys */
  seal?: Seal;
}

export interface Epoch {
  number: number;
  id: string;
  firstPosition: number;
  /** of an epoch that has ended; null in the running one */
  lastSeq: number | null;
}

export interface Sequence {
  readonly epoch: Epoch;
  /** of the newest record, also one that is not committed yet */
  readonly lastPosition: number;
  append(record: EncodedRecord): Appended;
  /** Ends the running epoch and begins another. @param above positions up to this one were given out elsewhere */
  begin(reason: string, above?: number): void;
  epochOf(id: string): Epoch | undefined;
  /** The epoch that a position belongs to. */
  epochAt(position: number): Epoch;
  lastSeqOf(epoch: Epoch): number;
  /** What the last commit has left, when a transaction was rolled back. */
  restore(): void;
  /** A commit succeeded. */
  settle(): void;
}

export function createSequence(db: Db, ageMs: () => number, sealing: Sealing): Sequence {
  const columns = 'number, id, first_position AS firstPosition, last_seq AS lastSeq';
  const newest = db.prepare(`SELECT ${columns} FROM epoch ORDER BY number DESC LIMIT 1`);
  const byId = db.prepare(`SELECT ${columns} FROM epoch WHERE id = ?`);
  const byPosition = db.prepare(
    `SELECT ${columns} FROM epoch WHERE number > 0 AND first_position <= ? ORDER BY number DESC LIMIT 1`,
  );
  const endEpoch = db.prepare('UPDATE epoch SET last_seq = ? WHERE number = ?');
  const findById = db.prepare(
    `SELECT record.position, epoch.id AS epoch, record.seq, record.appended_at AS appendedAt
     FROM record JOIN epoch ON epoch.number = record.epoch WHERE record.id = ?`,
  );
  const insertRecord = db.prepare(
    `INSERT INTO record (position, epoch, seq, id, type, at, appended_at, camera, text, confidence, payload, checksum,
       read_id, sealed, text_sealed, payload_hash, previous_hash, key_id, signature)
     VALUES (@position, @epoch, @seq, @id, @type, @at, @appendedAt, @camera, @text, @confidence, @payload, @checksum,
       @readId, @sealed, @textSealed, @payloadHash, @previousHash, @keyId, @signature)`,
  );
  const insertDelivery = db.prepare('INSERT INTO delivery (position, type, since) VALUES (?, ?, ?)');
  const insertPicture = db.prepare(
    `INSERT INTO picture (state, position, kind, at, size_bytes, sha256, since) VALUES (0, ?, ?, ?, ?, ?, ?)`,
  );

  const lastGiven = db
    .prepare(
      `SELECT max(coalesce((SELECT max(position) FROM record), 0), coalesce((SELECT max(position) FROM delivery), 0),
         coalesce((SELECT max(last) FROM removed), 0))`,
    )
    .pluck();

  const read = () => {
    const epoch = newest.get() as Epoch;
    const last = lastGiven.get() as number;
    return { epoch, last: Math.max(last, epoch.firstPosition - 1) };
  };
  let committed = read();
  let current = committed;

  return {
    get epoch() {
      return current.epoch;
    },
    get lastPosition() {
      return current.last;
    },
    append(record) {
      const known = findById.get(record.id) as Omit<Appended, 'isNew'> | undefined;
      if (known) return { ...known, isNew: false };
      const { epoch } = current;
      const position = current.last + 1;
      const { id, type, text = null, payload } = record;
      const seq = position - epoch.firstPosition + 1;
      const row = {
        position,
        epochId: epoch.id,
        seq,
        id,
        type,
        at: record.at,
        appendedAt: Date.now(),
        camera: record.camera ?? null,
        confidence: record.confidence ?? null,
        ...sealing.seal({ epochNumber: epoch.number, epochId: epoch.id, seq, id, type, text, payload }),
      };
      insertRecord.run({
        ...row,
        epoch: epoch.number,
        readId: record.readId ?? null,
        checksum: checksumOf(row),
      });
      const since = ageMs();
      insertDelivery.run(position, row.type, since);
      for (const { kind, at, sizeBytes, sha256 } of record.pictures ?? [])
        insertPicture.run(position, kind, at, sizeBytes, sha256, since);
      current = { epoch, last: position };
      const seal = sealOf(row);
      return {
        ...{ epoch: epoch.id, seq, position, appendedAt: row.appendedAt, isNew: true },
        ...(seal && { seal }),
      };
    },
    begin(reason, above = 0) {
      const { epoch, last } = current;
      endEpoch.run(last - epoch.firstPosition + 1, epoch.number);
      insertEpoch(db, Math.max(last, above) + 1, reason);
      current = { epoch: newest.get() as Epoch, last: Math.max(last, above) };
    },
    epochOf: (id) => byId.get(id) as Epoch | undefined,
    epochAt: (position) => byPosition.get(position) as Epoch,
    lastSeqOf: (epoch) => epoch.lastSeq ?? current.last - epoch.firstPosition + 1,
    restore() {
      current = committed;
    },
    settle() {
      committed = current;
    },
  };
}
