// Does the vehicle come nearer or go away: by the growth of its plate and, for a camera above the road, by its way down
// or up the picture. Both are slopes of straight lines through all sightings, so one bad box decides nothing.

import type { Point } from '../shared/geometry.ts';
import type { Direction } from './types.ts';

/** Running sums for the slopes; times are seconds since the first sighting. */
export interface Trend {
  n: number;
  t: number;
  tt: number;
  logWidth: number;
  tLogWidth: number;
  y: number;
  ty: number;
  seconds: number;
  /** smallest and largest centre seen, and the largest width: how far it went at all */
  low: Point;
  high: Point;
  widestPx: number;
}

/** e^0.12: the plate grew or shrank by 13 %; detectors' boxes breathe by some 5 %. */
const GROWTH_LOG = 0.12;
/** … or moved up or down by one plate width, with no growth against it. */
const VERTICAL_WIDTHS = 1;

export function startTrend(): Trend {
  return {
    n: 0,
    t: 0,
    tt: 0,
    logWidth: 0,
    tLogWidth: 0,
    y: 0,
    ty: 0,
    seconds: 0,
    low: [Infinity, Infinity],
    high: [-Infinity, -Infinity],
    widestPx: 0,
  };
}

export function addToTrend(trend: Trend, seconds: number, [x, y]: Point, widthPx: number): void {
  const logWidth = Math.log(widthPx);
  trend.n++;
  trend.t += seconds;
  trend.tt += seconds * seconds;
  trend.logWidth += logWidth;
  trend.tLogWidth += seconds * logWidth;
  trend.y += y;
  trend.ty += seconds * y;
  trend.seconds = seconds;
  trend.low = [Math.min(trend.low[0], x), Math.min(trend.low[1], y)];
  trend.high = [Math.max(trend.high[0], x), Math.max(trend.high[1], y)];
  trend.widestPx = Math.max(trend.widestPx, widthPx);
}

/** @param standing it has not moved for long: a stop after a drive is still the drive's direction, unless it is all there was */
export function directionOf(trend: Trend, standing: boolean): Direction {
  const travel = Math.hypot(trend.high[0] - trend.low[0], trend.high[1] - trend.low[1]) / trend.widestPx;
  if (standing && travel < 1) return 'stationary';
  const spread = trend.n * trend.tt - trend.t ** 2;
  if (trend.n < 2 || !(spread > 0)) return 'unknown';
  const growth = (trend.seconds * (trend.n * trend.tLogWidth - trend.t * trend.logWidth)) / spread;
  const descent = (trend.seconds * (trend.n * trend.ty - trend.t * trend.y)) / spread / trend.widestPx;
  const balance = growth / GROWTH_LOG + descent / VERTICAL_WIDTHS;
  if (balance > 1) return 'approaching';
  return balance < -1 ? 'receding' : 'unknown';
}
