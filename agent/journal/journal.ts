// The journal as the rest of the agent sees it: promises over two threads, one that writes and, from the first
// question on, one that answers. Nothing here touches the disk.

import type { Logger } from '../shared/log.ts';
import { startThread, type Thread } from '../shared/thread.ts';
import type { QueryOperations, QueryOptions } from './query-thread.ts';
import type { Journal, JournalRecord, NewRecord, Place } from './types.ts';
import type { WriterOperations, WriterOptions, WriterReady } from './writer-thread.ts';

export interface OpenOptions {
  /** the SQLite file; its folder is made when it is missing */
  path: string;
  log: Logger;
  /** bound on the database file; appends beyond it reject with `journal.full` */
  maxSizeBytes?: number;
  /** closes the journal */
  signal?: AbortSignal;
}

/**
 * Opens the journal for its one writer; creates it when there is none.
 * Rejects with AnprError: `journal.newer-version`, `journal.in-use`, `journal.foreign`, `journal.damaged`,
 * `journal.unwritable`.
 */
export async function openJournal({ path, log, maxSizeBytes, signal }: OpenOptions): Promise<Journal> {
  const writer = await startThread<WriterOperations, WriterReady>(
    new URL('./writer-thread.ts', import.meta.url),
    { path, maxSizeBytes } satisfies WriterOptions,
    'journal',
  );
  const { epoch } = writer.ready;
  let { lastPosition } = writer.ready;
  const followers = new Set<(record: JournalRecord) => void>();
  log.info({ path, epoch, lastPosition }, 'journal open');

  let queries: Promise<Thread<QueryOperations, undefined>> | undefined;
  const ask = () => {
    queries ??= startThread<QueryOperations, undefined>(
      new URL('./query-thread.ts', import.meta.url),
      {
        path,
      } satisfies QueryOptions,
      'journal',
    ).catch((error) => {
      queries = undefined;
      throw error;
    });
    return queries;
  };

  function tell(record: NewRecord, place: Place, position: number, appendedAt: number): void {
    if (followers.size === 0) return;
    const payload = { epoch: place.epoch, seq: place.seq, ...record.payload };
    const told: JournalRecord = {
      ...record,
      ...place,
      position,
      payload,
      delivery: 'pending',
      appendedAt,
      deliveredAt: null,
      reason: null,
    };
    for (const follower of followers) {
      try {
        follower(told);
      } catch (error) {
        log.error({ err: error }, 'a follower of the journal failed');
      }
    }
  }

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      followers.clear();
      signal?.removeEventListener('abort', close);
      // The writer last: the last one to close folds the write-ahead log into the file.
      await (await queries?.catch(() => undefined))?.close();
      await writer.close();
      log.info({ path }, 'journal closed');
    })();
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) await close();

  return {
    path,
    epoch,
    get lastPosition() {
      return lastPosition;
    },
    ended: writer.ended,
    async append(record) {
      const { payload, ...rest } = record;
      const answer = await writer.call('append', { ...rest, payload: JSON.stringify(payload) });
      const place: Place = { epoch: answer.epoch, seq: answer.seq };
      if (answer.position > lastPosition) lastPosition = answer.position;
      if (answer.isNew) tell(record, place, answer.position, answer.appendedAt);
      return place;
    },
    pending: (filter) => writer.call('pending', filter),
    async markDelivered(positions) {
      if (positions.length > 0) await writer.call('markDelivered', positions);
    },
    markDead: (position, reason) => writer.call('markDead', { position, reason }),
    get: async (id) => (await ask()).call('get', id),
    reads: async (filter = {}) => (await ask()).call('reads', filter),
    readsSince: async (from) => (await ask()).call('readsSince', from),
    counts: async () => (await ask()).call('counts', undefined),
    follow(listener) {
      followers.add(listener);
      return () => followers.delete(listener);
    },
    prune: (limits) => writer.call('prune', limits),
    close,
  };
}
