// Questions to the journal, synchronous, on a read-only connection: the agent asks them in a thread of their own
// (a search over a year of reads must hold up neither an append nor the uplink), a command asks them directly.

import { statSync } from 'node:fs';
import type { OpenRing } from '../seal/index.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { plateMatcher } from '../shared/plate-pattern.ts';
import { createOpener } from './opening.ts';
import type {
  AuditFilter,
  DeadLetter,
  HitFilter,
  JournalCounts,
  QueueState,
  ReadFilter,
} from './questions.ts';
import { DELIVERY_STATE, type DeliveredRow, deliveryOf, isIntact, RECORD_COLUMNS, recordOf } from './rows.ts';
import type { Db } from './schema.ts';
import { candidates, conditionsOf } from './search.ts';
import type { JournalRecord, PictureItem, RecordType } from './types.ts';

export interface Queries {
  get(id: string): JournalRecord | undefined;
  reads(filter: ReadFilter): JournalRecord[];
  hits(filter: HitFilter): JournalRecord[];
  audits(filter: AuditFilter): JournalRecord[];
  counts(): JournalCounts;
  readsSince(from: number): Record<string, number>;
  queue(): QueueState;
}

const SELECT = `SELECT ${RECORD_COLUMNS}, delivery.state, delivery.at AS deliveryAt, delivery.reason
  FROM record JOIN epoch ON epoch.number = record.epoch JOIN delivery ON delivery.position = record.position`;

const DEFAULT_LIMIT = 50;
const MAX_DEAD_LETTERS = 100;

