// A single reading under the grammars, for still pictures. A passage does the same with what all its looks say together.

import type { Reading, TextGuess } from '../vision/index.ts';
import type { Grammars } from './grammar-policy.ts';
import { explainSeen } from './lengths-policy.ts';

/** The reading with text, confidence, slots and countries as they are after the prior. */
export function explainReading(reading: Reading, grammars: Grammars): Reading {
  const { text, confidence, slots, countries } = explainSeen(reading, grammars);
  const others = (reading.alternatives ?? []).filter((other) => other.text !== text);
  const first = { text: reading.text, confidence: Math.max(0, Math.min(reading.confidence, 1 - confidence)) };
  if (reading.text !== text && reading.text !== '') others.push(first);
  return { ...reading, text, confidence, slots, countries, alternatives: likeliestOf(others) };
}

const MOST_ALTERNATIVES = 4;

/** Best first, none twice. */
function likeliestOf(guesses: TextGuess[]): TextGuess[] {
  const sorted = guesses.sort((a, b) => b.confidence - a.confidence);
  return sorted
    .filter(({ text }, i) => sorted.findIndex((other) => other.text === text) === i)
    .slice(0, MOST_ALTERNATIVES);
}
