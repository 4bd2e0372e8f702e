// When is a passage over? Left the picture: at once, for central waits for it. Vanished in the middle: it gets a little
// time to come back from behind a lamp post. Stands: after ten seconds its read is due, and it is remembered as parked.
// A decision on facts; the tracker collects them.

import type { PassagePolicy } from './policy.ts';

export interface EndingFacts {
  now: number;
  lastSeen: number;
  /** looks since the last sighting, each of which missed it */
  missedLooks: number;
  /** how far apart looks are at present */
  lookIntervalMs: number;
  /** it has not moved since then */
  standingSince: number;
  sure: boolean;
  /** would the plate be cut by the edge, or out of the region, at that time, if it goes on like this? */
  outAt: (at: number) => boolean;
}

export type Ending = 'left' | 'vanished' | 'parked';

export function endingOf(facts: EndingFacts, policy: PassagePolicy): Ending | undefined {
  const { now, lastSeen, missedLooks } = facts;
  const stoodMs = lastSeen - facts.standingSince;
  const stands = stoodMs >= policy.standingMs;
  // Nobody looks where nothing moves: a plate that stood when last seen still stands.
  const presentUntil = missedLooks === 0 && stands ? now : lastSeen;
  if (presentUntil - facts.standingSince >= policy.parkedMs) return 'parked';
  if (missedLooks === 0 && (stands || now === lastSeen)) return undefined;

  if (missedLooks > 0 ? facts.outAt(now) : facts.outAt(now - policy.exitGraceMs)) return 'left';

  const shortest = facts.sure && !stands ? policy.holdSureMs : policy.holdMs;
  const holdMs = Math.min(policy.holdMaxMs, Math.max(shortest, policy.holdLooks * facts.lookIntervalMs));
  return now - lastSeen >= holdMs ? 'vanished' : undefined;
}
