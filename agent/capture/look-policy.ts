// Which frames the detector looks at. Something that moves is looked at as often as configured and as the machine
// bears; under load the looks become fewer, but never fewer than a few a second while something moves: a car is seen for
// a second or so, and a passage must not be missed before frames are. Pure: the caller brings the times.

/** While something moves or is followed, at least so often, whatever it costs. */
const LEAST_LOOKS_PER_SECOND = 4;
/** What is followed but does not move: a car that waits. */
const WAITING_LOOKS_PER_SECOND = 2;
/** Share of the time that looking may take; the rest belongs to capture, the tracker and the other cameras. */
const BUSY_SHARE = 0.6;
/** A frame may be looked at this share of an interval before its time. */
const EARLY_SHARE = 0.25;
const COST_SMOOTHING = 0.2;
/** After a frame was missed the looks become so many times rarer, and recover by this factor a look. */
const BACK_OFF = 1.5;
const RECOVERY = 0.97;

export interface LookPacer {
  /**
   * Whether to look at this frame.
   * @param frame.at capturedAt
   * @param frame.moving the motion gate's answer
   * @param frame.following whether passages are open
   * @param frame.sequence of the frame; holes tell that the machine does not keep up
   */
  due(frame: { at: number; moving: boolean; following: boolean; sequence?: number }): boolean;
  /** A look was taken and cost so much. */
  looked(look: { at: number; costMs: number }): void;
}

export function createLookPacer({ looksPerSecond }: { looksPerSecond: number }): LookPacer {
  const shortestMs = 1000 / looksPerSecond;
  const longestMs = Math.max(shortestMs, 1000 / LEAST_LOOKS_PER_SECOND);
  let nextAt = Number.NEGATIVE_INFINITY;
  let lastAt = Number.NEGATIVE_INFINITY;
  let costMs = 0;
  let slowdown = 1;
  let lastSequence: number | undefined;

  function intervalMs(moving: boolean): number {
    if (!moving) return Math.max(1000 / WAITING_LOOKS_PER_SECOND, shortestMs);
    return Math.min(Math.max(shortestMs * slowdown, costMs / BUSY_SHARE), longestMs);
  }

  return {
    due({ at, moving, following, sequence }) {
      if (sequence !== undefined) {
        const missed = lastSequence !== undefined && sequence > lastSequence + 1;
        if (missed) slowdown = Math.min(slowdown * BACK_OFF, longestMs / shortestMs);
        lastSequence = sequence;
      }
      if (!moving && !following) {
        // The first frame that moves is looked at at once.
        nextAt = Number.NEGATIVE_INFINITY;
        return false;
      }
      const interval = intervalMs(moving);
      if (nextAt === Number.NEGATIVE_INFINITY || at < lastAt) nextAt = at; // or the box's clock was set back
      // Frames do not come exactly when they are due; a little early is better than a whole frame late. The rate
      // holds on average: the time that was gained is given back with the next look.
      const dueAt = Math.min(nextAt, lastAt + interval * (1 + EARLY_SHARE));
      if (at < dueAt - Math.min(interval, shortestMs) * EARLY_SHARE) return false;
      nextAt = Math.min(Math.max(nextAt + interval, at), at + interval * (1 + EARLY_SHARE));
      lastAt = at;
      slowdown = Math.max(1, slowdown * RECOVERY);
      return true;
    },
    looked(look) {
      costMs = costMs === 0 ? look.costMs : costMs + (look.costMs - costMs) * COST_SMOOTHING;
    },
  };
}
