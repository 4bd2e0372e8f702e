// The writer's side of the seal: what makes a row unreadable to a thief and its place in the chain, range by range what
// retention removed, and after each commit where the newest record stands. Everything here runs inside a
// transaction of the store; `settle` and `restore` follow it.

import {
  type Envelope,
  envelopeText,
  GENESIS,
  headCode,
  isHeadCode,
  lock,
  lockText,
  type OpenRing,
  textHash,
} from '../seal/index.ts';
import { createRanges } from './chain-ranges.ts';
import { hashOfRow, isIntact, RECORD_COLUMNS, type RecordRow, type SealColumns, UNSEALED } from './rows.ts';
import type { Db } from './schema.ts';
import type { ChainBroken } from './types.ts';

/** A row before it is sealed. */
export interface OpenRow {
  epochNumber: number;
  epochId: string;
  seq: number;
  id: string;
  type: string;
  text: string | null;
  /** canonical */
  payload: string;
}

export interface Sealing {
  /** The row's columns: sealed where the box has keys, as they are where it has none. */
  seal(row: OpenRow): SealColumns & { text: string | null; payload: string };
  /** Hashes of the chain around a range of positions, as far as they are known; for gap records. */
  ends(first: number, last: number): { before: string | null; after: string | null } | undefined;
  /** The row at a position is about to be removed. */
  removing(position: number): void;
  /** The last thing before each commit. */
  beforeCommit(): void;
  settle(): void;
  restore(): void;
  /** Why the chain cannot go on in the epoch as it was found; undefined when it can. */
  readonly broken: ChainBroken | undefined;
  /** The key that is yet to be introduced in the epoch; undefined when it is known there. */
  missingKey(epochNumber: number): { id: string; publicKey: string } | undefined;
  /** The next row introduces the key that `missingKey` named: the one before it signs. */
  introduce(epochNumber: number, position: number): void;
}

/** The newest envelope of the epoch that is written to. */
interface Tip {
  epochNumber: number;
  epochId: string;
  seq: number;
  hash: string;
}

interface StoredHead {
  seq: number;
  hash: Buffer;
  keyId: string;
  code: Buffer;
}

