// When a receipt is worked on: pure. One without holes at once. Holes make the box send again, over a new
// connection, so they are taken up at a pace; and holes that stay the same although they were sent (a broker that
// acknowledges what it throws away, a consumer that can't store it) ever more slowly, so that nothing goes round in circles.

import type { ReceiptMessage } from '../contract/index.ts';

/** What was last done about holes. */
export interface HolesDone {
  /** the first of them, as text */
  first: string;
  /** how often in a row it was the first one */
  times: number;
  /** on the caller's monotonic clock */
  atMs: number;
}

export interface ReceiptTimes {
  holesFirstMs: number;
  holesMaxMs: number;
}

export const RECEIPT_TIMES: ReceiptTimes = { holesFirstMs: 10_000, holesMaxMs: 3_600_000 };

const firstOf = ({ epoch, holes }: ReceiptMessage) => `${epoch} ${holes[0]?.join('-')}`;

/** How long the holes of this receipt have to wait, in milliseconds; 0: now. */
export function holesWaitMs(
  receipt: ReceiptMessage,
  done: HolesDone | undefined,
  nowMs: number,
  times: ReceiptTimes,
): number {
  if (receipt.holes.length === 0 || !done) return 0;
  const repeats = firstOf(receipt) === done.first ? done.times - 1 : 0;
  const paceMs = Math.min(times.holesMaxMs, times.holesFirstMs * 2 ** Math.min(repeats, 30));
  return Math.max(0, done.atMs + paceMs - nowMs);
}

export function holesDone(receipt: ReceiptMessage, done: HolesDone | undefined, nowMs: number): HolesDone {
  const first = firstOf(receipt);
  return { first, times: first === done?.first ? done.times + 1 : 1, atMs: nowMs };
}

/**
 * The connection broke by itself: what was sent may have gone with the broker, so how often it was sent before says nothing any more.
 * The pace of the first time stays, for a link that breaks all the time.
 */
export function holesAfterBreak(done: HolesDone | undefined): HolesDone | undefined {
  return done && { ...done, times: 1 };
}

/** The part of a receipt that needs nothing sent again: up to before its first hole. */
export function withoutHoles(receipt: ReceiptMessage): ReceiptMessage {
  const [first] = receipt.holes;
  return first ? { ...receipt, upTo: first[0] - 1, holes: [] } : receipt;
}
