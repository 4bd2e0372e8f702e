// Rows and records: how one becomes the other, and the checksum that tells a row the disk has changed (SQLite does
// not notice a flipped bit in a value).

import { crc32 } from 'node:zlib';
import type { Delivery, JournalRecord, QueuedRecord, RecordType } from './types.ts';

export interface RecordRow {
  position: number;
  epochId: string;
  seq: number;
  id: string;
  type: RecordType;
  at: number;
  appendedAt: number;
  camera: string | null;
  text: string | null;
  confidence: number | null;
  payload: string;
  checksum: number;
}

export interface DeliveredRow extends RecordRow {
  state: number;
  deliveryAt: number | null;
  reason: string | null;
}

/** The columns of RecordRow: `FROM record JOIN epoch ON epoch.number = record.epoch` */
export const RECORD_COLUMNS = `record.position, epoch.id AS epochId, record.seq, record.id, record.type, record.at,
  record.appended_at AS appendedAt, record.camera, record.text, record.confidence, record.payload, record.checksum`;

export const DELIVERY_STATE = { pending: 0, sent: 1, dead: 2, confirmed: 3 } as const satisfies Record<
  Delivery,
  number
>;
const deliveries: readonly Delivery[] = ['pending', 'sent', 'dead', 'confirmed'];

/** The word for a number of DELIVERY_STATE. */
export function deliveryOf(state: number): Delivery {
  return deliveries[state] ?? 'dead';
}

/** CRC-32 over everything that the row says. */
export function checksumOf(row: Omit<RecordRow, 'checksum'>): number {
  const head = [
    row.position,
    row.epochId,
    row.seq,
    row.id,
    row.type,
    row.at,
    row.appendedAt,
    row.camera,
    row.text,
    row.confidence,
  ];
  return crc32(row.payload, crc32(JSON.stringify(head)));
}

export function isIntact(row: RecordRow): boolean {
  return checksumOf(row) === row.checksum;
}

/** The payload's text with its place put in front: no parsing on the way out. */
function jsonOf({ payload, epochId, seq }: Pick<RecordRow, 'payload' | 'epochId' | 'seq'>): string {
  const place = `{"epoch":${JSON.stringify(epochId)},"seq":${seq}`;
  return payload === '{}' ? `${place}}` : `${place},${payload.slice(1)}`;
}

export function queuedOf(row: RecordRow): QueuedRecord {
  const { position, epochId, seq, id, type } = row;
  return { position, epoch: epochId, seq, id, type, json: jsonOf(row) };
}

/** @throws SyntaxError when the payload is no JSON: check `isIntact` first */
export function recordOf(row: DeliveredRow): JournalRecord {
  return {
    position: row.position,
    epoch: row.epochId,
    seq: row.seq,
    id: row.id,
    type: row.type,
    at: row.at,
    ...(row.camera === null ? {} : { camera: row.camera }),
    ...(row.text === null ? {} : { text: row.text }),
    ...(row.confidence === null ? {} : { confidence: row.confidence }),
    payload: JSON.parse(jsonOf(row)) as Record<string, unknown>,
    delivery: deliveryOf(row.state),
    appendedAt: row.appendedAt,
    deliveryAt: row.deliveryAt,
    reason: row.reason,
  };
}
