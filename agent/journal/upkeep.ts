// What the journal's writer does by itself: it holds to the bounds, removes what is too old, and reminds of what was sent and never
// confirmed.

import { messageOf } from '../shared/errors.ts';
import type { Job } from './store.ts';
import type { JournalBounds } from './types.ts';
import type { LogLevel, Running, WriterNews } from './writer.ts';

const MAINTAIN_EVERY_MS = 60_000;
const REMIND_AFTER_MS = 5 * 60_000;
const EXPIRE_EVERY_MS = 10 * 60_000;
const SWEEP_EVERY_MS = 6 * 60 * 60_000;
/** Between two maintenances: how near the bound is. */
const TIGHT_CHECK_COMMITS = 20;

interface UpkeepParts {
  /** undefined: nothing goes by itself */
  bounds: JournalBounds | undefined;
  /** undefined: no file is open just now */
  running: () => Running | undefined;
  isClosed: () => boolean;
  write: <T>(job: Job<T>) => Promise<T>;
  tell: (news: WriterNews) => void;
  log: (level: LogLevel, fields: Record<string, unknown>, message: string) => void;
}

export type Upkeep = ReturnType<typeof createUpkeep>;

export function createUpkeep({ bounds, running, isClosed, write, tell, log }: UpkeepParts) {
  let commits = 0;
  let maintaining: Promise<void> | undefined;
  let sweptMs = Number.NEGATIVE_INFINITY;
  let expiredMs = Number.NEGATIVE_INFINITY;
  /** @param what all: also what is done less often */
  function maintain(what: 'due' | 'all' = 'due'): Promise<void> {
    maintaining ??= (async () => {
      const now = running();
      if (!now || !bounds) return;
      const { retention, room, shelf, db } = now;
      const nowMs = performance.now();
      const isBeingSaved = db.prepare('SELECT 1 FROM salvage').get() !== undefined;
      if (!isBeingSaved && (what === 'all' || nowMs - sweptMs > SWEEP_EVERY_MS)) {
        sweptMs = nowMs;
        await shelf?.sweep(isClosed);
      }
      if (what === 'all' || nowMs - expiredMs > EXPIRE_EVERY_MS) {
        expiredMs = nowMs;
        const { pictures, ...records } = bounds;
        const old = await retention.expire({
          ...records,
          keepDeliveredPicturesMs: pictures.keepDeliveredMs,
          maxPictureAgeMs: pictures.maxAgeMs,
        });
        if (old.expired > 0) log('warn', { ...old }, 'undelivered records were too old and are removed');
      }
      const removed = await room.make(write);
      if (Object.keys(removed).length > 0) log('warn', { removed }, 'room is made');
    })().finally(() => {
      maintaining = undefined;
    });
    return maintaining;
  }
  const remind = (sentForMs: number) => write(({ deliveries }) => deliveries.remind(sentForMs));

  const maintainQuietly = () =>
    void remind(REMIND_AFTER_MS)
      .then((count) => {
        if (count > 0) tell({ kind: 'requeued' });
        return bounds && maintain();
      })
      .catch((error) => {
        if (!isClosed()) log('warn', { reason: messageOf(error) }, 'the bounds could not be held to');
      });
  const timer = setInterval(maintainQuietly, MAINTAIN_EVERY_MS);

  return {
    remind,
    maintain,
    afterCommit(): void {
      commits++;
      if (bounds && commits % TIGHT_CHECK_COMMITS === 0 && !maintaining && running()?.room.isTight())
        maintainQuietly();
    },
    close: () => clearInterval(timer),
  };
}
