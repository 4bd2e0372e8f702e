// What goes into the journal and comes out of it, and the journal's own promises. Plain data: it crosses threads.

import type { AnprError } from '../shared/errors.ts';

export type RecordType = 'read' | 'hit' | 'status' | 'gap' | 'audit';

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
  /** the record as the contract has it, without `epoch` and `seq`: those are added on the way out */
  payload: Record<string, unknown>;
}

export interface Place {
  /** random id of this journal's unbroken sequence */
  epoch: string;
  /** 1, 2, 3 … without holes within an epoch */
  seq: number;
}

export type Delivery = 'pending' | 'delivered' | 'dead';

/** A record as the journal keeps it. `payload` has `epoch` and `seq` in it. */
export interface JournalRecord extends NewRecord, Place {
  /** names the record on this box: grows with every append, over epochs too, and never leaves the box */
  position: number;
  delivery: Delivery;
  /** UTC epoch milliseconds of the append and, once delivered, of the PUBACK */
  appendedAt: number;
  deliveredAt: number | null;
  /** why it is a dead letter */
  reason: string | null;
}

/** A record on its way out, as little of it as the uplink needs. */
export interface QueuedRecord extends Place {
  position: number;
  id: string;
  type: RecordType;
  /** the payload with `epoch` and `seq`, as the text of one JSON object */
  json: string;
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

export interface ReadFilter {
  /** exact, or with `*` and `?`; spaces, dashes and case do not matter */
  plate?: string;
  camera?: string;
  /** UTC epoch milliseconds, inclusive */
  from?: number;
  to?: number;
  minConfidence?: number;
  /** newest first; default 50 */
  limit?: number;
}

export interface JournalCounts {
  epoch: string;
  lastSeq: number;
  records: number;
  pending: number;
  dead: number;
  /** UTC epoch milliseconds of the append of the oldest pending record */
  oldestPendingAt: number | null;
  /** database and write-ahead log */
  sizeBytes: number;
}

/** What can be asked of a journal, by the agent and by a command beside it. */
export interface JournalQueries {
  get(id: string): Promise<JournalRecord | undefined>;
  /** reads only, newest first */
  reads(filter?: ReadFilter): Promise<JournalRecord[]>;
  counts(): Promise<JournalCounts>;
  /** reads of each camera from a time (UTC epoch milliseconds) on; cameras without any are left out */
  readsSince(from: number): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** The open journal. Every method may reject with an AnprError `journal.*`. */
export interface Journal extends JournalQueries {
  readonly path: string;
  /** id of the sequence that appends go to */
  readonly epoch: string;
  /** position of the newest committed record, 0 in an empty journal */
  readonly lastPosition: number;
  /** resolves when the journal has ended: with undefined after `close`, with the error when its thread failed */
  readonly ended: Promise<AnprError | undefined>;
  /**
   * Resolves once the record is on disk; concurrent appends share a commit. When it rejects, nothing was kept:
   * whoever appends holds the record and tries again (the same id is never kept twice).
   */
  append(record: NewRecord): Promise<Place>;
  /** Records that nobody has acknowledged yet, by position. One that fails its checksum becomes a dead letter. */
  pending(filter: PendingFilter): Promise<QueuedRecord[]>;
  markDelivered(positions: readonly number[]): Promise<void>;
  /** A dead letter: kept, counted, not sent again. */
  markDead(position: number, reason: string): Promise<void>;
  /** Calls back after the commit of each new record. Returns what ends it. */
  follow(listener: (record: JournalRecord) => void): () => void;
  /** Removes delivered records older than `deliveredBefore` (UTC epoch ms). Resolves with how many. */
  prune(limits: { deliveredBefore: number }): Promise<number>;
}
