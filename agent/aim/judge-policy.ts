// Numbers of a plate against what they must be, and what to do about them. Pure.

import { AIM_ADVICE, filledIn } from '../shared/aim-words.ts';
import { BLACK_UP_TO } from './light.ts';
import {
  EDGE_OF_CAMERA_PX,
  LEAST_CONTRAST,
  LEAST_WHITE,
  LEAST_WIDTH_PX,
  LUMA_OF_LIGHT,
  MIDDLE_GREY,
  MOST_BLACK_SHARE,
  MOST_BURNT_SHARE,
  MOST_EDGE_OF_HEIGHT,
  MOST_LIGHT,
  MOST_OBLIQUE_DEGREES,
  MOST_SKEW_DEGREES,
  MOST_SMEAR_OF_HEIGHT,
  MOST_TILT_DEGREES,
} from './limits.ts';
import type { PlateMeasure } from './plate.ts';
import type { AimNumber, AimVerdict, Judgement } from './types.ts';

/** A bar of length L rises from 10 to 90 % within 0.8 L. */
const RISE_OF_SMEAR = 0.8;

/**
 * How far the plate smears in one direction, pixels: by how much the edges across the movement are wider than those along it. A
 * blur that is the same in both directions is the lens's. It knows nothing of the exposure.
 */
function smearOf({ edgeAlongPx, edgeAcrossPx }: PlateMeasure): number | null {
  if (edgeAlongPx === null || edgeAcrossPx === null) return null;
  return Math.sqrt(Math.abs(edgeAlongPx ** 2 - edgeAcrossPx ** 2)) / RISE_OF_SMEAR;
}

/** The longest exposure that leaves a plate's strokes apart while it moves at that speed; null: it stands. */
export function longestExposureMs(heightPx: number, speedPxPerSecond: number | null): number | null {
  return speedPxPerSecond ? (1000 * MOST_SMEAR_OF_HEIGHT * heightPx) / speedPxPerSecond : null;
}

/**
 * Degrees times pixels: nine in ten looks at a plate of that height have their skew no farther off, and of passages with all
 * their looks. The corners' errors are pixels, so the skew's go with one over the height; the looks at one plate have a part of them in
 * common (a dark band on a dark car). As test/aim/traffic.test.ts measures it.
 */
const SKEW_OFF_OF_LOOK = 60;
const SKEW_OFF_OF_PASSAGE = 42;

/**
 * @param passages of which the plate is the typical one; 0: one look
 * @param exposureMs what the speed of the last passage allows, for the advice
 */
export function judge(plate: PlateMeasure, passages: number, exposureMs: number | null = null): Judgement[] {
  const { widthPx, heightPx, tiltDegrees, skewDegrees, oblique, edgeAlongPx, edgeAcrossPx } = plate;
  const sharpness =
    edgeAlongPx === null || edgeAcrossPx === null
      ? (edgeAlongPx ?? edgeAcrossPx)
      : Math.min(edgeAlongPx, edgeAcrossPx);
  const factor = Math.ceil((10 * LEAST_WIDTH_PX) / widthPx) / 10;
  const turn: Action = {
    is: tiltDegrees > 0 ? 'clockwise' : 'anticlockwise',
    values: { degrees: Math.round(Math.abs(tiltDegrees)) },
  };
  const isAside = oblique !== null && oblique.fromSideDegrees > oblique.fromAboveDegrees;
  const nearer: Action = { is: isAside ? 'to-the-side' : 'lower', values: {} };
  const shutter: Action =
    exposureMs === null
      ? { is: 'shorter', values: {} }
      : {
          is: 'exposure',
          values: { ms: Math.round(10 * exposureMs) / 10, fraction: Math.ceil(1000 / exposureMs) },
        };
  const light = lightFor(plate);
  const skewOff = passages === 0 ? SKEW_OFF_OF_LOOK : SKEW_OFF_OF_PASSAGE / Math.sqrt(passages);
  const less: Action = { is: 'less-light', values: {} };
  const flat: [Bad, Action] =
    plate.white < MIDDLE_GREY
      ? ['too dark', light]
      : ['too bright', { is: 'glare', values: { black: Math.round(plate.black) } }];
  const { burntShare, blackShare } = plate;
  return [
    least('width', widthPx, 'px', LEAST_WIDTH_PX, 'too small', { is: 'zoom', values: { factor } }),
    most('tilt', tiltDegrees, '°', MOST_TILT_DEGREES, 'too oblique', turn),
    {
      ...most('skew', skewDegrees, '°', MOST_SKEW_DEGREES, 'too oblique', nearer),
      within: skewOff / heightPx,
    },
    most('angle', oblique?.degrees ?? null, '°', MOST_OBLIQUE_DEGREES, 'too oblique', nearer),
    most(
      'sharpness',
      sharpness,
      'px',
      Math.max(EDGE_OF_CAMERA_PX, MOST_EDGE_OF_HEIGHT * heightPx),
      'blurred',
      { is: 'focus', values: {} },
    ),
    most('motion', smearOf(plate), 'px', MOST_SMEAR_OF_HEIGHT * heightPx, 'blurred', shutter),
    least('contrast', plate.contrast, 'grey levels', LEAST_CONTRAST, ...flat),
    least('white', plate.white, 'grey levels', LEAST_WHITE, 'too dark', light),
    most('burnt', 100 * burntShare, '%', 100 * MOST_BURNT_SHARE, 'too bright', less),
    most('black', 100 * blackShare, '%', 100 * MOST_BLACK_SHARE, 'too dark', light),
  ];
}

