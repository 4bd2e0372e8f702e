// What goes into the journal and comes out of it, and the journal's own promises. Plain data: it crosses threads. What people and
// commands ask of it is in questions.ts.

import type { AnprError } from '../shared/errors.ts';
import type { JournalQueries } from './questions.ts';

export const RECORD_TYPES = ['read', 'hit', 'status', 'gap', 'audit'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** What `append` takes: everything but the place in the sequence. */
export interface NewRecord {
  /** UUIDv7; a second append of the same id changes nothing and returns the first one's place */
  id: string;
  type: RecordType;
  /** UTC epoch milliseconds of what the record tells of */
  at: number;
  /** for reads and hits: what queries filter by */
  camera?: string;
  text?: string;
  confidence?: number;
  /** for hits: id of the read that they belong to, in clear */
  readId?: string;
  /** the record as the contract has it, without `epoch` and `seq`: those are added on the way out */
  payload: Record<string, unknown>;
  /** its pictures on disk: sent after it, counted and removed by the journal's bounds */
  pictures?: readonly PictureItem[];
}

export const PICTURE_KINDS = ['plate', 'overview'] as const;
export type PictureKind = (typeof PICTURE_KINDS)[number];

export interface PictureItem {
  kind: PictureKind;
  /** UTC epoch milliseconds of the picture: names its folder */
  at: number;
  sizeBytes: number;
  /** hex */
  sha256: string;
}

export interface PictureFilter {
  limit: number;
  /** default: both */
  kinds?: readonly PictureKind[];
  /** true: only those of hits and of the reads that they belong to, sent or not themselves */
  ofHits?: boolean;
}

export interface QueuedPicture extends PictureItem {
  readId: string;
}

export interface Place {
  /** random id of this journal's unbroken sequence */
  epoch: string;
  /** 1, 2, 3 … without holes within an epoch */
  seq: number;
}

/**
 * pending: waits to be sent; sent: the broker has acknowledged it (PUBACK), which says nothing of a disk; confirmed: a
 * receipt of the consumer covers it; dead: a dead letter, covered by a gap record
 */
export type Delivery = 'pending' | 'sent' | 'confirmed' | 'dead';

/** Both ends belong to it. */
export type SeqRange = readonly [from: number, to: number];

/** Why seqs of an epoch never come, as the contract has it. */
export type GapReason = 'dead-letter' | 'expired' | 'dropped' | 'damaged' | 'new-epoch';

/** What a gap record tells. Null: not known. */
export interface Gap {
  /** pictures: those of the reads with these seqs; the reads themselves are not touched */
  what: 'records' | 'pictures';
  epoch: string | null;
  from: number | null;
  /** null in new-epoch: whatever came after `from` */
  to: number | null;
  count: number | null;
  reason: GapReason;
  /** hash of the envelope before `from` and of `to`, where records are sealed */
  chain?: { before: string | null; after: string | null };
}

/** What the consumer says it has on its disk. */
export interface Receipt {
  epoch: string;
  upTo: number;
  /** what it misses up to there */
  holes: readonly SeqRange[];
  /** records sent less than so long ago are not sent again for a hole: they were on their way. Default 0 */
  graceMs?: number;
}

export interface Requeued {
  /** records that are pending again, gap records among them */
  requeued: number;
  /** seqs that never come; a gap record covers each of them */
  missing: SeqRange[];
}

export interface Confirmed extends Requeued {
  confirmed: number;
}

/** A record as the journal keeps it. `payload` has `epoch` and `seq` in it. */
export interface JournalRecord extends NewRecord, Place {
  /** names the record on this box: grows with every append, over epochs too, and never leaves the box */
  position: number;
  delivery: Delivery;
  /** UTC epoch milliseconds of the append */
  appendedAt: number;
  /** UTC epoch milliseconds of the last change of `delivery`: PUBACK, receipt or refusal */
  deliveryAt: number | null;
  /** why it is a dead letter */
  reason: string | null;
}

/** A record on its way out, as little of it as the uplink needs. */
export interface QueuedRecord extends Place {
  position: number;
  id: string;
  type: RecordType;
  /** the payload with `epoch` and `seq`: one JSON object, UTF-8 */
  json: Buffer;
}

export interface PendingFilter {
  /** records after this position only; 0: from the oldest */
  after: number;
  /** records up to and including this position */
  upTo?: number;
  limit: number;
  /** default: every type */
  types?: readonly RecordType[];
}

/** How much is kept, and for how long. Ages count while an agent runs, whatever the clock says. */
export interface JournalBounds {
  /** of the database file */
  maxSizeBytes: number;
  keepDeliveredMs: number;
  /** undelivered records and dead letters go after so long; null: never */
  maxAgeMs: number | null;
  pictures: {
    /** the folder that the evidence store writes to */
    directory: string;
    maxSizeBytes: number;
    keepDeliveredMs: number;
    maxAgeMs: number | null;
    /** kinds that are to be sent: when they go before that, a gap record says so; `wantPictures` changes it */
    wanted: readonly PictureKind[];
  };
}

/**
 * Why a chain cannot go on. key-lost: the key that sealed the newest records is gone; no-keys: the journal was opened without
 * any; unsealed: what is there was never sealed; cut: the newest records are not as the box left them
 */
export interface ChainBroken {
  cause: 'key-lost' | 'no-keys' | 'unsealed' | 'cut';
  reason: string;
}

/** The open journal. Every method may reject with an AnprError `journal.*`. */
export interface Journal extends JournalQueries {
  readonly path: string;
  /** id of the sequence that appends go to */
  readonly epoch: string;
  /** why the chain of records could not go on at this start, and a new epoch began; null: it went on */
  readonly chainBroken: ChainBroken | null;
  /** position of the newest committed record, 0 in an empty journal */
  readonly lastPosition: number;
  /** resolves when the journal has ended: with undefined after `close`, with the error when its thread failed */
  readonly ended: Promise<AnprError | undefined>;
  /**
   * Resolves once the record is on disk; concurrent appends share a commit. When it rejects, nothing was kept:
   * whoever appends holds the record and tries again (the same id is never kept twice).
   */
  append(record: NewRecord): Promise<Place>;
  /** The same for records that belong together: all are kept, in this order and in one commit, or none is. */
  appendAll(records: readonly NewRecord[]): Promise<Place[]>;
  /**
   * Records that wait to be sent, by position; answered by a thread of its own, so a slow disk does not hold it up.
   * One that fails its checksum becomes a dead letter.
   */
  pending(filter: PendingFilter): Promise<QueuedRecord[]>;
  /**
   * The broker has acknowledged them.
   * @param acknowledgedAt when, one for each position, UTC epoch milliseconds; default: now
   */
  markSent(positions: readonly number[], acknowledgedAt?: readonly number[]): Promise<void>;
  /** A dead letter: kept, counted, not sent again; a gap record covers it from the same commit on. */
  markDead(position: number, reason: string): Promise<void>;
  /**
   * A receipt: rows that it covers are confirmed, rows in its holes are pending again. What is missing for good and not
   * yet covered by a gap record is covered by a new one. A receipt for more than this journal has given out shows that
   * the journal was set back: a new epoch begins.
   */
  confirm(receipt: Receipt): Promise<Confirmed>;
  /** Rows of the range are pending again, confirmed ones too; no receipt confirms them before they were sent. */
  replay(range: { epoch: string; from: number; to: number }): Promise<Requeued>;
  /**
   * Where receipts come: the newest record of each epoch that was sent for so long and never confirmed is pending again,
   * because a consumer cannot miss what it has seen nothing after. Done by itself each minute, for 5 minutes; while no
   * receipt comes ever more rarely, up to 5 h 20 min apart.
   */
  remind(limits: { sentForMs: number }): Promise<number>;
  /** A dead letter is pending again. Rejects with `journal.no-dead-letter`, `journal.damaged-record`. */
  retryDead(id: string): Promise<void>;
  /**
   * A read, its hits and its pictures are no longer kept, whatever became of them; a gap record covers what had not been
   * delivered, and the chain stays verifiable. Resolves with how many records that were. Rejects with `journal.no-read`.
   */
  erase(readId: string): Promise<number>;
  /** A dead letter is removed; its gap record stays. Rejects with `journal.no-dead-letter`, `journal.needed`. */
  dropDead(id: string): Promise<void>;
  /** Pictures of reads that were sent, oldest first, which themselves were not. */
  pendingPictures(filter: PictureFilter): Promise<QueuedPicture[]>;
  /** From now on these kinds are to be sent: `JournalBounds.pictures.wanted`. */
  wantPictures(kinds: readonly PictureKind[]): Promise<void>;
  /** The centre wants them: kept over a restart, until `markPicture`. */
  requestPictures(pictures: readonly QueuedPicture[]): Promise<void>;
  /** Those of `requestPictures` that were not marked since, the first first. */
  requestedPictures(limit: number): Promise<QueuedPicture[]>;
  /** gone: the file is no longer there */
  markPicture(picture: { readId: string; kind: PictureKind }, state: 'sent' | 'gone'): Promise<void>;
  /** Bytes of pictures sent from a time (UTC epoch milliseconds) on. */
  picturesSentSince(at: number): Promise<number>;
  /** Resolves once nothing that was kept in clear before the box had keys is in clear any more. */
  sealedThroughout(): Promise<void>;
  /** Calls back after the commit of each new record, also of those the journal makes itself. Returns what ends it. */
  follow(listener: (record: JournalRecord) => void): () => void;
  /** Calls back when records became pending again that lie before others already given out. Returns what ends it. */
  onRequeued(listener: () => void): () => void;
  /**
   * Removes records that were delivered so long ago: confirmed, or sent where receipts never came. The time counts
   * while an agent runs, whatever the clock says. Resolves with how many.
   */
  prune(limits: { keepMs: number }): Promise<number>;
  /** Holds to the bounds it was opened with, now; it does so by itself each minute, and when a commit is refused. */
  maintain(): Promise<void>;
  /** Gives up what is kept free for a full disk: the agent stops, and the last reads need it. */
  releaseReserve(): Promise<void>;
  /** Resolves when the thread that writes has answered: that it lives, whether or not its disk takes anything. */
  answers(): Promise<void>;
}
