// Which vehicles have had their read, and for how long that is remembered. One that moved is remembered for a moment: it
// may flicker. One that stood is remembered at its place for half a day, missed by looks or not: at night, behind others.
// That hides no returning vehicle, because one that comes back is seen driving in, away from that place.

import { sameText } from './matching.ts';
import type { PassagePolicy } from './policy.ts';
import { spotOf, type Track } from './track.ts';

/** Was `told` there until `track` began, and says the same? Then it is one vehicle. */
export function isSameVehicle(told: Track, track: Track, now: number, policy: PassagePolicy): boolean {
  const stayed = spotOf(told, policy) !== undefined;
  const missedMs = told.missedMs - (now - track.firstSeen);
  const recent = stayed ? missedMs < policy.absentMs : track.firstSeen - told.lastSeen <= policy.echoMs;
  return recent && sameText(told, track, policy);
}

/** The tracks that are still needed: the open ones, and vehicles that could be mistaken for new ones. */
export function remembered(tracks: readonly Track[], now: number, policy: PassagePolicy): Track[] {
  const kept = tracks.filter((track) => !track.over || (track.told && isFresh(track, tracks, now, policy)));
  const told = kept.filter((track) => track.over).sort((a, b) => a.lastSeen - b.lastSeen);
  const surplus = new Set(told.slice(0, Math.max(0, told.length - policy.maxTold)));
  return kept.filter((track) => !surplus.has(track));
}

function isFresh(told: Track, tracks: readonly Track[], now: number, policy: PassagePolicy): boolean {
  if (spotOf(told, policy) !== undefined)
    return told.missedLooks === 0 || now - told.lastSeen <= policy.parkedMemoryMs;
  if (now - told.lastSeen <= policy.echoMs) return true;
  // A passage that began within that time is compared with it when it ends.
  return tracks.some((track) => !track.over && track.firstSeen - told.lastSeen <= policy.echoMs);
}
