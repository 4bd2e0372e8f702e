// The one way to a journal's contents while no agent runs: each access is noted before it is given out.

import type { AuditAction } from '../contract/index.ts';
import {
  type AuditFilter,
  type ExportFilter,
  type ExportPage,
  type HitFilter,
  type JournalRecord,
  openJournalReadOnly,
  type QueueState,
  type ReadFilter,
} from '../journal/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { type AsideEntry, readAside, recordAside } from './aside.ts';
import { checkReason, ownClaim, reasonOrNull } from './who.ts';

/** Every method rejects with `audit.not-kept` when the access cannot be noted, besides what the journal says. */
export interface AuditedJournal {
  /** newest first */
  reads(filter: ReadFilter): Promise<JournalRecord[]>;
  /** records of hits, newest first */
  hits(filter: HitFilter): Promise<JournalRecord[]>;
  get(id: string): Promise<JournalRecord | undefined>;
  /** newest first */
  audits(filter: AuditFilter): Promise<JournalRecord[]>;
  /** For an export: `note` it. */
  exportPage(filter: ExportFilter): Promise<ExportPage>;
  /** How many, how old, which dead letters: nothing that was read. */
  queue(): Promise<QueueState>;
  /** Notes what is given out in another way (an export). */
  note(action: AuditAction, filter: Record<string, string | number>, rows: number): void;
  close(): Promise<void>;
}

export interface Access {
  /** why somebody looks; undefined: they didn't say */
  reason: string | undefined;
  /** nothing is given out without a reason */
  reasonRequired: boolean;
}

/**
 * @throws {AnprError} `audit.no-reason`, `journal.missing`, `journal.foreign`, `journal.newer-version`, `journal.damaged`
 */
export async function openAudited(
  journalPath: string,
  keys: KeyRing,
  access: Access,
): Promise<AuditedJournal> {
  const reason = reasonOrNull(access.reason);
  const journal = await openJournalReadOnly(journalPath, keys);
  const note = (action: AuditAction, filter: Record<string, string | number>, rows: number) => {
    checkReason(reason, access.reasonRequired);
    recordAside(journalPath, keys, { action, who: ownClaim(), filter, reason, rows });
  };
  return {
    async reads(filter) {
      const reads = await journal.reads(filter);
      const { hits, ...asked } = filter;
      note('reads', { ...asked, ...(hits && { hits: 'true' }) }, reads.length);
      return reads;
    },
    async hits(filter) {
      const hits = await journal.hits(filter);
      note('reads', { of: 'hits', ...filter }, hits.length);
      return hits;
    },
    async get(id) {
      const record = await journal.get(id);
      note('show', { id }, record ? 1 : 0);
      return record;
    },
    async audits(filter) {
      const { from = 0, to = Number.MAX_SAFE_INTEGER, limit = 50 } = filter;
      const aside = readAside(journalPath, keys).entries.filter(({ at }) => at >= from && at <= to);
      const audits = [...aside.map(recordOf).reverse(), ...(await journal.audits(filter))].slice(0, limit);
      note('audit', { ...filter }, audits.length);
      return audits;
    },
    exportPage: (filter) => journal.exportPage(filter),
    queue: () => journal.queue(),
    note,
    close: () => journal.close(),
  };
}

/** A note that no agent has taken over yet: it has no place in the journal. */
function recordOf({ id, at, audit }: AsideEntry): JournalRecord {
  return {
    ...{ id, at, type: 'audit', payload: { audit } },
    ...{ epoch: '', seq: 0, position: 0, delivery: 'pending', appendedAt: at, deliveryAt: null },
    reason: 'noted while no agent ran',
  };
}
