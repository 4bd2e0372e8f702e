// A read as a message told it, for whoever matches reads that a box has sent: the distributions as far as the message has
// them. Pure.

import type { ReadMessage } from '../contract/index.ts';
import { ALPHABET } from '../shared/alphabet.ts';
import type { Slot } from '../vision/index.ts';
import { typedPlate } from './typed-policy.ts';
import type { SeenPlate } from './types.ts';

/**
 * A message lists a place's likelier characters; what it leaves is spread over the others. A read whose places cannot
 * hold its text (another sender's, without distributions) is taken as a text that is as sure as it says.
 */
export function seenPlateOf(plate: ReadMessage['plate']): SeenPlate {
  const { text, confidence, alternatives, country, countryConfidence } = plate;
  const told = { text, confidence, alternatives, country, countryConfidence };
  const places = plate.characters.filter((place) => place.some(({ character }) => character !== ''));
  const slots = places.length >= text.length ? plate.characters : undefined;
  return { ...typedPlate(text, confidence, country), ...told, ...(slots && { slots: slots.map(slotOf) }) };
}

function slotOf(listed: ReadMessage['plate']['characters'][number]): Slot {
  const shares = new Map(listed.map(({ character, probability }) => [character, probability]));
  const rest = Math.max(0, 1 - listed.reduce((sum, { probability }) => sum + probability, 0));
  const each = rest / (ALPHABET.length + 1 - shares.size);
  return ['', ...ALPHABET].map((character) => shares.get(character) ?? each);
}
