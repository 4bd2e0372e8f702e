// Which sighting of a look belongs to which plate that is followed, all at once; and whether two plates say the same.
// Gathers the facts; what they are worth is match-policy.ts.

import { overlap } from '../shared/geometry.ts';
import type { Sighting } from '../vision/index.ts';
import { align, type Distribution } from './align.ts';
import { assign } from './assign.ts';
import { type MatchFacts, matchScore, type TextMatch, textAgrees } from './match-policy.ts';
import { predict } from './path.ts';
import type { PassagePolicy } from './policy.ts';
import { consensusOfTrack, credibilityOf, type Seen, spotOf, type Track } from './track.ts';

/** two boxes of one frame that share so much are one plate found twice */
const SAME_BOX = 0.5;
/** what "out of the question" costs: finite, as the assignment wants it */
const NEVER = 1e6;

/** The track of each sighting, undefined for a new plate: the pairing with the best sum of scores. */
export function matchAll(
  tracks: readonly Track[],
  seen: readonly Seen[],
  now: number,
  policy: PassagePolicy,
): (Track | undefined)[] {
  const cost = seen.map((each) => [
    ...tracks.map((track) => Math.min(NEVER, -matchScore(factsOf(track, each, now, policy)))),
    ...seen.map(() => 0), // a new plate
  ]);
  return assign(cost).map((column) => tracks[column]);
}

function factsOf(track: Track, seen: Seen, now: number, policy: PassagePolicy): MatchFacts {
  return {
    predicted: predict(track.path, now),
    velocityKnown: track.path.velocity !== undefined,
    seconds: (now - track.lastSeen) / 1000,
    spot: spotOf(track, policy),
    told: track.over,
    absent: track.missedMs > policy.absentMs,
    centre: seen.centre,
    widthPx: seen.widthPx,
    text: () => {
      const match = textMatch(consensusOfTrack(track, policy).slots, seen.evidence.slots);
      // A plate too small to be read says other things from look to look: that is no evidence of two plates.
      const clear = Math.sqrt(Math.min(credibilityOf([seen.evidence]), credibilityOf(track.looks)));
      return match.logOdds < 0 ? { ...match, logOdds: match.logOdds * clear } : match;
    },
  };
}

/** Do two plates that were followed say the same? */
export function sameText(a: Track, b: Track, policy: PassagePolicy): boolean {
  return textAgrees(textMatch(consensusOfTrack(a, policy).slots, consensusOfTrack(b, policy).slots));
}

function textMatch(a: Distribution[], b: Distribution[]): TextMatch {
  if (a.length === 0 || b.length === 0) return { logOdds: 0, best: 0 };
  return {
    logOdds: align(a, b).logOdds,
    best: Math.min(align(a, a).logOdds, align(b, b).logOdds),
  };
}

/** A plate found twice in one frame counts once: the better detection. */
export function oncePerPlate(sightings: readonly Sighting[]): Sighting[] {
  const kept: Sighting[] = [];
  for (const sighting of [...sightings].sort((a, b) => b.score - a.score))
    if (!kept.some((other) => overlap(other.box, sighting.box) > SAME_BOX)) kept.push(sighting);
  return kept;
}
