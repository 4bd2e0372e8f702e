// The thread that answers questions to the journal while the agent runs: a read-only connection of its own, so that
// a long search holds up neither an append nor the uplink.

import { workerData } from 'node:worker_threads';
import { serveThread } from '../shared/thread.ts';
import { createQueries } from './queries.ts';
import { openForReading } from './schema.ts';
import { inJournalTerms } from './sqlite-errors.ts';
import type { ReadFilter } from './types.ts';

export interface QueryOptions {
  path: string;
}

export type QueryOperations = ReturnType<typeof open>['operations'];

const { path } = workerData as QueryOptions;

function open() {
  const db = inJournalTerms(path, () => openForReading(path));
  const queries = inJournalTerms(path, () => createQueries(db, path));
  return {
    ready: undefined,
    operations: {
      get: (id: string) => inJournalTerms(path, () => queries.get(id)),
      reads: (filter: ReadFilter) => inJournalTerms(path, () => queries.reads(filter)),
      readsSince: (from: number) => inJournalTerms(path, () => queries.readsSince(from)),
      counts: (_: undefined) => inJournalTerms(path, () => queries.counts()),
    },
    close() {
      db.close();
    },
  };
}

serveThread(open);
