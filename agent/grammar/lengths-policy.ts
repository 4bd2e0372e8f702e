// Texts of different lengths under the grammars. A thin character that blur took away leaves a text one shorter, and what the
// reader says of the longer one is among its other guesses. A country's patterns know how long its plates are: so each length is
// explained by itself, and weighs as much as the picture says of its texts, times how much likelier the grammars make them than
// free strings are. The confidence is the picture's own, as ever (grammar-policy.ts). Pure.

import { ALPHABET } from '../shared/alphabet.ts';
import type { Slot, TextGuess } from '../vision/index.ts';
import { type Explained, explain, type Grammars, LOOK_ALIKES } from './grammar-policy.ts';

/** What was seen of a plate: the best text, one slot for each of its characters, and other texts; all before any grammar. */
export interface Seen {
  text: string;
  /** 0..1, of `text` */
  confidence: number;
  slots: readonly Slot[];
  alternatives?: readonly TextGuess[] | undefined;
  countries: Readonly<Record<string, number>>;
}

/**
 * Lengths whose texts have less than this together are not followed up: so little is said of much that is not there. On 2,486 rendered
 * plates (training's fonts) and photographs of the training parts, 7 more were right than by one length alone and none fewer.
 */
const LEAST = 0.03;
/** How much of a listed character its look-alikes may have instead: a list of texts leaves out most of them. */
const ALIKE = 0.1;

export function explainSeen(seen: Seen, grammars: Grammars): Explained {
  const first = explain(seen.slots, seen.confidence, seen.countries, grammars);
  if (seen.text === '' || first.gain === null) return first;
  const listed = [{ text: seen.text, confidence: seen.confidence }, ...(seen.alternatives ?? [])];
  const lengths = new Map<number, TextGuess[]>();
  for (const guess of listed)
    lengths.set(guess.text.length, [...(lengths.get(guess.text.length) ?? []), guess]);
  let [best, most] = [first, 0];
  let all = 0;
  for (const [length, texts] of lengths) {
    const mass = texts.reduce((sum, { confidence }) => sum + confidence, 0);
    if (length === 0 || (mass < LEAST && length !== seen.text.length)) continue;
    const explained =
      length === seen.text.length ? first : explainTexts(texts, mass, seen.countries, grammars);
    const weight = mass * (explained.gain ?? 0);
    all += weight;
    if (weight > most) [best, most] = [explained, weight];
  }
  return all > 0 ? { ...best, confidence: best.confidence * (most / all) } : first;
}

/** Never surer than the picture is of all texts of this length together. */
function explainTexts(
  texts: readonly TextGuess[],
  mass: number,
  countries: Seen['countries'],
  grammars: Grammars,
): Explained {
  const most = Math.max(...texts.map(({ confidence }) => confidence));
  const explained = explain(slotsOf(texts), most, countries, grammars);
  return { ...explained, confidence: Math.min(explained.confidence, mass) };
}

/** Texts of one length as one slot a character, each text by its weight. */
function slotsOf(texts: readonly TextGuess[]): Slot[] {
  const all = texts.reduce((sum, { confidence }) => sum + confidence, 0);
  return [...texts[0]!.text].map((_, position) => {
    const slot = new Array<number>(ALPHABET.length + 1).fill(0);
    const give = (character: string, share: number) => {
      slot[ALPHABET.indexOf(character) + 1]! += share;
    };
    for (const { text, confidence } of texts) {
      const character = text[position]!;
      const others = [...(LOOK_ALIKES.find((group) => group.includes(character)) ?? '')].filter(
        (other) => other !== character,
      );
      const share = confidence / all;
      give(character, others.length > 0 ? share * (1 - ALIKE) : share);
      for (const other of others) give(other, (share * ALIKE) / others.length);
    }
    return slot;
  });
}
