// From the output of a fixed-slot net to a text, and to numbers that mean something. Such a net gives for each of N
// slots a distribution over its characters and a padding; the text is what the slots say without the paddings. The
// slots are independent, so a text's probability is the sum over all ways to put its characters into the slots in
// order, and that sum over all texts is 1: it means the same as a CTC reader's.

import type { TextGuess } from '../types.ts';

/** What the net says of one plate: `count` distributions over `letters.length` classes, each summing to 1. */
export interface SlotOutput {
  probabilities: Float32Array;
  count: number;
  /** class → its letter; '' is the padding */
  letters: readonly string[];
}

/** Texts kept from slot to slot in the search for others. */
const BEAM = 16;
/** A character less probable than this is not tried. */
const MIN_PROBABILITY = 1e-3;

/** The best class of each slot, paddings left out: the text, and which slots its characters are in. */
export function bestOf({ probabilities, count, letters }: SlotOutput): { text: string; slots: number[] } {
  let text = '';
  const slots: number[] = [];
  for (let slot = 0; slot < count; slot++) {
    let best = 0;
    for (let k = 1; k < letters.length; k++)
      if (probabilities[slot * letters.length + k]! > probabilities[slot * letters.length + best]!) best = k;
    if (letters[best] === '') continue;
    text += letters[best];
    slots.push(slot);
  }
  return { text, slots };
}

/** Probability that the net's output spells exactly `text`. */
export function textProbability({ probabilities, count, letters }: SlotOutput, text: string): number {
  const padding = letters.indexOf('');
  const classes = [...text].map((letter) => letters.indexOf(letter));
  if (classes.includes(-1)) return 0;
  // after[n]: the probability that the slots so far have spelt the first n characters
  let after = new Float64Array(text.length + 1);
  after[0] = 1;
  for (let slot = 0; slot < count; slot++) {
    const row = slot * letters.length;
    const next = new Float64Array(text.length + 1);
    for (let n = 0; n <= text.length; n++) {
      next[n] = after[n]! * probabilities[row + padding]!;
      if (n > 0) next[n] = next[n]! + after[n - 1]! * probabilities[row + classes[n - 1]!]!;
    }
    after = next;
  }
  return after[text.length]!;
}

/** The most probable texts, best first, each with its exact probability. */
export function mostProbable(output: SlotOutput, count: number): TextGuess[] {
  const { probabilities, letters } = output;
  let beam = new Map([['', 1]]);
  for (let slot = 0; slot < output.count; slot++) {
    const row = slot * letters.length;
    const longer = new Map<string, number>();
    for (const [text, share] of beam)
      letters.forEach((letter, k) => {
        const probability = probabilities[row + k]!;
        if (probability < MIN_PROBABILITY) return;
        longer.set(text + letter, (longer.get(text + letter) ?? 0) + share * probability);
      });
    beam = new Map([...longer].sort((a, b) => b[1] - a[1]).slice(0, BEAM));
  }
  return [...beam.keys()]
    .map((text) => ({ text, confidence: Math.min(1, textProbability(output, text)) }))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, count);
}
