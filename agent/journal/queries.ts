// Questions to the journal, synchronous, on a read-only connection: the agent asks them in a thread of their own
// (a search over a year of reads must hold up neither an append nor the uplink), a command asks them directly.

import { statSync } from 'node:fs';
import { AnprError } from '../shared/errors.ts';
import { DELIVERY_STATE, type DeliveredRow, isIntact, RECORD_COLUMNS, recordOf } from './rows.ts';
import type { Db } from './schema.ts';
import type { JournalCounts, JournalRecord, ReadFilter } from './types.ts';

export interface Queries {
  get(id: string): JournalRecord | undefined;
  reads(filter: ReadFilter): JournalRecord[];
  counts(): JournalCounts;
  readsSince(from: number): Record<string, number>;
}

const SELECT = `SELECT ${RECORD_COLUMNS}, delivery.state, delivery.at AS deliveryAt, delivery.reason
  FROM record JOIN epoch ON epoch.number = record.epoch JOIN delivery ON delivery.position = record.position`;

const DEFAULT_LIMIT = 50;

export function createQueries(db: Db, path: string): Queries {
  const byId = db.prepare(`${SELECT} WHERE record.id = ?`);
  const count = (sql: string) => db.prepare(sql).pluck();
  const records = count('SELECT count(*) FROM delivery');
  const pending = count(`SELECT count(*) FROM delivery WHERE state = ${DELIVERY_STATE.pending}`);
  const dead = count(`SELECT count(*) FROM delivery WHERE state = ${DELIVERY_STATE.dead}`);
  const oldestPending = count(
    `SELECT appended_at FROM record WHERE position =
       (SELECT min(position) FROM delivery WHERE state = ${DELIVERY_STATE.pending})`,
  );
  const perCamera = db.prepare(
    `SELECT camera, count(*) AS reads FROM record WHERE type = 'read' AND at >= ? GROUP BY camera`,
  );
  const epoch = db.prepare(
    `SELECT id, (SELECT max(seq) FROM record WHERE epoch = number AND position = (SELECT max(position) FROM record))
       AS lastSeq FROM epoch ORDER BY number DESC LIMIT 1`,
  );

  return {
    get(id) {
      const row = byId.get(id) as DeliveredRow | undefined;
      if (!row) return undefined;
      if (!isIntact(row))
        throw new AnprError(
          'journal.damaged',
          `Record ${id} (seq ${row.seq}) in ${path} is damaged: its checksum does not match`,
        );
      return recordOf(row);
    },
    reads(filter) {
      const { where, values } = conditionsOf(filter);
      const rows = db
        .prepare(`${SELECT} WHERE ${where} ORDER BY record.at DESC, record.position DESC LIMIT ?`)
        .all(...values, filter.limit ?? DEFAULT_LIMIT) as DeliveredRow[];
      return rows.filter(isIntact).map(recordOf);
    },
    readsSince(from) {
      const rows = perCamera.all(from) as { camera: string | null; reads: number }[];
      return Object.fromEntries(rows.map(({ camera, reads }) => [camera ?? '', reads]));
    },
    counts() {
      const current = epoch.get() as { id: string; lastSeq: number | null };
      return {
        epoch: current.id,
        lastSeq: current.lastSeq ?? 0,
        records: records.get() as number,
        pending: pending.get() as number,
        dead: dead.get() as number,
        oldestPendingAt: (oldestPending.get() as number | undefined) ?? null,
        sizeBytes: sizeOf(path) + sizeOf(`${path}-wal`),
      };
    },
  };
}

/** The WHERE of a search for reads and the values for its question marks, in order. */
export function conditionsOf(filter: ReadFilter): { where: string; values: (string | number)[] } {
  const terms = ["record.type = 'read'"];
  const values: (string | number)[] = [];
  const add = (term: string, value: string | number | undefined) => {
    if (value === undefined) return;
    terms.push(term);
    values.push(value);
  };
  const plate = filter.plate?.toUpperCase().replace(/[^A-Z0-9*?]/g, '');
  add(plate && /[*?]/.test(plate) ? 'record.text GLOB ?' : 'record.text = ?', plate);
  add('record.camera = ?', filter.camera);
  add('record.at >= ?', filter.from);
  add('record.at <= ?', filter.to);
  add('record.confidence >= ?', filter.minConfidence);
  return { where: terms.join(' AND '), values };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
