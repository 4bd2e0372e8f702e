// Which sightings of a still picture are shown. The reader is a second look at what the detector proposes: nine in ten
// of the places that are no plate give it no text, or one or two characters. Pure.

import type { Sighting } from '../vision/index.ts';

/** Shorter texts are what a reader makes of a grille or a lamp; the agent keeps no such reads either. */
const MIN_CHARACTERS = 3;
/** A text that the reader believes less than this is a guess at what may be no lettering at all. */
const MIN_CONFIDENCE = 0.05;
/** Without such a text a place is called a plate from this score on: too dirty or too far to be read. */
const SURE_WITHOUT_TEXT = 0.6;

export function isListed({ score, reading }: Sighting): boolean {
  const isRead = reading.text.length >= MIN_CHARACTERS && reading.confidence >= MIN_CONFIDENCE;
  return isRead || score >= SURE_WITHOUT_TEXT;
}
