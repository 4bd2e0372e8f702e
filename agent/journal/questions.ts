// What can be asked of a journal, by the agent and by a command beside it: filters, and what comes of them. Plain data: it
// crosses threads.

import type { Delivery, JournalRecord, PictureItem, Place, RecordType } from './types.ts';

export interface ReadFilter {
  /** exact, or with `*` and `?`; spaces, dashes and case do not matter */
  plate?: string;
  camera?: string;
  /** UTC epoch milliseconds, inclusive */
  from?: number;
  to?: number;
  minConfidence?: number;
  /** true: only reads that raised a hit, also one that was withdrawn since */
  hits?: boolean;
  /** newest first; default 50 */
  limit?: number;
}

export interface HitFilter {
  /** records of hits that belong to this read */
  readId?: string;
  /** UTC epoch milliseconds, inclusive */
  from?: number;
  to?: number;
  /** newest first; default 50 */
  limit?: number;
}

export interface AuditFilter {
  /** UTC epoch milliseconds, inclusive */
  from?: number;
  to?: number;
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
  sent: number;
  confirmed: number;
  /** database and write-ahead log */
  sizeBytes: number;
}

export interface DeadLetter extends Place {
  id: string;
  type: RecordType;
  at: number;
  reason: string;
  deadAt: number | null;
}

/** What `anpr queue` shows. */
export interface QueueState extends JournalCounts {
  /** by type; types without any are left out */
  byType: Partial<Record<RecordType, Record<Delivery, number>>>;
  /** oldest first, at most 100 */
  deadLetters: DeadLetter[];
  /** the newest receipt; null: none ever came, PUBACK counts as delivered */
  receipt: { epoch: string; upTo: number; at: number } | null;
  pictures: { pending: number; pendingBytes: number; sent: number; sentBytes: number };
  /** records in the last minute; null when no agent runs */
  perMinute: { appended: number; sent: number } | null;
}

export interface ExportFilter {
  /** records after this position; 0: from the first */
  after: number;
  /** UTC epoch milliseconds of what the records tell of, inclusive */
  from?: number;
  to?: number;
}

export interface ExportPage {
  /** by place; json: the message as it goes over the wire, without its lane */
  records: { id: string; json: string; pictures: PictureItem[] }[];
  /** damaged, or sealed with a key that is gone */
  unreadable: number;
  /** go on after this position; undefined: there are no more */
  next: number | undefined;
}

export interface JournalQueries {
  get(id: string): Promise<JournalRecord | undefined>;
  /** reads only, newest first */
  reads(filter?: ReadFilter): Promise<JournalRecord[]>;
  /** records of hits only, newest first: a hit has several */
  hits(filter?: HitFilter): Promise<JournalRecord[]>;
  /** audit records only, newest first */
  audits(filter?: AuditFilter): Promise<JournalRecord[]>;
  counts(): Promise<JournalCounts>;
  /** reads of each camera from a time (UTC epoch milliseconds) on; cameras without any are left out */
  readsSince(from: number): Promise<Record<string, number>>;
  queue(): Promise<QueueState>;
  /** All records, some at a time. */
  exportPage(filter: ExportFilter): Promise<ExportPage>;
  close(): Promise<void>;
}
