// When the agent is told anew what the open passages say, so that a process that is killed takes no more with it than the last
// quarter of a second: at once when a passage has become worth a read or is over, else at that pace, and only what was seen since. Pure.

import type { PassageResult } from '../passage/index.ts';

export interface ToldOpen {
  /** UTC epoch milliseconds of the frame */
  at: number;
  passages: readonly Pick<PassageResult, 'id' | 'lastSeen'>[];
}

export const NOTHING_TOLD: ToldOpen = { at: Number.NEGATIVE_INFINITY, passages: [] };

const TELL_EVERY_MS = 250;

/** @param passages as `Tracker.soFar` has them */
export function isNews(told: ToldOpen, passages: ToldOpen['passages'], at: number): boolean {
  const before = told.passages;
  if (passages.length !== before.length || passages.some(({ id }, index) => id !== before[index]?.id))
    return true;
  return (
    at - told.at >= TELL_EVERY_MS &&
    passages.some(({ lastSeen }, index) => lastSeen !== before[index]?.lastSeen)
  );
}
