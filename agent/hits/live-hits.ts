// Hits that something may still be said of by itself: the end of their passage, a reminder that nobody has acknowledged them.

import type { Standing } from './records.ts';
import type { Ground, Seen } from './types.ts';

export interface LiveHit {
  hit: Standing;
  ground: Ground;
  read: Seen['read'];
  /** its passage has not ended */
  open: boolean;
  /** resolves once its first record is kept */
  raised: Promise<unknown>;
  /** performance.now() of the next reminder; Infinity: none */
  dueMs: number;
}

export interface LiveHits {
  add(hit: LiveHit): void;
  get(id: string): LiveHit | undefined;
  /** the early ones of a passage that has not ended */
  ofPassage(readId: string): LiveHit[];
  /** Nobody has acknowledged them for longer than they may wait; each is looked at when its turn comes. */
  due(nowMs: number): Iterable<LiveHit>;
  /** Forgets it once nothing more is said of it by itself: its passage has ended and somebody knows of it. */
  settle(hit: LiveHit): void;
  /** new and not acknowledged, of the last day */
  waiting(): number;
  /** Resolves when the first record of each is kept, or could not be. */
  raised(of?: readonly LiveHit[]): Promise<void>;
}

/**
 * A hit that nobody has seen to for a day, and of which nobody is reminded any more, is no emergency; where no centre answers there would
 * be ever more of them.
 */
export const FORGET_MS = 86_400_000;

export function createLiveHits(): LiveHits {
  const hits = new Map<string, LiveHit>();

  function forgetOld(): void {
    const before = Date.now() - FORGET_MS;
    for (const [id, { hit, open, dueMs }] of hits)
      if (!open && hit.raisedAt < before && dueMs === Number.POSITIVE_INFINITY) hits.delete(id);
  }

  return {
    add(hit) {
      forgetOld();
      hits.set(hit.hit.id, hit);
    },
    get: (id) => hits.get(id),
    ofPassage: (readId) => [...hits.values()].filter(({ hit, open }) => open && hit.readId === readId),
    *due(nowMs) {
      for (const each of hits.values()) if (each.dueMs <= nowMs && each.hit.state === 'new') yield each;
    },
    settle({ hit, open }) {
      if (!open && hit.state !== 'new') hits.delete(hit.id);
    },
    waiting() {
      forgetOld();
      return [...hits.values()].filter(({ hit }) => hit.state === 'new').length;
    },
    async raised(of = [...hits.values()]) {
      await Promise.allSettled(of.map(({ raised }) => raised));
    },
  };
}
