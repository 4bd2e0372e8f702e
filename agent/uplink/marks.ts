// What the broker has acknowledged and the journal does not know yet. Acknowledgements are written down in
// groups; one that cannot be written (a full disk) is kept here and tried again, and not sent a second time meanwhile.

import type { Journal } from '../journal/index.ts';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';

/** Gathering time: a crash within it sends these records again, each fsync saved spares the disk. */
const GATHER_MS = 100;
const RETRY_MS = 2000;
/** So many that cannot be written down, and nothing more is sent. */
const MAX_WAITING = 10_000;

export interface Marks {
  /** The broker has acknowledged it, now. */
  add(position: number): void;
  has(position: number): boolean;
  readonly isFull: boolean;
  /** Resolves when what was added so far is written down, or cannot be for now. */
  settled(): Promise<void>;
  /** Writes what there is and ends; what the journal refuses is sent again after the next start. */
  close(): Promise<void>;
}

export function createMarks(journal: Pick<Journal, 'markSent'>, log: Logger, onWritten: () => void): Marks {
  /** UTC epoch milliseconds of the PUBACK, by position */
  const waiting = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let failing = false;
  let closed = false;

  async function write(): Promise<void> {
    timer = undefined;
    const positions = [...waiting.keys()];
    try {
      await journal.markSent(positions, [...waiting.values()]);
      for (const position of positions) waiting.delete(position);
      failing = false;
      onWritten();
    } catch (error) {
      if (!failing) log.error({ reason: messageOf(error) }, 'acknowledged reads cannot be written down');
      failing = true;
    }
    writing = undefined;
    if (!closed && waiting.size > 0) schedule();
  }

  function schedule(): void {
    if (timer || writing) return;
    timer = setTimeout(() => (writing = write()), failing ? RETRY_MS : GATHER_MS);
  }

  return {
    add(position) {
      waiting.set(position, Date.now());
      schedule();
    },
    has: (position) => waiting.has(position),
    get isFull() {
      return waiting.size >= MAX_WAITING;
    },
    async settled() {
      await writing;
      if (waiting.size === 0 || failing || closed) return;
      clearTimeout(timer);
      writing = write();
      await writing;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await writing;
      if (waiting.size > 0) await write();
    },
  };
}