export function createSealing(db: Db, ring: OpenRing | undefined): Sealing {
  const rowAt = db.prepare(
    `SELECT ${RECORD_COLUMNS} FROM record JOIN epoch ON epoch.number = record.epoch WHERE position = ?`,
  );
  const epochAt = db.prepare(
    `SELECT number, id, first_position AS firstPosition FROM epoch WHERE number > 0 AND first_position <= ?
     ORDER BY number DESC LIMIT 1`,
  );
  const selectHead = db.prepare('SELECT seq, hash, key_id AS keyId, code FROM chain_head WHERE epoch = ?');
  const upsertHead = db.prepare(
    `INSERT INTO chain_head (epoch, seq, hash, key_id, code) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (epoch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, key_id = excluded.key_id,
       code = excluded.code`,
  );
  const lastKey = db.prepare('SELECT id FROM key WHERE epoch = ? ORDER BY position DESC LIMIT 1').pluck();
  const insertKey = db.prepare('INSERT INTO key (epoch, id, public_key, position) VALUES (?, ?, ?, ?)');
  const ranges = createRanges(db, ring);

  const found = findTip(db, ring, (epochNumber) => selectHead.get(epochNumber) as StoredHead | undefined);
  let committed: Tip | undefined = found.tip;
  let tip = committed;
  let gone = new Map<number, RecordRow>();
  /** the key before the one that is just being introduced signs that record */
  let signer = ring?.current;

  function storeHead(): void {
    if (!ring || !tip || tip === committed) return;
    const head = { epoch: tip.epochId, seq: tip.seq, hash: tip.hash };
    const { current } = ring;
    upsertHead.run(
      tip.epochNumber,
      tip.seq,
      Buffer.from(tip.hash, 'hex'),
      current.id,
      headCode(current, head),
    );
  }

  const hashAt = (position: number): string | null => {
    const row = gone.get(position) ?? (rowAt.get(position) as RecordRow | undefined);
    return row?.keyId && isIntact(row) ? hashOfRow(row) : null;
  };
  const previousAt = (position: number): string | null => {
    const row = gone.get(position) ?? (rowAt.get(position) as RecordRow | undefined);
    return row?.keyId && isIntact(row) ? (row.previousHash?.toString('hex') ?? null) : null;
  };

  return {
    broken: found.broken,
    seal(row) {
      if (!ring || !signer) return { ...UNSEALED, text: row.text, payload: row.payload };
      if (tip?.epochNumber !== row.epochNumber) {
        storeHead();
        tip = undefined;
      }
      const { epochId: epoch, seq, id, type } = row;
      const payloadHash = textHash(row.payload);
      const previousHash = tip?.hash ?? GENESIS;
      const envelope: Envelope = {
        version: 1,
        ...{ epoch, seq, id, type, payloadHash, previousHash },
        keyId: signer.id,
      };
      const text = envelopeText(envelope);
      const signature = Buffer.from(signer.sign(text), 'base64');
      tip = { epochNumber: row.epochNumber, epochId: epoch, seq, hash: textHash(text) };
      const columns = {
        text: null,
        payload: '',
        sealed: lock(ring.current, { kind: 'record', epoch, seq, id }, row.payload),
        textSealed: row.text === null ? null : lockText(ring.current, row.text),
        payloadHash: Buffer.from(payloadHash, 'hex'),
        previousHash: Buffer.from(previousHash, 'hex'),
        keyId: signer.id,
        signature,
      };
      signer = ring.current;
      return columns;
    },
    ends(first, last) {
      const epoch = epochAt.get(first) as { number: number; firstPosition: number };
      const seqOf = (position: number) => position - epoch.firstPosition + 1;
      const isFirst = first === epoch.firstPosition;
      const before =
        (isFirst ? null : hashAt(first - 1)) ??
        previousAt(first) ??
        ranges.beforeOf(epoch.number, seqOf(first)) ??
        (isFirst && ring ? GENESIS : null);
      const after = previousAt(last + 1) ?? hashAt(last) ?? ranges.afterOf(epoch.number, seqOf(last));
      return before === null && after === null ? undefined : { before, after };
    },
    removing(position) {
      const row = rowAt.get(position) as RecordRow | undefined;
      if (row?.keyId) gone.set(position, row);
    },
    beforeCommit() {
      storeHead();
      const positions = [...gone.keys()].sort((a, b) => a - b);
      for (let at = 0; at < positions.length; ) {
        const first = positions[at]!;
        const epoch = epochAt.get(first) as { number: number; id: string; firstPosition: number };
        let last = first;
        while (positions[++at] === last + 1 && gone.get(last + 1)!.epochId === epoch.id) last++;
        const seqOf = (position: number) => position - epoch.firstPosition + 1;
        ranges.add(epoch, {
          epoch: epoch.id,
          from: seqOf(first),
          to: seqOf(last),
          before: previousAt(first) ?? hashAt(first - 1),
          after: hashAt(last) ?? previousAt(last + 1),
        });
      }
    },
    settle() {
      committed = tip;
      gone = new Map();
    },
    restore() {
      tip = committed;
      gone = new Map();
      signer = ring?.current;
    },
    missingKey(epochNumber) {
      if (!ring || lastKey.get(epochNumber) === ring.current.id) return undefined;
      return { id: ring.current.id, publicKey: ring.current.publicKey };
    },
    introduce(epochNumber, position) {
      if (!ring) return;
      const before = lastKey.get(epochNumber) as string | undefined;
      signer = (before === undefined ? undefined : ring.get(before)) ?? ring.current;
      insertKey.run(epochNumber, ring.current.id, ring.current.publicKey, position);
    },
  };
}

/** Where the chain stands in the epoch that is written to, and whether that can be believed. */
function findTip(
  db: Db,
  ring: OpenRing | undefined,
  headOf: (epochNumber: number) => StoredHead | undefined,
): { tip: Tip | undefined; broken: ChainBroken | undefined } {
  const epoch = db
    .prepare('SELECT number, id, first_position AS firstPosition FROM epoch ORDER BY number DESC LIMIT 1')
    .get() as { number: number; id: string; firstPosition: number };
  const head = headOf(epoch.number);
  const newest = db
    .prepare(
      `SELECT ${RECORD_COLUMNS} FROM record JOIN epoch ON epoch.number = record.epoch
       WHERE record.epoch = ? ORDER BY position DESC LIMIT 1`,
    )
    .get(epoch.number) as RecordRow | undefined;
  const broken = (cause: ChainBroken['cause'], reason: string) => ({
    tip: undefined,
    broken: { cause, reason },
  });
  if (!ring)
    return head
      ? broken('no-keys', 'the keys that sealed it are not there')
      : { tip: undefined, broken: undefined };
  if (!head) {
    const given = newest || db.prepare('SELECT 1 FROM removed WHERE last >= ?').get(epoch.firstPosition);
    return given
      ? broken('unsealed', 'records are sealed from here on')
      : { tip: undefined, broken: undefined };
  }
  const key = ring.get(head.keyId);
  if (!key) return broken('key-lost', `the key ${head.keyId} is lost`);
  const tip: Tip = {
    epochNumber: epoch.number,
    epochId: epoch.id,
    seq: head.seq,
    hash: head.hash.toString('hex'),
  };
  const told = isHeadCode(key, { epoch: epoch.id, seq: tip.seq, hash: tip.hash }, head.code);
  const fits =
    !newest || newest.seq < head.seq || (newest.seq === head.seq && hashOfRow(newest) === tip.hash);
  return told && fits
    ? { tip, broken: undefined }
    : broken('cut', 'the newest records are not as this box left them');
}
