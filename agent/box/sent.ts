// When the broker acknowledged reads, for whoever measures how fast they are delivered: the journal itself keeps only the
// last change of a record's delivery, and that is the receipt where there are receipts. Nothing is kept while nobody asks.

import type { Journal } from '../journal/index.ts';

/** UTC epoch milliseconds of the moment at which the broker's PUBACK came. */
export type TellSent = (sent: { id: string; at: number }) => void;

export interface SentTimes {
  /** the same journal, for the uplink */
  journal: Journal;
  /** Calls back for each read of a camera that is appended and sent from now on, until the signal aborts. */
  follow(camera: string, tell: TellSent, signal: AbortSignal): void;
  /** Calls back with the position of each record that is sent. Returns what ends it. */
  onSent(tell: (position: number, at: number) => void): () => void;
}

export function watchSent(journal: Journal): SentTimes {
  const watchers = new Set<(position: number, at: number) => void>();
  const watched: Journal = Object.create(journal, {
    markSent: {
      value: async (positions: readonly number[], acknowledgedAt: readonly number[] = []) => {
        const now = Date.now();
        await journal.markSent(positions, acknowledgedAt);
        positions.forEach((position, index) => {
          for (const watcher of watchers) watcher(position, acknowledgedAt[index] ?? now);
        });
      },
    },
  });
  return {
    journal: watched,
    onSent(tell) {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    follow(camera, tell, signal) {
      if (signal.aborted) return;
      /** reads that were appended and not sent yet */
      const waiting = new Map<number, string>();
      const stop = journal.follow((record) => {
        if (record.type === 'read' && record.camera === camera) waiting.set(record.position, record.id);
      });
      const watcher = (position: number, at: number) => {
        const id = waiting.get(position);
        if (id === undefined) return;
        waiting.delete(position);
        tell({ id, at });
      };
      watchers.add(watcher);
      const end = () => {
        stop();
        watchers.delete(watcher);
      };
      signal.addEventListener('abort', end, { once: true });
    },
  };
}