export function createQueries(db: Db, path: string, ring: OpenRing | undefined): Queries {
  const open = createOpener(ring);
  const byId = db.prepare(`${SELECT} WHERE record.id = ?`);
  const byPosition = db.prepare(`${SELECT} WHERE record.position = ?`);
  const selectAudits = db.prepare(
    `${SELECT} WHERE record.type = 'audit' AND record.at BETWEEN ? AND ?
     ORDER BY record.at DESC, record.position DESC LIMIT ?`,
  );
  const selectHits = db.prepare(
    `${SELECT} WHERE record.type = 'hit' AND record.at BETWEEN ? AND ?
     ORDER BY record.at DESC, record.position DESC LIMIT ?`,
  );
  const selectHitsOfRead = db.prepare(
    `${SELECT} WHERE record.read_id = ? AND record.type = 'hit' AND record.at BETWEEN ? AND ?
     ORDER BY record.at DESC, record.position DESC LIMIT ?`,
  );
  const count = (sql: string) => db.prepare(sql).pluck();
  const records = count('SELECT count(*) FROM delivery');
  const inState = (state: keyof typeof DELIVERY_STATE) =>
    count(`SELECT count(*) FROM delivery WHERE state = ${DELIVERY_STATE[state]}`);
  const pending = inState('pending');
  const sent = inState('sent');
  const confirmed = inState('confirmed');
  const dead = inState('dead');
  const picturesOf = db.prepare(
    `SELECT kind, at, size_bytes AS sizeBytes, sha256 FROM picture WHERE state IN (0, 1) AND position = ? ORDER BY kind`,
  );
  const byType = db.prepare('SELECT type, state, count(*) AS count FROM delivery GROUP BY type, state');
  const deadLetters = db.prepare(
    `SELECT record.id, record.type, epoch.id AS epoch, record.seq, record.at, delivery.reason, delivery.at AS deadAt
     FROM delivery JOIN record USING (position) JOIN epoch ON epoch.number = record.epoch
     WHERE delivery.state = ${DELIVERY_STATE.dead} ORDER BY delivery.position LIMIT ${MAX_DEAD_LETTERS}`,
  );
  const receipt = db.prepare(
    `SELECT id AS epoch, receipt_up_to AS upTo, receipt_at AS at FROM epoch
     WHERE receipt_at IS NOT NULL ORDER BY receipt_at DESC, number DESC LIMIT 1`,
  );
  const pictures = db.prepare(
    `SELECT count(*) FILTER (WHERE state = 0) AS pending, coalesce(sum(size_bytes) FILTER (WHERE state = 0), 0) AS pendingBytes,
       count(*) FILTER (WHERE state = 1) AS sent, coalesce(sum(size_bytes) FILTER (WHERE state = 1), 0) AS sentBytes
     FROM picture`,
  );
  const oldestPending = count(
    `SELECT appended_at FROM record WHERE position =
       (SELECT min(position) FROM delivery WHERE state = ${DELIVERY_STATE.pending})`,
  );
  const perCamera = db.prepare(
    `SELECT camera, count(*) AS reads FROM record WHERE type = 'read' AND at >= ? GROUP BY camera`,
  );
  const epoch = db.prepare(
    `SELECT id, max(coalesce((SELECT max(position) FROM record), 0), coalesce((SELECT max(last) FROM removed), 0))
       - first_position + 1 AS lastSeq FROM epoch ORDER BY number DESC LIMIT 1`,
  );

  function counts(): JournalCounts {
    const current = epoch.get() as { id: string; lastSeq: number };
    return {
      epoch: current.id,
      lastSeq: Math.max(0, current.lastSeq),
      records: records.get() as number,
      pending: pending.get() as number,
      sent: sent.get() as number,
      confirmed: confirmed.get() as number,
      dead: dead.get() as number,
      oldestPendingAt: (oldestPending.get() as number | undefined) ?? null,
      sizeBytes: sizeOf(path) + sizeOf(`${path}-wal`),
    };
  }

  /** What is shown of a row: nothing of one that the disk has changed, or whose key is lost. */
  function shown(row: DeliveredRow): JournalRecord | undefined {
    if (!isIntact(row)) return undefined;
    try {
      return recordOf(row, open);
    } catch (error) {
      if (codeOf(error) === 'seal.key-lost' || codeOf(error) === 'seal.broken') return undefined;
      throw error;
    }
  }

  return {
    get(id) {
      const row = byId.get(id) as DeliveredRow | undefined;
      if (!row) return undefined;
      if (!isIntact(row))
        throw new AnprError(
          'journal.damaged-record',
          `Record ${id} (seq ${row.seq}) in ${path} is damaged: its checksum does not match`,
        );
      const pictures = picturesOf.all(row.position) as PictureItem[];
      return { ...recordOf(row, open), ...(pictures.length > 0 && { pictures }) };
    },
    reads(filter) {
      const limit = filter.limit ?? DEFAULT_LIMIT;
      const { where, values } = conditionsOf(filter);
      const rows = db
        .prepare(`${SELECT} WHERE ${where} ORDER BY record.at DESC, record.position DESC LIMIT ?`)
        .all(...values, limit) as DeliveredRow[];
      const found = rows.map(shown).filter((record) => record !== undefined);
      if (filter.plate === undefined || !ring) return found;
      // Rows in clear were found above; they are few, and none once the journal has been sealed throughout.
      const matches = plateMatcher(filter.plate);
      let sealed = 0;
      for (const position of candidates(db, ring, filter.plate, filter)) {
        const record = shown(byPosition.get(position) as DeliveredRow);
        if (!record || !matches(record.text ?? '')) continue;
        found.push(record);
        if (++sealed === limit) break;
      }
      return found.sort((a, b) => b.at - a.at || b.position - a.position).slice(0, limit);
    },
    hits({ readId, from = 0, to = Number.MAX_SAFE_INTEGER, limit = DEFAULT_LIMIT }) {
      const rows = (
        readId === undefined ? selectHits.all(from, to, limit) : selectHitsOfRead.all(readId, from, to, limit)
      ) as DeliveredRow[];
      return rows.map(shown).filter((record) => record !== undefined);
    },
    audits({ from = 0, to = Number.MAX_SAFE_INTEGER, limit = DEFAULT_LIMIT }) {
      const rows = selectAudits.all(from, to, limit) as DeliveredRow[];
      return rows.map(shown).filter((record) => record !== undefined);
    },
    readsSince(from) {
      const rows = perCamera.all(from) as { camera: string | null; reads: number }[];
      return Object.fromEntries(rows.map(({ camera, reads }) => [camera ?? '', reads]));
    },
    counts,
    queue() {
      const table: QueueState['byType'] = {};
      for (const { type, state, count } of byType.all() as {
        type: RecordType;
        state: number;
        count: number;
      }[]) {
        table[type] ??= { pending: 0, sent: 0, confirmed: 0, dead: 0 };
        table[type][deliveryOf(state)] = count;
      }
      return {
        ...counts(),
        byType: table,
        deadLetters: deadLetters.all() as DeadLetter[],
        receipt: (receipt.get() as QueueState['receipt'] | undefined) ?? null,
        pictures: pictures.get() as QueueState['pictures'],
        perMinute: null,
      };
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
