// A camera's aim over time: what is measured on each look, joined to passages, and what became of them. Pure but for the
// pixels that it reads of a frame.

import type { Frame } from '../capture/index.ts';
import { defaultPolicy, type PassageEvent } from '../passage/index.ts';
import { centreOf, distance, isCut, type Point } from '../shared/geometry.ts';
import type { Sighting } from '../vision/index.ts';
import { judge, longestExposureMs, median, typicalPlate } from './judge-policy.ts';
import { measurePlate, type PlateMeasure } from './plate.ts';
import type { AimReport } from './types.ts';

const COLUMNS = 10;
const ROWS = 5;
/** as many passages as are asked of somebody who turns a camera to wait for */
const LATELY = 8;
/** before, the camera may have looked elsewhere */
const LATELY_MS = 3 * 60_000;
/** a plate that was not seen for so long, or seen elsewhere, is another passage */
const FOLLOWED_MS = 700;
/** in widths of the plate: the farthest that one goes from look to look */
const FOLLOWED_WIDTHS = 4;
/** in widths of the plate: what stands is seen no farther from where it was; the same as for passages */
const STANDING_WIDTHS = defaultPolicy.standingWidths;
/** a sign is read as something else at each look; it was there so often before it is taken for one */
const STANDING_LOOKS = 3;
/** of the looks at what stands; a passage has fewer */
const MOST_LAY = 60;
/** nobody waits longer for reads a minute to mean something */
const LEAST_RATE_MS = 10_000;

interface Track {
  text: string;
  at: number;
  centre: Point;
  /** where it was seen first */
  origin: Point;
  /** it has gone farther from there than what stands is seen to; a sign, or a parked car, has not */
  hasMoved: boolean;
  looks: number;
  /** pixels a millisecond; null: seen once */
  velocity: Point | null;
  best: PlateMeasure;
  /** how it lay at its last looks */
  lay: Pick<PlateMeasure, 'tiltDegrees' | 'skewDegrees'>[];
  /** at the widest sight */
  speedPxPerSecond: number | null;
}

export interface Aim {
  /** What a look found; measured at once: the frame's rows are gone later. */
  looked(frame: Frame, sightings: readonly Sighting[]): void;
  /** what became of passages */
  told(events: readonly PassageEvent[]): void;
  /** @param at capturedAt of the newest frame */
  report(at: number): AimReport;
}

