// Where a plate goes: the constant-velocity model with the velocity measured in plate widths. Under perspective a plate
// that comes nearer grows and moves faster in the same proportion, so "widths per second" and "growth per second" hold
// much longer than pixels per second do: x(t) = x + u·w·(e^(g·t) − 1)/g, w(t) = w·e^(g·t).

import type { Point } from '../shared/geometry.ts';

export interface Path {
  /** UTC epoch milliseconds of the last sighting */
  at: number;
  centre: Point;
  widthPx: number;
  /** height of the upright box over the width of the plate */
  aspect: number;
  /** plate widths per second; undefined until a second sighting */
  velocity: Point | undefined;
  /** natural log of the width, per second */
  growth: number;
}

export interface Prediction {
  centre: Point;
  widthPx: number;
}

/** Faster growth than this is noise: 6/s is a plate 6 m away at 130 km/h. */
const MAX_GROWTH_PER_SECOND = 6;
/** No prediction grows or shrinks a plate by more than e^1.2 = 3.3 */
const MAX_LOG_GROWTH = 1.2;
/** Share of a newly measured velocity that is taken over: places are measured well. */
const VELOCITY_GAIN = 0.7;
/** Widths are not: boxes breathe by a tenth (log). The longer the step, the more of a change is real. */
const WIDTH_NOISE_LOG = 0.1;
const WIDTH_DRIFT_LOG_PER_SECOND = 0.8;
const GROWTH_SPREAD_PER_SECOND = 1.5;
const LEAST_WIDTH_GAIN = 0.4;

export function startPath(at: number, centre: Point, widthPx: number, aspect: number): Path {
  return { at, centre, widthPx, aspect, velocity: undefined, growth: 0 };
}

export function predict(path: Path, at: number): Prediction {
  const seconds = Math.max(0, at - path.at) / 1000;
  if (path.velocity === undefined) return { centre: path.centre, widthPx: path.widthPx };
  const logGrowth = clamp(path.growth * seconds, MAX_LOG_GROWTH);
  const reach = path.widthPx * seconds * expm1Over(logGrowth);
  return {
    centre: [path.centre[0] + path.velocity[0] * reach, path.centre[1] + path.velocity[1] * reach],
    widthPx: path.widthPx * Math.exp(logGrowth),
  };
}

export function advance(path: Path, at: number, centre: Point, measuredPx: number, aspect: number): Path {
  const seconds = Math.max(1, at - path.at) / 1000;
  const expectedPx = predict(path, at).widthPx;
  const widthGain = Math.max(LEAST_WIDTH_GAIN, gainOf(WIDTH_DRIFT_LOG_PER_SECOND * seconds, WIDTH_NOISE_LOG));
  const widthPx = expectedPx * (measuredPx / expectedPx) ** widthGain;
  const logGrowth = Math.log(widthPx / path.widthPx);
  const reach = path.widthPx * seconds * expm1Over(clamp(logGrowth, MAX_LOG_GROWTH));
  const measured: Point = [(centre[0] - path.centre[0]) / reach, (centre[1] - path.centre[1]) / reach];
  const growth = clamp(Math.log(measuredPx / path.widthPx) / seconds, MAX_GROWTH_PER_SECOND);
  const growthGain = gainOf(GROWTH_SPREAD_PER_SECOND, (Math.SQRT2 * WIDTH_NOISE_LOG) / seconds);
  const before = path.velocity;
  return {
    at,
    centre,
    widthPx,
    aspect,
    velocity:
      before === undefined
        ? measured
        : [mix(before[0], measured[0], VELOCITY_GAIN), mix(before[1], measured[1], VELOCITY_GAIN)],
    growth: mix(path.growth, growth, growthGain),
  };
}

/** Kalman's gain for a value spread by `signal`, measured with an error of `noise`. */
function gainOf(signal: number, noise: number): number {
  return signal ** 2 / (signal ** 2 + noise ** 2);
}

/** (e^x − 1)/x, 1 at 0. */
function expm1Over(x: number): number {
  return Math.abs(x) < 1e-6 ? 1 : Math.expm1(x) / x;
}

function mix(a: number, b: number, share: number): number {
  return a + share * (b - a);
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
