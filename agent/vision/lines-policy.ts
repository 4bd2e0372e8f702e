// One line or two, where a plate's shape leaves it in doubt: a high plate of one line (as in the Americas, or a short
// personal one), a two-line plate seen from above or below. Geometry comes first; a plate of clear shape is cut one way, and
// where the other way is tried, it has the odds of the shape against it. Pure.

import type { Reading } from './types.ts';

/** Widths over heights between which both ways occur: squares of two lines end at 2, one line begins at 2 (12 x 6 inches). */
const DOUBT_FROM = 1.4;
const DOUBT_TO = 3.2;
/** A plate that was read as clearly as this was cut the right way: the wrong way leaves hardly a character whole. */
const CLEAR = 0.9;
/**
 * Where the first cut says nothing, what the other says counts from here on, whatever the shape: a plate cut the wrong way says
 * nothing, which is no word against the other way. A text less probable is a guess at no plate.
 */
const GUESS = 0.3;
/**
 * How fast the odds of one line rise with the aspect, as its power. Of 236 rendered plates of no country in this range 188
 * were read right with 4, 8 or 16 (180 by shape alone, and 188 with the right cut always); of 329 Belgian ones 291 (291, 291).
 */
const STEEPNESS = 8;

export function isOtherCutWorthIt(aspect: number, { text, confidence }: Reading): boolean {
  return aspect >= DOUBT_FROM && aspect < DOUBT_TO && (text === '' || confidence < CLEAR);
}

/** @param even the aspect at which one line and two are as likely: the reader's own limit */
export function betterCut(aspect: number, even: number, first: Reading, other: Reading): Reading {
  if (other.text === '') return first;
  if (first.text === '') return other.confidence >= GUESS ? other : first;
  const one = 1 / (1 + (even / aspect) ** STEEPNESS);
  const worth = ({ lines, confidence }: Reading) => (lines === 1 ? one : 1 - one) * confidence;
  return worth(other) > worth(first) ? other : first;
}
