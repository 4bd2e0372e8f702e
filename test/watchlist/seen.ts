// Reads as a camera could have given them, written by hand: what each place may hold, by character.

import { ALPHABET, type Slot } from '../../agent/vision/index.ts';
import type { SeenPlate } from '../../agent/watchlist/index.ts';

/** `{ O: 0.5, '0': 0.5 }`; '' is "no character". What is left is spread over the rest. */
export function slot(shares: Record<string, number>): Slot {
  const told = Object.values(shares).reduce((sum, share) => sum + share, 0);
  const rest = Math.max(0, 1 - told) / (37 - Object.keys(shares).length);
  return ['', ...ALPHABET].map((character) => shares[character] ?? rest);
}

/** A text of which each place is as sure as said; places that are not are given by number. */
export function seenAs(
  text: string,
  doubts: Record<number, Record<string, number>> = {},
  more: Partial<SeenPlate> = {},
): SeenPlate {
  const slots = [...text].map((character, place) => slot(doubts[place] ?? { [character]: 0.999 }));
  const confidence = slots.reduce(
    (product, each, place) => product * each[ALPHABET.indexOf(text[place]!) + 1]!,
    1,
  );
  return { text, confidence, slots, alternatives: [], country: 'B', countryConfidence: 0.95, ...more };
}
