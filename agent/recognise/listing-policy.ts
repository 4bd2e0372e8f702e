// Which sightings of a still picture are shown: every plate that was read, and those without a text only when the
// detector is quite sure. Pure.

import type { Sighting } from '../vision/index.ts';

/** A place where nothing could be read is called a plate from this score on. */
const SURE_WITHOUT_TEXT = 0.5;

export function isListed({ score, reading }: Sighting): boolean {
  return reading.text !== '' || score >= SURE_WITHOUT_TEXT;
}

/** The most probable country; `unknown` when the reader gives none. */
export function countryOf({ reading }: Sighting): string {
  let best = 'unknown';
  let most = 0;
  for (const [country, share] of Object.entries(reading.countries)) {
    if (share > most) [best, most] = [country, share];
  }
  return best;
}
