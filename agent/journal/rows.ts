// Rows and records: how one becomes the other, and the checksum that tells a row the disk has changed (SQLite does
// not notice a flipped bit in a value).

import { crc32 } from 'node:zlib';
import { type Envelope, hashOf, type Seal } from '../seal/index.ts';
import type { Opener } from './opening.ts';
import type { Delivery, JournalRecord, RecordType } from './types.ts';

/** What sealing makes of a row; all null in a row that was never sealed. */
export interface SealColumns {
  /** the payload under lock; `payload` is empty then */
  sealed: Buffer | null;
  /** the text of the plate under lock; `text` is null then */
  textSealed: Buffer | null;
  payloadHash: Buffer | null;
  previousHash: Buffer | null;
  keyId: string | null;
  signature: Buffer | null;
}

export const UNSEALED: SealColumns = {
  sealed: null,
  textSealed: null,
  payloadHash: null,
  previousHash: null,
  keyId: null,
  signature: null,
};

export interface RecordRow extends SealColumns {
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
  record.appended_at AS appendedAt, record.camera, record.text, record.confidence, record.payload, record.checksum,
  record.sealed, record.text_sealed AS textSealed, record.payload_hash AS payloadHash,
  record.previous_hash AS previousHash, record.key_id AS keyId, record.signature`;

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
  const code = crc32(row.payload, crc32(JSON.stringify(head)));
  return row.keyId === null && row.sealed === null ? code : sealedChecksum(row, code);
}

function sealedChecksum(row: SealColumns, code: number): number {
  const parts = [row.keyId, row.sealed, row.textSealed, row.payloadHash, row.previousHash, row.signature];
  return parts.reduce<number>((sum, part) => (part === null ? sum : crc32(part, sum)), code);
}

export function isIntact(row: RecordRow): boolean {
  return checksumOf(row) === row.checksum;
}

/** The seal as messages carry it; undefined for a row that was never sealed. */
export function sealOf({ keyId, payloadHash, previousHash, signature }: SealColumns): Seal | undefined {
  if (keyId === null || !payloadHash || !previousHash || !signature) return undefined;
  return {
    keyId,
    payloadHash: payloadHash.toString('hex'),
    previousHash: previousHash.toString('hex'),
    signature: signature.toString('base64'),
  };
}

/** Hash of a sealed row's envelope, hex. */
export function hashOfRow(row: RecordRow): string {
  const envelope: Envelope = {
    version: 1,
    epoch: row.epochId,
    seq: row.seq,
    id: row.id,
    type: row.type,
    payloadHash: row.payloadHash?.toString('hex') ?? '',
    previousHash: row.previousHash?.toString('hex') ?? '',
    keyId: row.keyId ?? '',
  };
  return hashOf(envelope);
}

/** What stands before the payload's text, in place of its opening brace: the record's place and its seal. */
export function headOf(row: RecordRow, isEmpty: boolean): string {
  const seal = sealOf(row);
  const place = `{"epoch":${JSON.stringify(row.epochId)},"seq":${row.seq}${seal ? `,"seal":${JSON.stringify(seal)}` : ''}`;
  return isEmpty ? place : `${place},`;
}

/** The payload's text with its place and its seal put in front: no parsing on the way out. */
export function jsonOf(row: RecordRow, payload: string): string {
  return headOf(row, payload === '{}') + payload.slice(1);
}

/** @throws {AnprError} `seal.*`; SyntaxError when the payload is no JSON: check `isIntact` first */
export function recordOf(row: DeliveredRow, open: Opener): JournalRecord {
  const opened = open(row);
  const payload = JSON.parse(jsonOf(row, opened.payload)) as Record<string, unknown>;
  // A sealed row's text only helped to find it: what the payload says of the plate was authenticated.
  const { plate } = payload as { plate?: { text?: string } };
  const text = row.sealed === null ? opened.text : (plate?.text ?? opened.text);
  return {
    position: row.position,
    epoch: row.epochId,
    seq: row.seq,
    id: row.id,
    type: row.type,
    at: row.at,
    ...(row.camera === null ? {} : { camera: row.camera }),
    ...(text === null ? {} : { text }),
    ...(row.confidence === null ? {} : { confidence: row.confidence }),
    payload,
    delivery: deliveryOf(row.state),
    appendedAt: row.appendedAt,
    deliveryAt: row.deliveryAt,
    reason: row.reason,
  };
}
