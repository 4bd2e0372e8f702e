// A plate that a person typed, as a camera might have read it: to try a list without a vehicle. Pure.

import { LOOK_ALIKES } from '../grammar/index.ts';
import { ALPHABET } from '../shared/alphabet.ts';
import type { Slot } from '../vision/index.ts';
import type { SeenPlate } from './types.ts';

/** Of the doubt about a character so much is about those that look like it. An assumption, and shown as one. */
const ON_LOOK_ALIKES = 0.75;

/**
 * @param text A–Z and 0–9
 * @param confidence of the read, 0..1; its doubt is spread evenly over the characters
 * @param country as on the plate; null: not told
 */
export function typedPlate(text: string, confidence: number, country: string | null): SeenPlate {
  const each = confidence ** (1 / text.length);
  return {
    text,
    confidence,
    slots: [...text].map((character) => slotOf(character, each)),
    alternatives: [],
    country: country ?? 'unknown',
    countryConfidence: 1,
  };
}

function slotOf(character: string, sure: number): Slot {
  const alike = LOOK_ALIKES.filter((group) => group.includes(character))
    .join('')
    .replaceAll(character, '');
  const doubt = 1 - sure;
  const onAlike = alike === '' ? 0 : doubt * ON_LOOK_ALIKES;
  const others = (doubt - onAlike) / (ALPHABET.length - alike.length);
  return ['', ...ALPHABET].map((each) => {
    if (each === character) return sure;
    return each !== '' && alike.includes(each) ? onAlike / alike.length : others;
  });
}