type Action = NonNullable<Judgement['action']>;

/** How much more light takes the plate's white, and its contrast, to what they must be; without a number when neither is what is wrong. */
function lightFor({ white, contrast }: PlateMeasure): Action {
  const times = (wanted: number, found: number) => (wanted / Math.max(1, found)) ** (1 / LUMA_OF_LIGHT);
  const wanted = Math.max(
    times(LEAST_WHITE - BLACK_UP_TO, white - BLACK_UP_TO),
    times(LEAST_CONTRAST, contrast),
  );
  if (wanted <= 1) return { is: 'more-light', values: {} };
  const factor = Math.min(MOST_LIGHT, Math.ceil(10 * wanted) / 10);
  return {
    is: 'light',
    values: {
      factor,
      stops: Math.round(10 * Math.log2(factor)) / 10,
      decibels: Math.round(20 * Math.log10(factor)),
    },
  };
}

type Bad = Exclude<AimVerdict, 'good'>;

function least(
  name: AimNumber,
  value: number,
  unit: Judgement['unit'],
  limit: number,
  bad: Bad,
  action: Action,
): Judgement {
  const isGood = value >= limit;
  return {
    name,
    value,
    unit,
    within: null,
    bound: 'least',
    limit,
    verdict: isGood ? 'good' : bad,
    ...advised(isGood ? null : action),
  };
}

function most(
  name: AimNumber,
  value: number | null,
  unit: Judgement['unit'],
  limit: number,
  bad: Bad,
  action: Action,
): Judgement {
  const isGood = value !== null && Math.abs(value) <= limit;
  const verdict = value === null ? null : isGood ? 'good' : bad;
  return {
    name,
    value,
    unit,
    within: null,
    bound: 'most',
    limit,
    verdict,
    ...advised(value === null || isGood ? null : action),
  };
}

function advised(action: Action | null): Pick<Judgement, 'advice' | 'action'> {
  return { advice: action && filledIn(AIM_ADVICE[action.is], action.values), action };
}

/**
 * The plate that passages have in common: the middle one of each number, but for how they lie. Lanes lie in different ways, and the
 * middle one of plates of two lanes is one lane's plate with all of its error: tilt and skew are means, in which errors even out.
 * Plates whose number could not be measured are left out of it.
 */
export function typicalPlate(plates: readonly PlateMeasure[]): PlateMeasure {
  const of = (pick: (plate: PlateMeasure) => number) => median(plates.map(pick))!;
  const some = (pick: (plate: PlateMeasure) => number | null) =>
    median(plates.map(pick).filter((value) => value !== null));
  const angles = some(({ oblique }) => oblique?.degrees ?? null);
  return {
    widthPx: of(({ widthPx }) => widthPx),
    heightPx: of(({ heightPx }) => heightPx),
    tiltDegrees: meanNear(plates.map(({ tiltDegrees }) => tiltDegrees)),
    skewDegrees: meanNear(plates.map(({ skewDegrees }) => skewDegrees)),
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

/** Degrees: what lies farther from the middle one than this is lettering, or another road. */
const NEAR_DEGREES = 10;

function meanNear(values: readonly number[]): number {
  const middle = median([...values])!;
  const near = values.filter((value) => Math.abs(value - middle) <= NEAR_DEGREES);
  return near.reduce((sum, value) => sum + value, 0) / near.length;
}

export function median(values: number[]): number | null {
  if (values.length === 0) return null;
  return values.sort((one, other) => one - other)[(values.length - 1) >> 1]!;
}
