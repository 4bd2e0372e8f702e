// The journal as the rest of the agent sees it: promises over three threads, one that writes, one that gives out what
// waits to be sent and, from the first question on, one that answers. Nothing here touches the disk.

import type { Address } from '../contract/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { startThread } from '../shared/thread.ts';
import { encoded } from './key-record.ts';
import { recordsOf } from './page.ts';
import { createRates } from './rates.ts';
import { createReader } from './reader.ts';
import type { Appended } from './sequence.ts';
import type { Journal, JournalBounds, JournalRecord, NewRecord, Place } from './types.ts';
import type { WriterNews, WriterOptions, WriterReady } from './writer.ts';
import type { WriterOperations } from './writer-operations.ts';

/** Damage that is met again so soon after a look at the file found none. */
const MEND_AGAIN_MS = 10 * 60_000;

export interface OpenOptions {
  /** the SQLite file; its folder is made when it is missing */
  path: string;
  log: Logger;
  /** whose records these are: gap records name it */
  address: Address;
  /** without bounds nothing is removed by itself, and a full disk refuses appends with `journal.full` */
  bounds?: JournalBounds;
  /** records are sealed, chained and signed with these; without them they are kept as they are */
  keys?: KeyRing;
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
  bounds,
  keys,
  signal,
}: OpenOptions): Promise<Journal> {
  const writer = await startThread<WriterOperations, WriterReady>(
    new URL('./writer-thread.ts', import.meta.url),
    { path, bounds, address, keys } satisfies WriterOptions,
    'journal',
    (news: WriterNews) => hear(news),
  );
  let { epoch, lastPosition } = writer.ready;
  const followers = new Set<(record: JournalRecord) => void>();
  const requeueListeners = new Set<() => void>();
  const rates = createRates();
  log.info({ path, epoch, lastPosition }, 'journal open');
  if (writer.ready.chainBroken)
    log.warn({ ...writer.ready.chainBroken }, 'the chain of records could not go on: a new epoch began');

  let closing: Promise<void> | undefined;
  const isOver = () => closing !== undefined;
  let mending: Promise<void> | undefined;
  let lastMendedMs = Number.NEGATIVE_INFINITY;
  /** A reader met damage: is the file sound? When that was asked a moment ago, it is set aside whatever it looks like. */
  function mend(why: string): Promise<void> {
    mending ??= (async () => {
      const again = performance.now() - lastMendedMs < MEND_AGAIN_MS;
      lastMendedMs = performance.now();
      if (again) await writer.call('setAside', why);
      else await writer.call('inspect', undefined);
    })().finally(() => {
      mending = undefined;
    });
    return mending;
  }
  const questions = createReader({ path, keys }, mend, isOver);
  const outbox = createReader({ path, keys }, mend, isOver);
  // In the thread that answers questions: one of its own would keep its memory for good.
  if (writer.ready.unchecked)
    questions
      .call('check', undefined)
      .catch((error) => log.warn({ reason: messageOf(error) }, 'the journal could not be looked through'));
  const older = keys ? sealOlder() : Promise.resolve();

  async function sealOlder(): Promise<void> {
    try {
      await writer.call('sealOlder', undefined);
    } catch (error) {
      if (codeOf(error) !== 'journal.closed')
        log.warn(
          { code: codeOf(error) },
          `records from before the keys are in clear yet: ${messageOf(error)}`,
        );
    }
  }

  function hear(news: WriterNews): void {
    if (news.kind === 'made') {
      const { record, appended } = news.made;
      epoch = appended.epoch;
      if (appended.position > lastPosition) lastPosition = appended.position;
      tell(record, appended);
    } else if (news.kind === 'log') log[news.level](news.fields, news.message);
    else if (news.kind === 'replaced') {
      void questions.release();
      void outbox.release();
      requeued(1);
    } else requeued(1);
  }

  function requeued(count: number): void {
    if (count > 0) for (const listener of requeueListeners) listener();
  }

  function tell(record: NewRecord, { epoch, seq, position, appendedAt, seal }: Appended): void {
    if (followers.size === 0) return;
    const payload = { epoch, seq, ...(seal && { seal }), ...record.payload };
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

  async function append(records: readonly NewRecord[]): Promise<Place[]> {
    const answers = await writer.call('append', records.map(encoded));
    for (const [index, answer] of answers.entries()) {
      epoch = answer.epoch;
      if (answer.position > lastPosition) lastPosition = answer.position;
      if (!answer.isNew) continue;
      rates.appended(1);
      tell(records[index]!, answer);
    }
    return answers.map(({ epoch, seq }) => ({ epoch, seq }));
  }

  const close = () => {
    closing ??= (async () => {
      followers.clear();
      requeueListeners.clear();
      signal?.removeEventListener('abort', close);
      // The writer last: the last one to close folds the write-ahead log into the file.
      await questions.release();
      await outbox.release();
      await writer.close();
      log.info({ path }, 'journal closed');
    })();
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) await close();

  return {
    path,
    chainBroken: writer.ready.chainBroken,
    get epoch() {
      return epoch;
    },
    get lastPosition() {
      return lastPosition;
    },
    ended: writer.ended,
    append: async (record) => (await append([record]))[0]!,
    appendAll: append,
    async pending(filter) {
      for (;;) {
        const { page, damaged, unreadable } = await outbox.call('pending', filter);
        if (damaged.length > 0) await writer.call('buryDamaged', damaged);
        if (unreadable.length > 0) await writer.call('buryUnreadable', unreadable);
        if (page.records.length > 0 || damaged.length + unreadable.length === 0) return recordsOf(page);
      }
    },
    async markSent(positions, acknowledgedAt) {
      if (positions.length === 0) return;
      await writer.call('markSent', { positions, acknowledgedAt });
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
    async remind(limits) {
      const count = await writer.call('remind', limits);
      requeued(count);
      return count;
    },
    async retryDead(id) {
      await writer.call('retryDead', id);
      requeued(1);
    },
    erase: (readId) => writer.call('erase', readId),
    dropDead: (id) => writer.call('dropDead', id),
    pendingPictures: (filter) => outbox.call('pendingPictures', filter),
    wantPictures: (kinds) => writer.call('wantPictures', kinds),
    requestPictures: (pictures) => writer.call('requestPictures', pictures),
    requestedPictures: (limit) => outbox.call('requestedPictures', limit),
    markPicture: ({ readId, kind }, state) => writer.call('markPicture', { readId, kind, state }),
    picturesSentSince: (at) => outbox.call('picturesSentSince', at),
    get: (id) => questions.call('get', id),
    reads: (filter = {}) => questions.call('reads', filter),
    hits: (filter = {}) => questions.call('hits', filter),
    audits: (filter = {}) => questions.call('audits', filter),
    readsSince: (from) => questions.call('readsSince', from),
    counts: () => questions.call('counts', undefined),
    queue: async () => ({
      ...(await questions.call('queue', undefined)),
      perMinute: rates.perMinute(),
    }),
    exportPage: (filter) => questions.call('exportPage', filter),
    follow(listener) {
      followers.add(listener);
      return () => followers.delete(listener);
    },
    onRequeued(listener) {
      requeueListeners.add(listener);
      return () => requeueListeners.delete(listener);
    },
    prune: (limits) => writer.call('prune', limits),
    maintain: () => writer.call('maintain', undefined),
    releaseReserve: () => writer.call('releaseReserve', undefined),
    answers: () => writer.call('answers', undefined),
    sealedThroughout: () => older,
    close,
  };
}
