// What goes into the journal and comes out of it.

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
  delivery: Delivery;
  /** UTC epoch milliseconds of the append and, once delivered, of the PUBACK */
  appendedAt: number;
  deliveredAt: number | null;
  /** why it is a dead letter */
  reason: string | null;
}

export interface ReadFilter {
  /** exact, or with `*` and `?` */
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
  sizeBytes: number;
}
