// The writer's side of the journal, synchronous: it runs in the journal's own thread. A list of writes is one commit;
// when that fails each write is tried alone, so that one record that cannot be kept never takes others with it.

import type { AnprError } from '../shared/errors.ts';
import { checksumOf, DELIVERY_STATE, isIntact, queuedOf, RECORD_COLUMNS, type RecordRow } from './rows.ts';
import type { Db } from './schema.ts';
import { journalError } from './sqlite-errors.ts';
import type { NewRecord, PendingFilter, Place, QueuedRecord, RecordType } from './types.ts';

/** A record with its payload as JSON text: what crosses to the writer's thread. */
export type EncodedRecord = Omit<NewRecord, 'payload'> & { payload: string };

export type Write =
  | { kind: 'append'; record: EncodedRecord }
  | { kind: 'delivered'; positions: readonly number[]; at: number }
  | { kind: 'dead'; position: number; reason: string; at: number };

/** Where an append landed. `isNew` is false when the id was already there. */
export interface Appended extends Place {
  position: number;
  appendedAt: number;
  isNew: boolean;
}

export type Outcome = { appended: Appended | undefined } | { error: AnprError };

export interface Store {
  readonly epoch: string;
  readonly lastPosition: number;
  commit(writes: readonly Write[]): Outcome[];
  pending(filter: PendingFilter): {
    records: QueuedRecord[];
    damaged: { position: number; reason: string }[];
  };
  /** Removes at most `limit` delivered records after `from`; `next` is undefined when there are no more. */
  prune(deliveredBefore: number, from: number, limit: number): { removed: number; next: number | undefined };
}

const ALL_TYPES: readonly RecordType[] = ['read', 'hit', 'status', 'gap', 'audit'];

export function createStore(db: Db, path: string): Store {
  const epoch = db
    .prepare('SELECT number, id, first_position AS firstPosition FROM epoch ORDER BY number DESC LIMIT 1')
    .get() as { number: number; id: string; firstPosition: number };
  let lastPosition = db
    .prepare('SELECT max(coalesce(max(position), 0), ? - 1) FROM record')
    .pluck()
    .get(epoch.firstPosition) as number;

  const findById = db.prepare(
    `SELECT record.position, epoch.id AS epoch, record.seq, record.appended_at AS appendedAt
     FROM record JOIN epoch ON epoch.number = record.epoch WHERE record.id = ?`,
  );
  const insertRecord = db.prepare(
    `INSERT INTO record (position, epoch, seq, id, type, at, appended_at, camera, text, confidence, payload, checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertDelivery = db.prepare('INSERT INTO delivery (position, type) VALUES (?, ?)');
  const setDelivery = db.prepare(
    `UPDATE delivery SET state = ?, at = ?, reason = ? WHERE position = ? AND state = ${DELIVERY_STATE.pending}`,
  );
  const selectPending = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM delivery
     JOIN record ON record.position = delivery.position JOIN epoch ON epoch.number = record.epoch
     WHERE delivery.state = ${DELIVERY_STATE.pending} AND delivery.type = ?
       AND delivery.position > ? AND delivery.position <= ?
     ORDER BY delivery.position LIMIT ?`,
  );
  // The newest record stays whatever its age: the next position is counted from it.
  const selectPrunable = db
    .prepare(
      `SELECT position FROM delivery WHERE state = ${DELIVERY_STATE.delivered} AND at < ? AND position > ?
         AND position < (SELECT max(position) FROM record) ORDER BY position LIMIT ?`,
    )
    .pluck();
  const deleteRecord = db.prepare('DELETE FROM record WHERE position = ?');
  const deleteDelivery = db.prepare('DELETE FROM delivery WHERE position = ?');

  function append(record: EncodedRecord, position: number): Appended {
    const known = findById.get(record.id) as Omit<Appended, 'isNew'> | undefined;
    if (known) return { ...known, isNew: false };
    const row = {
      position,
      epochId: epoch.id,
      seq: position - epoch.firstPosition + 1,
      id: record.id,
      type: record.type,
      at: record.at,
      appendedAt: Date.now(),
      camera: record.camera ?? null,
      text: record.text ?? null,
      confidence: record.confidence ?? null,
      payload: record.payload,
    };
    insertRecord.run(
      row.position,
      epoch.number,
      row.seq,
      row.id,
      row.type,
      row.at,
      row.appendedAt,
      row.camera,
      row.text,
      row.confidence,
      row.payload,
      checksumOf(row),
    );
    insertDelivery.run(position, record.type);
    return { epoch: epoch.id, seq: row.seq, position, appendedAt: row.appendedAt, isNew: true };
  }

  /** Runs inside a transaction; `last` is carried along and becomes `lastPosition` only after the commit. */
  const apply = db.transaction((writes: readonly Write[]): { outcomes: Outcome[]; last: number } => {
    let last = lastPosition;
    const outcomes = writes.map((write): Outcome => {
      if (write.kind === 'append') {
        const appended = append(write.record, last + 1);
        if (appended.isNew) last = appended.position;
        return { appended };
      }
      if (write.kind === 'delivered')
        for (const position of write.positions)
          setDelivery.run(DELIVERY_STATE.delivered, write.at, null, position);
      else setDelivery.run(DELIVERY_STATE.dead, write.at, write.reason, write.position);
      return { appended: undefined };
    });
    return { outcomes, last };
  });

  function commit(writes: readonly Write[]): Outcome[] {
    try {
      const { outcomes, last } = apply.immediate(writes);
      lastPosition = last;
      return outcomes;
    } catch (error) {
      if (writes.length > 1) return writes.flatMap((write) => commit([write]));
      return [{ error: journalError(error, path) }];
    }
  }

  const removeAll = db.transaction((positions: readonly number[]) => {
    for (const position of positions) {
      deleteRecord.run(position);
      deleteDelivery.run(position);
    }
  });

  return {
    epoch: epoch.id,
    get lastPosition() {
      return lastPosition;
    },
    commit,
    pending({ after, upTo = Number.MAX_SAFE_INTEGER, limit, types = ALL_TYPES }) {
      const rows = types
        .flatMap((type) => selectPending.all(type, after, upTo, limit) as RecordRow[])
        .sort((a, b) => a.position - b.position)
        .slice(0, limit);
      const damaged = rows
        .filter((row) => !isIntact(row))
        .map(({ position }) => ({ position, reason: 'damaged on disk: its checksum does not match' }));
      return { records: rows.filter(isIntact).map(queuedOf), damaged };
    },
    prune(deliveredBefore, from, limit) {
      const positions = selectPrunable.all(deliveredBefore, from, limit) as number[];
      removeAll.immediate(positions);
      return { removed: positions.length, next: positions.length < limit ? undefined : positions.at(-1) };
    },
  };
}
