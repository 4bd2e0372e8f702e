// Numbers of a plate against what they must be, and what to do about them. Pure.

import {
  EDGE_OF_CAMERA_PX,
  LEAST_CONTRAST,
  LEAST_WHITE,
  LEAST_WIDTH_PX,
  MOST_BLACK_SHARE,
  MOST_BURNT_SHARE,
  MOST_EDGE_OF_HEIGHT,
  MOST_OBLIQUE_DEGREES,
  MOST_SKEW_DEGREES,
  MOST_SMEAR_OF_HEIGHT,
  MOST_TILT_DEGREES,
} from './limits.ts';
import type { PlateMeasure } from './plate.ts';
import type { AimNumber, AimVerdict, Judgement } from './types.ts';

/** A plate without contrast is too dark below, washed out above. */
const MIDDLE_GREY = 128;
/** A bar of length L rises from 10 to 90 % within 0.8 L. */
const RISE_OF_SMEAR = 0.8;

/**
 * How far the plate smears in one direction, pixels: by how much the edges across the movement are wider than those along it. A
 * blur that is the same in both directions is the lens's. It knows nothing of the exposure.
 */
export function smearOf({ edgeAlongPx, edgeAcrossPx }: PlateMeasure): number | null {
  if (edgeAlongPx === null || edgeAcrossPx === null) return null;
  return Math.sqrt(Math.abs(edgeAlongPx ** 2 - edgeAcrossPx ** 2)) / RISE_OF_SMEAR;
}

/** The longest exposure that leaves a plate's strokes apart while it moves at that speed; null: it stands. */
export function longestExposureMs(heightPx: number, speedPxPerSecond: number | null): number | null {
  return speedPxPerSecond ? (1000 * MOST_SMEAR_OF_HEIGHT * heightPx) / speedPxPerSecond : null;
}

/** @param exposureMs what the speed of the last passage allows, for the advice */
export function judge(plate: PlateMeasure, exposureMs: number | null = null): Judgement[] {
  const { widthPx, heightPx, tiltDegrees, skewDegrees, oblique, edgeAlongPx, edgeAcrossPx } = plate;
  const sharpness =
    edgeAlongPx === null || edgeAcrossPx === null
      ? (edgeAlongPx ?? edgeAcrossPx)
      : Math.min(edgeAlongPx, edgeAcrossPx);
  const zoom = (Math.ceil((10 * LEAST_WIDTH_PX) / widthPx) / 10).toFixed(1);
  const turn = `turn the camera about its lens by ${Math.abs(tiltDegrees).toFixed(0)}° ${tiltDegrees > 0 ? 'clockwise' : 'anticlockwise'}, seen from behind it`;
  const nearer =
    oblique !== null && oblique.fromSideDegrees > oblique.fromAboveDegrees
      ? 'stand nearer to the line of the lane, or aim farther along it'
      : 'hang it lower, or aim farther away and zoom in';
  const shutter =
    exposureMs === null
      ? 'a shorter exposure'
      : `an exposure of at most ${exposureMs.toFixed(1)} ms (1/${Math.ceil(1000 / exposureMs)} s)`;
  const { white, contrast } = plate;
  const light = 'open the iris, raise the gain, or light the plates';
  const glare = 'shorten the exposure, lower the gain or the lamp, keep glare out of the lens';
  const flat: [Bad, string] = white < MIDDLE_GREY ? ['too dark', light] : ['too bright', glare];
  return [
    least('width', widthPx, 'px', LEAST_WIDTH_PX, 'too small', `zoom in ${zoom} times, or aim nearer`),
    most('tilt', tiltDegrees, '°', MOST_TILT_DEGREES, 'too oblique', turn),
    most('skew', skewDegrees, '°', MOST_SKEW_DEGREES, 'too oblique', nearer),
    most('angle', oblique?.degrees ?? null, '°', MOST_OBLIQUE_DEGREES, 'too oblique', nearer),
    most(
      'sharpness',
      sharpness,
      'px',
      Math.max(EDGE_OF_CAMERA_PX, MOST_EDGE_OF_HEIGHT * heightPx),
      'blurred',
      'focus on where plates are; clean the glass',
    ),
    most('motion', smearOf(plate), 'px', MOST_SMEAR_OF_HEIGHT * heightPx, 'blurred', shutter),
    least('contrast', contrast, 'grey levels', LEAST_CONTRAST, ...flat),
    least('white', white, 'grey levels', LEAST_WHITE, 'too dark', light),
    most('burnt', 100 * plate.burntShare, '%', 100 * MOST_BURNT_SHARE, 'too bright', glare),
    most('black', 100 * plate.blackShare, '%', 100 * MOST_BLACK_SHARE, 'too dark', light),
  ];
}

type Bad = Exclude<AimVerdict, 'good'>;

function least(
  name: AimNumber,
  value: number,
  unit: Judgement['unit'],
  limit: number,
  bad: Bad,
  advice: string,
): Judgement {
  const isGood = value >= limit;
  return {
    name,
    value,
    unit,
    bound: 'least',
    limit,
    verdict: isGood ? 'good' : bad,
    advice: isGood ? null : advice,
  };
}

function most(
  name: AimNumber,
  value: number | null,
  unit: Judgement['unit'],
  limit: number,
  bad: Bad,
  advice: string,
): Judgement {
  const isGood = value !== null && Math.abs(value) <= limit;
  const verdict = value === null ? null : isGood ? 'good' : bad;
  return {
    name,
    value,
    unit,
    bound: 'most',
    limit,
    verdict,
    advice: value === null || isGood ? null : advice,
  };
}

/** The middle one of each number; plates whose number could not be measured are left out of it. */
export function medianPlate(plates: readonly PlateMeasure[]): PlateMeasure {
  const of = (pick: (plate: PlateMeasure) => number) => median(plates.map(pick))!;
  const some = (pick: (plate: PlateMeasure) => number | null) =>
    median(plates.map(pick).filter((value) => value !== null));
  const angles = some(({ oblique }) => oblique?.degrees ?? null);
  return {
    widthPx: of(({ widthPx }) => widthPx),
    heightPx: of(({ heightPx }) => heightPx),
    tiltDegrees: of(({ tiltDegrees }) => tiltDegrees),
    skewDegrees: of(({ skewDegrees }) => skewDegrees),
    oblique:
      angles === null
        ? null
        : {
            degrees: angles,
            fromSideDegrees: some(({ oblique }) => oblique?.fromSideDegrees ?? null)!,
            fromAboveDegrees: some(({ oblique }) => oblique?.fromAboveDegrees ?? null)!,
          },
    white: of(({ white }) => white),
    black: of(({ black }) => black),
    contrast: of(({ contrast }) => contrast),
    burntShare: of(({ burntShare }) => burntShare),
    blackShare: of(({ blackShare }) => blackShare),
    edgeAlongPx: some(({ edgeAlongPx }) => edgeAlongPx),
    edgeAcrossPx: some(({ edgeAcrossPx }) => edgeAcrossPx),
  };
}

function median(values: number[]): number | null {
  if (values.length === 0) return null;
  return values.sort((one, other) => one - other)[(values.length - 1) >> 1]!;
}
