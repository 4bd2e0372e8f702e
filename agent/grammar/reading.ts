// A single reading under the grammars, for still pictures. A passage does the same with what all its looks say together.

import type { Reading, TextGuess } from '../vision/index.ts';
import { explain, type Grammars } from './grammar-policy.ts';

/** The reading with text, confidence, slots and countries as they are after the prior. */
export function explainReading(reading: Reading, grammars: Grammars): Reading {
  const { text, confidence, slots, countries } = explain(
    reading.slots,
    reading.confidence,
    reading.countries,
    grammars,
  );
  const others: TextGuess[] = (reading.alternatives ?? []).filter((other) => other.text !== text);
  const first = { text: reading.text, confidence: Math.max(0, Math.min(reading.confidence, 1 - confidence)) };
  if (reading.text !== text && reading.text !== '') others.unshift(first);
  return { ...reading, text, confidence, slots, countries, alternatives: others };
}
