// How likely it is that a sighting is the plate that is being followed, against being a new plate: a log-likelihood
// ratio of place, size and text, as in the track scores of radar (Blackman, "Multiple hypothesis tracking for multiple
// target tracking", 2004). Everything is in plate widths and seconds, so it holds at any zoom and at any look rate.

import type { Point } from '../shared/geometry.ts';
import type { Prediction } from './path.ts';

export interface MatchFacts {
  predicted: Prediction;
  /** undefined: seen once, could be going anywhere */
  velocityKnown: boolean;
  /** since the last sighting */
  seconds: number;
  /** it stood when last seen: this is where, and its width */
  spot: Prediction | undefined;
  /** it has given its read */
  told: boolean;
  /** missed so long by looks that it may have left */
  absent: boolean;
  centre: Point;
  widthPx: number;
  /** asked only when the place is possible: comparing texts is the costly part */
  text: () => TextMatch;
}

export interface TextMatch {
  /** natural log odds of "views of one plate" against "views of two unrelated plates" */
  logOdds: number;
  /** the most that `logOdds` could be: of either text with itself, the lesser */
  best: number;
}

/** A new plate turns up anywhere in a picture of 20 × 11 plates, in about one look of five. */
const LOG_BIRTHS = Math.log(1 / 1100);
/** detector jitter in widths, and what acceleration and perspective add each second once the velocity is known */
const JITTER_WIDTHS = 0.25;
const DRIFT_KNOWN_WIDTHS_PER_SECOND = 3;
/** spread of first steps: 36 m/s seen from a pole are some 30 widths a second */
const DRIFT_UNKNOWN_WIDTHS_PER_SECOND = 14;
const MAX_DRIFT_WIDTHS = 8;
/** nothing on a road is faster than this, whatever its text says */
const TOP_WIDTHS_PER_SECOND = 70;
/** detectors' boxes breathe; one that is far off says little */
const SIZE_JITTER_LOG = 0.2;
const SIZE_AGAINST_MOST = 3;
const SIZE_DRIFT_KNOWN_LOG = 0.6;
const SIZE_DRIFT_UNKNOWN_LOG = 2;
const MAX_SIZE_DRIFT_LOG = 0.8;
/** A confident misreading must not split a car that is exactly where it should be. */
const TEXT_AGAINST_MOST = -5;
/** Above this text counts less: seven characters alike outweigh any distance otherwise. */
const TEXT_FOR_FULL = 8;
const TEXT_FOR_REST = 0.4;
/**
 * This share of the best possible text evidence is agreement: one character that both are sure of and that differs takes
 * more than a fifth away, so the next car of a fleet is another car; a doubtful character takes little.
 */
const AGREES = 0.85;
const ABSENT_HANDICAP = 8;
const SPOT_WIDTHS = 0.6;
const NOT = -Infinity;

/** Above 0: this plate. Higher is better; -Infinity is out of the question. */
export function matchScore(facts: MatchFacts): number {
  const { seconds, told, spot } = facts;
  const atSpot = spot !== undefined && distanceWidths(facts, spot) < SPOT_WIDTHS && alikeSize(facts, spot);
  if (told && facts.absent && !atSpot) return NOT;
  const away = distanceWidths(facts, facts.predicted);
  if (!atSpot && away > 1 + TOP_WIDTHS_PER_SECOND * Math.min(seconds, 4)) return NOT;
  const text = facts.text();
  const parkedThere = atSpot && (!facts.absent || text.logOdds > 0);
  if (told && !parkedThere && !textAgrees(text)) return NOT;
  const handicap = told && facts.absent ? ABSENT_HANDICAP : 0;
  const moving = placeScore(facts, facts.predicted, false);
  const place = spot === undefined ? moving : Math.max(moving, placeScore(facts, spot, true));
  return place + textScore(text.logOdds) - handicap;
}

/** Both texts say something, and the same. */
export function textAgrees({ logOdds, best }: TextMatch): boolean {
  return logOdds > 5 && logOdds >= AGREES * best;
}

function textScore(logOdds: number): number {
  const counted =
    logOdds > TEXT_FOR_FULL ? TEXT_FOR_FULL + TEXT_FOR_REST * (logOdds - TEXT_FOR_FULL) : logOdds;
  return Math.max(TEXT_AGAINST_MOST, counted);
}

function placeScore(facts: MatchFacts, where: Prediction, standing: boolean): number {
  const known = facts.velocityKnown;
  const driftRate = known ? DRIFT_KNOWN_WIDTHS_PER_SECOND : DRIFT_UNKNOWN_WIDTHS_PER_SECOND;
  const drift = standing ? 0 : Math.min(MAX_DRIFT_WIDTHS, driftRate * facts.seconds);
  const sigma = JITTER_WIDTHS + drift;
  const sizeRate = known ? SIZE_DRIFT_KNOWN_LOG : SIZE_DRIFT_UNKNOWN_LOG;
  const sizeDrift = standing ? 0 : Math.min(MAX_SIZE_DRIFT_LOG, sizeRate * facts.seconds);
  const sizeSigma = SIZE_JITTER_LOG + sizeDrift;
  const away = distanceWidths(facts, where);
  const size = Math.log(facts.widthPx / where.widthPx);
  const place = -(away ** 2) / (2 * sigma ** 2) - Math.log(2 * Math.PI * sigma ** 2) - LOG_BIRTHS;
  return place - Math.min(SIZE_AGAINST_MOST, size ** 2 / (2 * sizeSigma ** 2));
}

function distanceWidths(facts: MatchFacts, where: Prediction): number {
  const widthPx = Math.sqrt(facts.widthPx * where.widthPx);
  return Math.hypot(facts.centre[0] - where.centre[0], facts.centre[1] - where.centre[1]) / widthPx;
}

function alikeSize(facts: MatchFacts, where: Prediction): boolean {
  return Math.abs(Math.log(facts.widthPx / where.widthPx)) < 0.35;
}
