// Between the cameras and the journal: a read is offered until the journal has it. While it takes none (a full disk) only
// the oldest read is tried, now and then, and the others wait behind it: a hundred vehicles are one line in the log. When
// the agent stops meanwhile they are put aside, for the next start.

import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';

export interface Waiting {
  /** reads that the journal has not taken yet; their cameras' processes hold them */
  reads: number;
  /** why it takes none; null while it does */
  reason: string | null;
  /** UTC epoch milliseconds, since when it takes none */
  since: number | null;
}

export interface Keeper<R> {
  /** Resolves once the journal has it. @throws what `append` throws when waiting would not help */
  keep(record: R): Promise<void>;
  waiting(): Waiting;
  /** The agent stops: what the journal does not take now, at once, is put aside. */
  lastCall(): void;
}

export interface KeeperOptions<R> {
  append(record: R): Promise<unknown>;
  /** Keeps it elsewhere until the next start. @throws when that cannot be done either: then it is lost */
  putAside(record: R): void;
  log: Logger;
  /** how long until the oldest is offered again */
  againMs?: number;
}

const AGAIN_MS = 2000;
/** the same trouble is logged again after so long */
const REMIND_MS = 60_000;
/** waiting changes nothing: the agent stops, or it is this record alone that cannot be kept */
const FINAL = new Set(['journal.closed', 'journal.rejected']);

export function createKeeper<R extends { id: string }>(options: KeeperOptions<R>): Keeper<R> {
  const { append, putAside, log, againMs = AGAIN_MS } = options;
  const last = new AbortController();
  const called = new Promise<void>((resolve) =>
    last.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  let reads = 0;
  let trouble: { reason: string; since: number; over: Promise<void> } | null = null;

  async function keep(record: R): Promise<void> {
    reads++;
    try {
      for (;;) {
        while (trouble && !last.signal.aborted) await Promise.race([trouble.over, called]);
        try {
          await append(record);
          return;
        } catch (error) {
          if (FINAL.has(codeOf(error))) throw error;
          if (last.signal.aborted) return aside(record, error);
          if (trouble) continue; // another one of the same moment tries
          await offerAgain(record, error);
          return;
        }
      }
    } finally {
      reads--;
    }
  }

  async function offerAgain(record: R, first: unknown): Promise<void> {
    const over = Promise.withResolvers<void>();
    const own = { reason: '', since: Date.now(), over: over.promise };
    trouble = own;
    let toldAt = Number.NEGATIVE_INFINITY;
    try {
      for (let error = first; ; ) {
        const reason = messageOf(error);
        if (reason !== own.reason || performance.now() - toldAt >= REMIND_MS) {
          log.error({ code: codeOf(error), reads }, `the journal takes no reads, they wait: ${reason}`);
          toldAt = performance.now();
        }
        own.reason = reason;
        await sleep(againMs, undefined, { ref: false, signal: last.signal }).catch(() => {});
        try {
          await append(record);
          log.warn({ reads }, 'the journal takes reads again');
          return;
        } catch (again) {
          if (FINAL.has(codeOf(again))) throw again;
          if (last.signal.aborted) return aside(record, again);
          error = again;
        }
      }
    } finally {
      trouble = null;
      over.resolve();
    }
  }

  function aside(record: R, error: unknown): void {
    try {
      putAside(record);
      log.warn(
        { read: record.id, code: codeOf(error) },
        'the journal does not take this read: put aside for the next start',
      );
    } catch (failure) {
      log.error(
        { read: record.id, code: codeOf(failure) },
        `neither the journal nor any other place takes this read, it is lost: ${messageOf(failure)}`,
      );
      throw failure;
    }
  }

  return {
    keep,
    waiting: () => ({ reads, reason: trouble?.reason ?? null, since: trouble?.since ?? null }),
    lastCall: () => last.abort(),
  };
}