export function createAim({
  camera,
  uncertainBelow,
}: {
  camera: string;
  /** 0..1, as for reads */
  uncertainBelow: number;
}): Aim {
  const tracks: Track[] = [];
  const columns = new Array<number>(COLUMNS).fill(0);
  const rows = new Array<number>(ROWS).fill(0);
  let picture = { width: 0, height: 0 };
  let begun: number | undefined;
  let [looks, seen, cut, reads, passages, readWell] = [0, 0, 0, 0, 0, 0];
  let now: { at: number; plate: PlateMeasure | null } = { at: 0, plate: null };

  function follow({ corners, reading }: Sighting, at: number, plate: PlateMeasure): void {
    const centre = centreOf(corners);
    const followed = (each: Track) =>
      at - each.at <= FOLLOWED_MS &&
      distance(each.centre, centre) <= FOLLOWED_WIDTHS * plate.widthPx &&
      (each.text === reading.text || distance(awaitedAt(each, at), centre) <= plate.widthPx);
    // Nobody looks where nothing moves: what stands is found again after any time.
    const standsThere = (each: Track) =>
      !each.hasMoved &&
      at - each.at <= LATELY_MS &&
      (each.text === reading.text || each.looks >= STANDING_LOOKS) &&
      distance(each.origin, centre) <= STANDING_WIDTHS * plate.widthPx;
    const before = tracks.filter((each) => at > each.at);
    const track = before.find(followed) ?? before.find(standsThere);
    if (!track) {
      tracks.unshift({
        ...{ text: reading.text, at, centre, origin: centre, hasMoved: false, looks: 1, velocity: null },
        ...{ best: plate, lay: [plate], speedPxPerSecond: null },
      });
      forget();
      return;
    }
    if (distance(track.origin, centre) > STANDING_WIDTHS * plate.widthPx) track.hasMoved = true;
    track.looks++;
    const speed = (1000 * distance(track.centre, centre)) / (at - track.at);
    const isSoon = at - track.at <= FOLLOWED_MS;
    if (isSoon && (plate.widthPx >= track.best.widthPx || track.speedPxPerSecond === null))
      track.speedPxPerSecond = speed;
    if (plate.widthPx >= track.best.widthPx) track.best = plate;
    track.lay.push(plate);
    if (track.lay.length > MOST_LAY) track.lay.shift();
    const velocity = isSoon ? velocityOf(track, at, centre) : null;
    Object.assign(track, { text: reading.text, at, centre, velocity });
  }

  /** A picture full of signs must not push out what passes. */
  function forget(): void {
    for (const moved of [true, false])
      for (const old of tracks.filter(({ hasMoved }) => hasMoved === moved).slice(2 * LATELY))
        tracks.splice(tracks.indexOf(old), 1);
  }

  return {
    looked(frame, sightings) {
      looks++;
      begun ??= frame.capturedAt;
      picture = { width: frame.width, height: frame.height };
      now = { at: frame.capturedAt, plate: null };
      for (const sighting of sightings) {
        seen++;
        const [x, y] = centreOf(sighting.corners);
        count(columns, x / frame.width);
        count(rows, y / frame.height);
        if (isCut(sighting.box, frame)) {
          cut++;
          continue;
        }
        const plate = measurePlate(frame, sighting.corners, sighting.reading.lines);
        if (!plate) continue;
        follow(sighting, frame.capturedAt, plate);
        if (plate.widthPx > (now.plate?.widthPx ?? 0)) now.plate = plate;
      }
    },
    told(events) {
      for (const event of events) {
        const stood = 'result' in event && event.result.direction === 'stationary';
        if (event.type === 'ended') {
          reads++;
          if (stood) continue;
          passages++;
          if (event.result.confidence >= uncertainBelow) readWell++;
        } else if (
          event.type === 'dropped' &&
          !stood &&
          ['low-confidence', 'too-short'].includes(event.reason)
        )
          passages++;
      }
    },
    report(at) {
      begun ??= at;
      const recent = tracks.filter(({ at: seenAt }) => at - seenAt <= LATELY_MS);
      const moved = recent.filter(({ hasMoved }) => hasMoved);
      const lately = (moved.length > 0 ? moved : recent).slice(0, LATELY);
      const last = moved.find(({ speedPxPerSecond }) => speedPxPerSecond !== null);
      const speed = last?.speedPxPerSecond ?? null;
      const exposureMs = last ? longestExposureMs(last.best.heightPx, speed) : null;
      const sinceMs = at - begun;
      return {
        camera,
        at,
        ...picture,
        now: now.plate && now.at === at ? judge(now.plate, 0, exposureMs) : null,
        lately: lately.length ? judge(typicalPlate(lately.map(plateOf)), lately.length, exposureMs) : null,
        latelyPassages: lately.length,
        latelyStanding: lately.length > 0 && moved.length === 0,
        speedPxPerSecond: speed,
        longestExposureMs: exposureMs,
        sinceMs,
        ...{ looks, reads, passages, readWell },
        readsPerMinute: sinceMs < LEAST_RATE_MS ? null : (60_000 * reads) / sinceMs,
        columns: [...columns],
        rows: [...rows],
        cutShare: seen === 0 ? null : cut / seen,
      };
    },
  };
}

/** Where a plate that goes on like this is by then: misread by a letter it is still the same one. */
function awaitedAt({ centre, velocity, at: seenAt }: Track, at: number): Point {
  const [x, y] = velocity ?? [0, 0];
  return [centre[0] + x * (at - seenAt), centre[1] + y * (at - seenAt)];
}

function velocityOf(track: Track, at: number, [x, y]: Point): Point {
  return [(x - track.centre[0]) / (at - track.at), (y - track.centre[1]) / (at - track.at)];
}

/** Its widest sight, lying as it did in the middle of all looks: one look's skew is off by a degree or two. */
function plateOf({ best, lay }: Track): PlateMeasure {
  return {
    ...best,
    tiltDegrees: median(lay.map(({ tiltDegrees }) => tiltDegrees)) ?? best.tiltDegrees,
    skewDegrees: median(lay.map(({ skewDegrees }) => skewDegrees)) ?? best.skewDegrees,
  };
}

function count(parts: number[], share: number): void {
  const index = Math.min(parts.length - 1, Math.max(0, Math.floor(share * parts.length)));
  parts[index] = parts[index]! + 1;
}
