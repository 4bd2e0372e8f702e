// The journal for a command: beside a running agent or without one, changing nothing.

import { type KeyRing, openRing } from '../seal/index.ts';
import { createExporting } from './exporting.ts';
import { createQueries } from './queries.ts';
import type { JournalQueries } from './questions.ts';
import { openForReading } from './schema.ts';
import { inJournalTerms } from './sqlite-errors.ts';

/**
 * Opens the journal for questions only, in the calling thread: for commands, not for the agent.
 * Throws AnprError: `journal.missing`, `journal.newer-version`, `journal.foreign`, `journal.damaged`,
 * `journal.unwritable` (the folder must be writable for the user, or an agent running: SQLite shares memory through it).
 */
export async function openJournalReadOnly(path: string, keys?: KeyRing): Promise<JournalQueries> {
  const db = inJournalTerms(path, () => openForReading(path));
  const queries = inJournalTerms(path, () => createQueries(db, path, keys && openRing(keys)));
  const exporting = inJournalTerms(path, () => createExporting(db, keys && openRing(keys)));
  return {
    get: async (id) => inJournalTerms(path, () => queries.get(id)),
    reads: async (filter = {}) => inJournalTerms(path, () => queries.reads(filter)),
    hits: async (filter = {}) => inJournalTerms(path, () => queries.hits(filter)),
    audits: async (filter = {}) => inJournalTerms(path, () => queries.audits(filter)),
    readsSince: async (from) => inJournalTerms(path, () => queries.readsSince(from)),
    counts: async () => inJournalTerms(path, () => queries.counts()),
    exportPage: async (filter) => inJournalTerms(path, () => exporting(filter)),
    queue: async () => inJournalTerms(path, () => queries.queue()),
    close: async () => {
      db.close();
    },
  };
}
