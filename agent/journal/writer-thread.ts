// The thread that writes the journal, the only one that does. Whatever was asked while a commit was on its way to
// the disk goes into the next one together: a hundred cameras' worth of reads cost one fsync.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serveThread } from '../shared/thread.ts';
import { type JournalLock, lockJournal } from './lock.ts';
import { assertUsable, openForWriting } from './schema.ts';
import { inJournalTerms, journalError } from './sqlite-errors.ts';
import {
  type Appended,
  createStore,
  type EncodedRecord,
  type Outcome,
  type Store,
  type Write,
} from './store.ts';
import type { PendingFilter, QueuedRecord } from './types.ts';

export interface WriterOptions {
  path: string;
  maxSizeBytes: number | undefined;
}

export interface WriterReady {
  epoch: string;
  lastPosition: number;
}

/** More writes than this wait for the next commit, so that no commit takes long. */
const COMMIT_MAX_WRITES = 256;
/** Removing old records yields to appends after so many. */
const PRUNE_STEP_RECORDS = 200;

const { path, maxSizeBytes } = workerData as WriterOptions;

function open() {
  let lock: JournalLock | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    assertUsable(path);
    lock = lockJournal(path);
    const db = openForWriting(path, maxSizeBytes);
    const store = createStore(db, path);
    return {
      ready: { epoch: store.epoch, lastPosition: store.lastPosition } satisfies WriterReady,
      operations: operationsOn(store),
      close() {
        db.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw journalError(error, path);
  }
}

export type WriterOperations = ReturnType<typeof operationsOn>;

function operationsOn(store: Store) {
  let queue: { write: Write; done(outcome: Outcome): void }[] = [];

  function flush(): void {
    const batch = queue.slice(0, COMMIT_MAX_WRITES);
    queue = queue.slice(COMMIT_MAX_WRITES);
    if (queue.length > 0) setImmediate(flush);
    const outcomes = store.commit(batch.map(({ write }) => write));
    batch.forEach(({ done }, index) => {
      done(outcomes[index]!);
    });
  }

  /** setImmediate runs after all messages that have arrived by now: that is what makes the group. */
  function write(write: Write): Promise<Appended | undefined> {
    return new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({
        write,
        done: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.appended)),
      });
    });
  }

  return {
    async append(record: EncodedRecord): Promise<Appended> {
      return (await write({ kind: 'append', record })) as Appended;
    },
    async markDelivered(positions: readonly number[]): Promise<void> {
      await write({ kind: 'delivered', positions, at: Date.now() });
    },
    async markDead({ position, reason }: { position: number; reason: string }): Promise<void> {
      await write({ kind: 'dead', position, reason, at: Date.now() });
    },
    async pending(filter: PendingFilter): Promise<QueuedRecord[]> {
      for (;;) {
        const { records, damaged } = inJournalTerms(path, () => store.pending(filter));
        for (const { position, reason } of damaged)
          await write({ kind: 'dead', position, reason, at: Date.now() });
        if (records.length > 0 || damaged.length === 0) return records;
      }
    },
    async prune({ deliveredBefore }: { deliveredBefore: number }): Promise<number> {
      let total = 0;
      let from: number | undefined = 0;
      while (from !== undefined) {
        const { removed, next } = inJournalTerms(path, () =>
          store.prune(deliveredBefore, from ?? 0, PRUNE_STEP_RECORDS),
        );
        total += removed;
        from = next;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return total;
    },
  };
}

serveThread(open);
