// The thread that writes the journal, the only one that does. Whatever was asked while a commit was on its way to
// the disk goes into the next one together: a hundred cameras' worth of reads cost one fsync.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { Address } from '../contract/index.ts';
import { serveThread } from '../shared/thread.ts';
import { createAge } from './age.ts';
import { type JournalLock, lockJournal } from './lock.ts';
import { createReceipts } from './receipts.ts';
import { createRetention } from './retention.ts';
import { assertUsable, type Db, openForWriting } from './schema.ts';
import type { Appended, EncodedRecord } from './sequence.ts';
import { inJournalTerms, journalError } from './sqlite-errors.ts';
import { createStore, type Job, type Made, type Outcome } from './store.ts';
import type { PictureKind, Receipt } from './types.ts';

export interface WriterOptions {
  path: string;
  maxSizeBytes: number | undefined;
  address: Address;
}

export interface WriterReady {
  epoch: string;
  lastPosition: number;
}

/** What the thread tells without being asked. */
export type WriterNews = { kind: 'made'; made: Made };

/** More writes than this wait for the next commit, so that no commit takes long. */
const COMMIT_MAX_JOBS = 256;

const { path, maxSizeBytes, address } = workerData as WriterOptions;

function open(tell: (news: WriterNews) => void) {
  let lock: JournalLock | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    assertUsable(path);
    lock = lockJournal(path);
    const db = openForWriting(path, maxSizeBytes);
    const { operations, ready } = inJournalTerms(path, () => operationsOn(db, tell));
    return {
      ready,
      operations,
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

export type WriterOperations = ReturnType<typeof operationsOn>['operations'];

function operationsOn(db: Db, tell: (news: WriterNews) => void) {
  const newest = db.prepare('SELECT max(since) FROM delivery').pluck().get() as number | null;
  const ageMs = createAge(newest ?? 0);
  const store = createStore(db, path, {
    address,
    ageMs,
    // After the answers of the same commit: followers hear of records in their order.
    onMade: (made) => setImmediate(() => tell({ kind: 'made', made })),
  });
  let queue: { job: Job<unknown>; done(outcome: Outcome<unknown>): void }[] = [];

  function flush(): void {
    const batch = queue.slice(0, COMMIT_MAX_JOBS);
    queue = queue.slice(COMMIT_MAX_JOBS);
    if (queue.length > 0) setImmediate(flush);
    const outcomes = store.commit(batch.map(({ job }) => job));
    batch.forEach(({ done }, index) => {
      done(outcomes[index]!);
    });
  }

  /** setImmediate runs after all messages that have arrived by now: that is what makes the group. */
  function write<T>(job: Job<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({
        job,
        done: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)),
      });
    });
  }

  const { deliveries } = store;
  const receipts = createReceipts(store, write, ageMs);
  const retention = createRetention(db, store, write, ageMs);

  return {
    ready: {
      epoch: store.sequence.epoch.id,
      lastPosition: store.sequence.lastPosition,
    } satisfies WriterReady,
    operations: {
      append: (record: EncodedRecord): Promise<Appended> => write(() => store.append(record)),
      markSent: (positions: readonly number[]) => write(() => deliveries.sent(positions)),
      markDead: ({ position, reason }: { position: number; reason: string }) =>
        write(() => deliveries.dead(position, reason, 'dead-letter')),
      buryDamaged: (positions: readonly number[]) =>
        write(() => {
          for (const position of positions) deliveries.dead(position, DAMAGED, 'damaged');
        }),
      confirm: (receipt: Receipt) => receipts.confirm(receipt),
      replay: (range: { epoch: string; from: number; to: number }) => receipts.replay(range),
      retryDead: (id: string) => write(() => deliveries.retryDead(id)),
      dropDead: (id: string) =>
        write(() => {
          store.remove([deliveries.dropDead(id)], 'dropped');
        }),
      markPicture: ({ readId, kind, state }: { readId: string; kind: PictureKind; state: 'sent' | 'gone' }) =>
        write(() => deliveries.markPicture(readId, kind, state)),
      prune: ({ keepMs }: { keepMs: number }) => retention.prune(keepMs),
    },
  };
}

const DAMAGED = 'damaged on disk: its checksum does not match';

serveThread(open);
