// The journal as a source of records to check: every row as it would be sent, in one moment's view of the file, and what
// the box itself states about what is not there.

import {
  type Break,
  breakMeanings,
  isHeadCode,
  type KeyRing,
  keyIdOf,
  lockedBy,
  type OpenRing,
  openRing,
  type SignedRemoved,
  type SourceRecord,
  type VerifyReport,
  verifyRecords,
} from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { createOpener, type Opener } from './opening.ts';
import { isIntact, RECORD_COLUMNS, type RecordRow, sealOf } from './rows.ts';
import { type Db, openForReading } from './schema.ts';
import { inJournalTerms } from './sqlite-errors.ts';

export interface VerifyJournalOptions {
  /** the box's keys: payloads are checked too, and the newest record's place; without them envelopes alone */
  keys?: KeyRing;
  /** public keys of the box, base64, as somebody trustworthy has them */
  publicKeys?: readonly string[];
  onProgress?: (checked: number, of: number) => void;
}

/**
 * Checks a journal file, beside a running agent too.
 * @throws {AnprError} `journal.missing`, `journal.foreign`, `journal.newer-version`, `journal.damaged`
 */
export async function verifyJournal(path: string, options: VerifyJournalOptions = {}): Promise<VerifyReport> {
  const ring = options.keys && openRing(options.keys);
  const db = inJournalTerms(path, () => openForReading(path));
  try {
    // What is appended meanwhile is not looked at: both passes see the same records.
    inJournalTerms(path, () => db.exec('BEGIN'));
    const total = db.prepare('SELECT count(*) FROM record').pluck().get() as number;
    const { onProgress } = options;
    const heads = headsIn(db, ring);
    const vouched = new Set((options.publicKeys ?? []).map(keyIdOf));
    const report = await verifyRecords(
      { records: () => records(db, createOpener(ring), ring, vouched), removed: removedIn(db) },
      {
        keys: [...(options.publicKeys ?? []), ...(ring?.ids ?? []).map((id) => ring!.get(id)!.publicKey)],
        heads,
        ...(onProgress && { onProgress: (checked) => onProgress(checked, total) }),
      },
    );
    const newest = newestSealed(db);
    return ring && newest !== undefined && !heads.has(newest) ? withoutHead(report) : report;
  } catch (error) {
    return inJournalTerms(path, () => {
      throw error;
    });
  } finally {
    db.close();
  }
}

/** @param vouched ids of keys that somebody trustworthy has, whether the box still has them or not */
function* records(
  db: Db,
  open: Opener,
  ring: OpenRing | undefined,
  vouched: ReadonlySet<string>,
): Generator<SourceRecord> {
  const rows = db
    .prepare(
      `SELECT ${RECORD_COLUMNS} FROM record JOIN epoch ON epoch.number = record.epoch ORDER BY record.position`,
    )
    .iterate() as IterableIterator<RecordRow>;
  for (const row of rows) {
    const where = `row ${row.position}`;
    const seal = sealOf(row);
    const envelope = { epoch: row.epochId, seq: row.seq, id: row.id, type: row.type, ...(seal && { seal }) };
    if (seal && row.sealed === null) yield { where, message: envelope };
    else if (seal && !ring) yield { where, message: envelope, unreadable: true };
    else yield { where, ...messageOf(row, open, envelope, vouched) };
  }
}

/**
 * A payload that does not open, or is no JSON, is not the one that was sealed; nor is one that names a lost key, unless the
 * record is signed with that very key or somebody vouches for it: else whoever changes a payload would name any key.
 */
function messageOf(
  row: RecordRow,
  open: Opener,
  envelope: Record<string, unknown>,
  vouched: ReadonlySet<string>,
): Pick<SourceRecord, 'message' | 'unreadable'> {
  const changed = { ...envelope, unreadable: true };
  try {
    const { payload } = open(row);
    // The envelope's own id and type count: a payload that says otherwise gives another hash.
    return {
      message: row.keyId === null || isIntact(row) ? { ...JSON.parse(payload), ...envelope } : changed,
    };
  } catch (error) {
    if (codeOf(error) === 'seal.key-lost') {
      const named = lockedBy(row.sealed!)!;
      return named === row.keyId || vouched.has(named)
        ? { message: envelope, unreadable: true }
        : { message: changed };
    }
    if (codeOf(error) === 'seal.broken' || error instanceof SyntaxError) return { message: changed };
    throw error;
  }
}

function removedIn(db: Db): SignedRemoved[] {
  const rows = db
    .prepare(
      `SELECT epoch.id AS epoch, from_seq AS "from", to_seq AS "to", lower(hex(before)) AS before,
         lower(hex(after)) AS after, key_id AS keyId, signature
       FROM chain_removed JOIN epoch ON epoch.number = chain_removed.epoch ORDER BY chain_removed.epoch, from_seq`,
    )
    .all() as (Omit<SignedRemoved, 'signature'> & { signature: Buffer })[];
  return rows.map((row) => ({
    ...row,
    before: row.before || null,
    after: row.after || null,
    signature: row.signature.toString('base64'),
  }));
}

/** The epoch that was written to last, when its records are sealed. */
function newestSealed(db: Db): string | undefined {
  return db
    .prepare(
      `SELECT epoch.id FROM record JOIN epoch ON epoch.number = record.epoch
       WHERE record.key_id IS NOT NULL ORDER BY position DESC LIMIT 1`,
    )
    .pluck()
    .get() as string | undefined;
}

/** Whoever cuts off the newest records cannot write the box's note of them anew, but can remove it. */
function withoutHead(report: VerifyReport): VerifyReport {
  const found: Break = {
    ...{ code: 'tail', meaning: breakMeanings.tail, epoch: null, from: null, to: null },
    where: "the box's note of its newest record",
  };
  return { ...report, ok: false, breaks: [...report.breaks, found] };
}

/** The newest records, as far as the box's own code over them can be believed. */
function headsIn(db: Db, ring: OpenRing | undefined): Map<string, { seq: number; hash: string }> {
  const rows = db
    .prepare(
      `SELECT epoch.id AS epoch, seq, lower(hex(hash)) AS hash, key_id AS keyId, code
       FROM chain_head JOIN epoch ON epoch.number = chain_head.epoch`,
    )
    .all() as { epoch: string; seq: number; hash: string; keyId: string; code: Buffer }[];
  const heads = new Map<string, { seq: number; hash: string }>();
  for (const { epoch, seq, hash, keyId, code } of rows) {
    const key = ring?.get(keyId);
    if (key && isHeadCode(key, { epoch, seq, hash }, code)) heads.set(epoch, { seq, hash });
  }
  return heads;
}
