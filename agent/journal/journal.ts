// The journal as the rest of the agent sees it: promises over three threads, one that writes, one that gives out what
// waits to be sent and, from the first question on, one that answers. Nothing here touches the disk.

import type { Address } from '../contract/index.ts';
import type { Logger } from '../shared/log.ts';
import { startThread, type Thread } from '../shared/thread.ts';
import type { QueryOperations, QueryOptions } from './query-thread.ts';
import { createRates } from './rates.ts';
import type { Journal, JournalRecord, NewRecord, Place } from './types.ts';
import type { WriterNews, WriterOperations, WriterOptions, WriterReady } from './writer-thread.ts';

export interface OpenOptions {
  /** the SQLite file; its folder is made when it is missing */
  path: string;
  log: Logger;
  /** whose records these are: gap records name it */
  address: Address;
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
export async function openJournal({
  path,
  log,
  address,
  maxSizeBytes,
  signal,
}: OpenOptions): Promise<Journal> {
  const writer = await startThread<WriterOperations, WriterReady>(
    new URL('./writer-thread.ts', import.meta.url),
    { path, maxSizeBytes, address } satisfies WriterOptions,
    'journal',
    (news: WriterNews) => hear(news),
  );
  let { epoch, lastPosition } = writer.ready;
  const followers = new Set<(record: JournalRecord) => void>();
  const requeueListeners = new Set<() => void>();
  const rates = createRates();
  log.info({ path, epoch, lastPosition }, 'journal open');

  /** Two of them: a search over a year of reads must not hold up the uplink. */
  const reader = () => {
    let thread: Promise<Thread<QueryOperations, undefined>> | undefined;
    return {
      ask() {
        thread ??= startThread<QueryOperations, undefined>(
          new URL('./query-thread.ts', import.meta.url),
          { path } satisfies QueryOptions,
          'journal',
        ).catch((error) => {
          thread = undefined;
          throw error;
        });
        return thread;
      },
      async close() {
        await (await thread?.catch(() => undefined))?.close();
      },
    };
  };
  const questions = reader();
  const outbox = reader();

  function hear({ made: { record, appended } }: WriterNews): void {
    epoch = appended.epoch;
    if (appended.position > lastPosition) lastPosition = appended.position;
    tell(record, appended, appended.position, appended.appendedAt);
  }

  function requeued(count: number): void {
    if (count > 0) for (const listener of requeueListeners) listener();
  }

  function tell(record: NewRecord, place: Place, position: number, appendedAt: number): void {
    if (followers.size === 0) return;
    const { epoch, seq } = place;
    const payload = { epoch, seq, ...record.payload };
    const told: JournalRecord = {
      ...record,
      epoch,
      seq,
      position,
      payload,
      delivery: 'pending',
      appendedAt,
      deliveryAt: null,
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
      requeueListeners.clear();
      signal?.removeEventListener('abort', close);
      // The writer last: the last one to close folds the write-ahead log into the file.
      await questions.close();
      await outbox.close();
      await writer.close();
      log.info({ path }, 'journal closed');
    })();
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) await close();

  return {
    path,
    get epoch() {
      return epoch;
    },
    get lastPosition() {
      return lastPosition;
    },
    ended: writer.ended,
    async append(record) {
      const { payload, ...rest } = record;
      const answer = await writer.call('append', { ...rest, payload: JSON.stringify(payload) });
      const place: Place = { epoch: answer.epoch, seq: answer.seq };
      epoch = answer.epoch;
      if (answer.position > lastPosition) lastPosition = answer.position;
      if (answer.isNew) {
        rates.appended(1);
        tell(record, place, answer.position, answer.appendedAt);
      }
      return place;
    },
    async pending(filter) {
      for (;;) {
        const { records, damaged } = await (await outbox.ask()).call('pending', filter);
        if (damaged.length > 0) await writer.call('buryDamaged', damaged);
        if (records.length > 0 || damaged.length === 0) return records;
      }
    },
    async markSent(positions) {
      if (positions.length === 0) return;
      await writer.call('markSent', positions);
      rates.sent(positions.length);
    },
    markDead: (position, reason) => writer.call('markDead', { position, reason }),
    async confirm(receipt) {
      const result = await writer.call('confirm', receipt);
      requeued(result.requeued);
      return result;
    },
    async replay(range) {
      const result = await writer.call('replay', range);
      requeued(result.requeued);
      return result;
    },
    async retryDead(id) {
      await writer.call('retryDead', id);
      requeued(1);
    },
    dropDead: (id) => writer.call('dropDead', id),
    pendingPictures: async (filter) => (await outbox.ask()).call('pendingPictures', filter),
    markPicture: ({ readId, kind }, state) => writer.call('markPicture', { readId, kind, state }),
    picturesSentSince: async (at) => (await outbox.ask()).call('picturesSentSince', at),
    get: async (id) => (await questions.ask()).call('get', id),
    reads: async (filter = {}) => (await questions.ask()).call('reads', filter),
    readsSince: async (from) => (await questions.ask()).call('readsSince', from),
    counts: async () => (await questions.ask()).call('counts', undefined),
    queue: async () => ({
      ...(await (await questions.ask()).call('queue', undefined)),
      perMinute: rates.perMinute(),
    }),
    follow(listener) {
      followers.add(listener);
      return () => followers.delete(listener);
    },
    onRequeued(listener) {
      requeueListeners.add(listener);
      return () => requeueListeners.delete(listener);
    },
    prune: (limits) => writer.call('prune', limits),
    close,
  };
}
