// A thread that reads the journal while the agent runs, on a read-only connection of its own. Two of them run: one gives
// the uplink what waits to be sent, one answers questions; so a long search holds up neither an append nor the uplink.

import { workerData } from 'node:worker_threads';
import { type KeyRing, openRing } from '../seal/index.ts';
import { moving, serveThread } from '../shared/thread.ts';
import { createExporting } from './exporting.ts';
import { createOutbox } from './outbox.ts';
import { createQueries } from './queries.ts';
import type { AuditFilter, ExportFilter, HitFilter, ReadFilter } from './questions.ts';
import { assertSound } from './recovery.ts';
import { openForReading } from './schema.ts';
import { inJournalTerms } from './sqlite-errors.ts';
import type { PendingFilter, PictureFilter } from './types.ts';

export interface QueryOptions {
  path: string;
  /** the keys that sealed it */
  keys: KeyRing | undefined;
}

export type QueryOperations = ReturnType<typeof open>['operations'];

const { path, keys } = workerData as QueryOptions;

function open() {
  const ring = keys && openRing(keys);
  const db = inJournalTerms(path, () => openForReading(path));
  const queries = inJournalTerms(path, () => createQueries(db, path, ring));
  const exporting = inJournalTerms(path, () => createExporting(db, ring));
  const outbox = inJournalTerms(path, () => createOutbox(db, ring));
  return {
    ready: undefined,
    operations: {
      get: (id: string) => inJournalTerms(path, () => queries.get(id)),
      reads: (filter: ReadFilter) => inJournalTerms(path, () => queries.reads(filter)),
      hits: (filter: HitFilter) => inJournalTerms(path, () => queries.hits(filter)),
      audits: (filter: AuditFilter) => inJournalTerms(path, () => queries.audits(filter)),
      readsSince: (from: number) => inJournalTerms(path, () => queries.readsSince(from)),
      check: (_: undefined) => inJournalTerms(path, () => assertSound(db)),
      counts: (_: undefined) => inJournalTerms(path, () => queries.counts()),
      exportPage: (filter: ExportFilter) => inJournalTerms(path, () => exporting(filter)),
      queue: (_: undefined) => inJournalTerms(path, () => queries.queue()),
      pending(filter: PendingFilter) {
        const pending = inJournalTerms(path, () => outbox.pending(filter));
        return moving(pending, [pending.page.bytes.buffer as ArrayBuffer]);
      },
      pendingPictures: (filter: PictureFilter) => inJournalTerms(path, () => outbox.pendingPictures(filter)),
      requestedPictures: outbox.requestedPictures,
      picturesSentSince: (at: number) => inJournalTerms(path, () => outbox.picturesSentSince(at)),
    },
    close() {
      db.close();
    },
  };
}

serveThread(open);
