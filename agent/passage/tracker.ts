// Follows the plates of one camera: which sighting belongs to which passage, when a passage begins, is sure and ends,
// and which vehicle has had its read. Pure: time comes from the frames, ids from outside, so any traffic can be replayed.
//
// A passage that has given its read is not forgotten at once but followed silently: a plate that flickers, stands in a
// jam or drives off after parking is the same vehicle and gives no second read (see memory.ts).

import type { Calibration } from '../confidence/index.ts';
import { type Grammars, NO_GRAMMARS } from '../grammar/index.ts';
import type { Sighting } from '../vision/index.ts';
import { type Ending, endingOf } from './ending-policy.ts';
import { matchAll, oncePerPlate, sameText } from './matching.ts';
import { isSameVehicle, remembered } from './memory.ts';
import { predict } from './path.ts';
import { defaultPolicy, type PassagePolicy } from './policy.ts';
import { addSeen, resultOf, type Seen, seenOf, spotOf, startTrack, type Track, verdictOf } from './track.ts';
import type { DropReason, OpenPassages, PassageEvent, PassageResult } from './types.ts';
import { dropReasonOf, type ReadLimits } from './worth-policy.ts';
import { inPlay, laneAt, type PictureSize, type Zones } from './zones.ts';

/** A camera's zones (its configuration has them under the same names) and which reads are kept. */
export interface TrackerConfig extends Zones {
  reads: ReadLimits;
  /** what plates look like by country; without it nothing is assumed */
  grammars?: Grammars;
  /** tell what an open passage says from so long after its first sighting; default: only when it is over */
  earlyMs?: number | undefined;
  /** of the reader; without it no confidence is above `UNCALIBRATED_MOST` */
  calibration?: Calibration | null;
}

export interface LookedAt extends PictureSize {
  /** UTC epoch milliseconds */
  capturedAt: number;
}

export interface Tracker {
  /** What the sightings of a frame mean. Call it for every look, with no sightings too. */
  follow(frame: LookedAt, sightings: readonly Sighting[]): PassageEvent[];
  /** Time went on without a look: ends the passages that are over. */
  idle(capturedAt: number): PassageEvent[];
  /** Ends all that is open and forgets everything. */
  close(at: number): PassageEvent[];
  open(): OpenPassages;
  /** What each open passage would give if it ended now, in the order of their beginning; without those that would give no read. */
  soFar(): PassageResult[];
}

