// How much of the window the backlog may fill: pure. As much as the link carries without a queue; when PUBACKs
// begin to take longer than the link's own time, a queue is building up somewhere on the way, and a live read would have
// to stand in it. Additive increase, multiplicative decrease, on delay rather than on loss, as LEDBAT (RFC 6817) does.

export interface Pace {
  /** backlog messages in flight at most; a fraction counts as nothing */
  window: number;
  /** until the first queue it doubles with each round, then it grows by one */
  isStarting: boolean;
  /** quickest PUBACK so far: the link without a queue */
  baseMs: number;
  /** not halved again before this time: what is in flight now was sent under the old window */
  holdUntilMs: number;
}

/** A queue longer than this makes the window smaller: a live read then waits a quarter of a second. */
const TARGET_QUEUE_MS = 250;
/** The base is forgotten by and by: after a change of the way to the broker the old one would be out of reach for ever. */
const BASE_GROWTH = 1.0001;

/** With one, so that the first PUBACK is the link's own time. */
export const START: Pace = {
  window: 1,
  isStarting: true,
  baseMs: Number.POSITIVE_INFINITY,
  holdUntilMs: 0,
};

/**
 * After the PUBACK of a backlog message.
 * @param tookMs from PUBLISH to PUBACK
 * @param nowMs any monotonic clock
 */
export function nextPace(pace: Pace, tookMs: number, nowMs: number, maxWindow: number): Pace {
  const baseMs = Math.min(pace.baseMs * BASE_GROWTH, Math.max(tookMs, 1));
  if (tookMs - baseMs <= TARGET_QUEUE_MS)
    return {
      ...pace,
      baseMs,
      window: Math.min(maxWindow, pace.window + (pace.isStarting ? 1 : 1 / pace.window)),
    };
  if (nowMs < pace.holdUntilMs) return { ...pace, baseMs };
  return { window: Math.max(1, pace.window / 2), isStarting: false, baseMs, holdUntilMs: nowMs + tookMs };
}
