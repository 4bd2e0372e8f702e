// A character that the reader lost, most often a thin one (I, J, 1), leaves no place behind that says so, and one that it invented
// leaves a place that is sure of itself. How often it does either, and to which characters, was measured with this agent's own
// models (scripts/matching/lost.ts); by that the doubt about a read is shared out among the texts with one character more or
// less. Pure.

import { z } from 'zod';
import { ALPHABET } from '../shared/alphabet.ts';
import { MAX_CHARACTERS } from './plate.ts';

const share = z.number().min(0).max(1);

export const lostCharacters = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the reader that it was measured with */
  reader: z.string(),
  measured: z.looseObject({}),
  /** of wrong reads so many had lost one character, and nothing else was wrong with them */
  share,
  /** how often each character of the alphabet is lost, of the times it is there */
  characters: z.array(share).length(ALPHABET.length),
  /** of wrong reads so many had one too many, and nothing else was wrong with them */
  inventedShare: share,
});
export type LostCharacters = z.infer<typeof lostCharacters>;
export type Losses = Pick<LostCharacters, 'share' | 'characters' | 'inventedShare'>;

/** a list lifts a text tenfold at most, and what is then below one in a hundred raises no hit: there is room to spare */
const LEAST = 5e-5;

/**
 * The texts with one character more or less, and their probabilities; some three hundred of a poor read, a few of a good one.
 * @param doubt that the text is not the plate's, 0..1
 */
export function withOneMoreOrLess(text: string, doubt: number, losses: Losses): Map<string, number> {
  const found = new Map<string, number>();
  const add = (other: string, probability: number) => {
    if (probability >= LEAST) found.set(other, (found.get(other) ?? 0) + probability);
  };
  const places = text.length + 1;
  const sum = places * losses.characters.reduce((total, each) => total + each, 0);
  if (text.length > 0 && places <= MAX_CHARACTERS && sum > 0)
    for (const [index, often] of losses.characters.entries())
      for (let place = 0; place < places; place++)
        add(
          text.slice(0, place) + ALPHABET[index]! + text.slice(place),
          (doubt * losses.share * often) / sum,
        );
  if (text.length > 1)
    for (let place = 0; place < text.length; place++)
      add(text.slice(0, place) + text.slice(place + 1), (doubt * losses.inventedShare) / text.length);
  return found;
}