/** A clock that jumps back further than this was set; a smaller step is jitter. */
const CLOCK_JITTER_MS = 1000;
/** @param ids gives the ids of passages and so of reads: UUIDv7 */
export function createTracker(
  config: TrackerConfig,
  ids: () => string,
  policy: PassagePolicy = defaultPolicy,
): Tracker {
  const known = {
    grammars: config.grammars ?? NO_GRAMMARS,
    calibration: config.calibration ?? null,
    uncertainBelow: config.reads.uncertainBelow,
  };
  let tracks: Track[] = [];
  let now = -Infinity;
  let lastLookAt = -Infinity;
  let lookIntervalMs = 100;
  let size: PictureSize | undefined;

  function follow(frame: LookedAt, sightings: readonly Sighting[]): PassageEvent[] {
    const events = moveTime(frame.capturedAt);
    resize(frame);
    noteLook();
    for (const track of tracks)
      if (!track.over && spotOf(track, policy) === undefined && now - track.lastSeen > policy.holdMaxMs)
        end(track, 'vanished', events);

    const seen = oncePerPlate(sightings)
      .map((sighting) => look(sighting, frame))
      .filter((each) => inPlay(config, each.centre, frame));
    const matched = matchAll(tracks, seen, now, policy);
    const missed = new Set(tracks);
    seen.forEach((each, index) => {
      const track = matched[index] ?? begin(each, events);
      missed.delete(track);
      take(track, each, events);
    });
    for (const track of missed) track.missedLooks++;
    endAll(events);
    tellRipe(events);
    return events;
  }

  function idle(capturedAt: number): PassageEvent[] {
    const events = moveTime(capturedAt);
    endAll(events);
    tellRipe(events);
    return events;
  }

  function close(at: number): PassageEvent[] {
    const events = moveTime(at);
    for (const track of tracks) if (!track.over) end(track, 'left', events);
    tracks = [];
    return events;
  }

  function open(): OpenPassages {
    const going = tracks.filter((track) => !track.over);
    return {
      open: going.length,
      unsure: going.filter((track) => !track.sure).length,
      moving: going.filter((track) => spotOf(track, policy) === undefined).length,
      parked: going.filter((track) => track.lastSeen - track.standingSince >= policy.parkedMs).length,
      told: tracks.length - going.length,
    };
  }

  function soFar(): PassageResult[] {
    return tracks.flatMap((track) => {
      if (track.over) return [];
      const result = resultOf(track, known, policy);
      return reasonToDrop(track, result) === undefined ? [result] : [];
    });
  }

  /** The frames' time; when the clock was set back, what is open ends and what is remembered moves with it. */
  function moveTime(at: number): PassageEvent[] {
    const events: PassageEvent[] = [];
    if (at < now - CLOCK_JITTER_MS) {
      for (const track of tracks) if (!track.over) end(track, 'left', events);
      for (const track of tracks) {
        track.lastSeen += at - now;
        track.firstSeen += at - now;
        track.standingSince += at - now;
        track.path = { ...track.path, at: track.path.at + at - now };
      }
      lastLookAt += at - now;
      now = at;
    }
    now = Math.max(now, at);
    return events;
  }

  /** A camera that changes its resolution shows the same road: what is followed is scaled. */
  function resize({ width, height }: PictureSize): void {
    if (size !== undefined && (size.width !== width || size.height !== height)) {
      const x = width / size.width;
      const y = height / size.height;
      for (const track of tracks) {
        const { path, anchor } = track;
        const centre = path.centre;
        track.path = { ...path, centre: [centre[0] * x, centre[1] * y], widthPx: path.widthPx * x };
        track.anchor = { centre: [anchor.centre[0] * x, anchor.centre[1] * y], widthPx: anchor.widthPx * x };
      }
    }
    size = { width, height };
  }

  function noteLook(): void {
    const sinceMs = now - lastLookAt;
    lastLookAt = now;
    if (sinceMs > policy.holdMaxMs) return;
    lookIntervalMs += 0.3 * (sinceMs - lookIntervalMs);
    for (const track of tracks) track.missedMs += sinceMs;
  }

  function look(sighting: Sighting, frame: LookedAt): Seen {
    const { corners } = sighting;
    const bottom: [number, number] = [
      (corners[2][0] + corners[3][0]) / 2,
      (corners[2][1] + corners[3][1]) / 2,
    ];
    return seenOf(sighting, now, frame, laneAt(config, bottom, frame), policy);
  }

  function begin(seen: Seen, events: PassageEvent[]): Track {
    const track = startTrack(ids(), seen);
    tracks.push(track);
    events.push({ type: 'begun', id: track.id, at: now });
    return track;
  }

  function take(track: Track, seen: Seen, events: PassageEvent[]): void {
    const better = addSeen(track, seen, policy);
    if (track.over) return;
    if (better) events.push({ type: 'better-picture', id: track.id, best: track.best });
    const { text, confidence } = verdictOf(track, known, policy);
    track.steadyLooks = text === track.steadyText ? track.steadyLooks + 1 : 1;
    track.steadyText = text;
    tellEarly(track, text, confidence, events);
    if (track.sure || confidence < policy.sureConfidence || track.steadyLooks < policy.sureLooks) return;
    const result = resultOf(track, known, policy);
    if (reasonToDrop(track, result) !== undefined) return;
    track.sure = true;
    events.push({ type: 'sure', at: now, result });
  }

  /** What is told early is told again when it says something else by now, or is surer of it. */
  function tellEarly(track: Track, text: string, confidence: number, events: PassageEvent[]): void {
    const { earlyMs } = config;
    if (earlyMs === undefined || now - track.firstSeen < earlyMs) return;
    const told = track.early;
    const isNews = !told || told.text !== text || (1 - confidence) * policy.earlySurer <= 1 - told.confidence;
    if (!isNews || (told && now - told.at < policy.earlyEveryMs)) return;
    const result = resultOf(track, known, policy);
    if (reasonToDrop(track, result) !== undefined) return;
    track.early = { at: now, text, confidence };
    events.push({ type: 'early', at: now, result });
  }

  function tellRipe(events: PassageEvent[]): void {
    for (const track of tracks) {
      if (track.over || track.ripe === track.best) continue;
      const mayGetBetter =
        track.missedLooks === 0 &&
        now - track.best.capturedAt < policy.ripeMs &&
        !outAt(track, now + lookIntervalMs);
      if (mayGetBetter || reasonToDrop(track, resultOf(track, known, policy)) !== undefined) continue;
      track.ripe = track.best;
      events.push({ type: 'ripe', id: track.id });
    }
  }

  function endAll(events: PassageEvent[]): void {
    for (const track of tracks) {
      if (track.over) continue;
      const ending = endingOf(
        {
          now,
          lastSeen: track.lastSeen,
          missedLooks: track.missedLooks,
          lookIntervalMs,
          standingSince: track.standingSince,
          sure: track.sure,
          outAt: (at) => outAt(track, at),
        },
        policy,
      );
      if (ending !== undefined) end(track, ending, events);
    }
    tracks = remembered(tracks, now, policy);
  }

  function end(track: Track, ending: Ending, events: PassageEvent[]): void {
    const result = resultOf(track, known, policy);
    const reason = reasonToDrop(track, result);
    // What stands and cannot be read yet may be read at dawn: it stays open until it leaves.
    if (ending === 'parked' && reason !== undefined && reason !== 'same-vehicle') return;
    track.over = true;
    track.told = reason === undefined || reason === 'same-vehicle';
    if (reason !== undefined) events.push({ type: 'dropped', at: now, id: track.id, reason, result });
    else events.push({ type: 'ended', at: now, result });
    // The vehicle has one memory: its latest.
    if (track.told)
      tracks = tracks.filter((other) => other === track || !(other.over && sameText(other, track, policy)));
  }

  function reasonToDrop(track: Track, result: PassageResult): DropReason | undefined {
    return dropReasonOf(
      {
        text: result.text,
        confidence: result.confidence,
        support: track.support,
        strongestLook: track.strongestLook,
        highestScore: track.highestScore,
        neverMoved: track.standingSince === track.firstSeen,
        toldBefore: tracks.some((other) => other.told && isSameVehicle(other, track, now, policy)),
      },
      config.reads,
      policy,
    );
  }

  /** Going on like this, would the plate be cut by the picture's edge, or leave the region, at that time? */
  function outAt(track: Track, at: number): boolean {
    const { path } = track;
    if (size === undefined || path.velocity === undefined) return false;
    const { centre, widthPx } = predict(path, at);
    const halfHeight = (widthPx * path.aspect) / 4;
    const cut =
      centre[0] < widthPx / 4 ||
      centre[0] > size.width - widthPx / 4 ||
      centre[1] < halfHeight ||
      centre[1] > size.height - halfHeight;
    return cut || !inPlay(config, centre, size);
  }

  return { follow, idle, close, open, soFar };
}
