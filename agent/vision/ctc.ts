// From a CTC net's probabilities to a text, and to numbers that mean something. A CTC net gives, for each of T time
// steps, a distribution over "blank" and the characters; a text's probability is the sum over all ways to spread it
// over the steps (Graves et al. 2006, "Connectionist temporal classification", equations 3 to 8). That sum over all
// texts is 1, so it is the reader's own probability of the text, unlike a product of maxima.

import type { TextGuess } from './types.ts';

/** What the net says of one plate: `steps` distributions over `classes`, row after row, each summing to 1. */
export interface CtcOutput {
  probabilities: Float32Array;
  steps: number;
  classes: number;
  /** the class that stands for "nothing new" */
  blank: number;
}

/** Texts are lists of classes here; the reader knows their letters. */
export interface Guess {
  classes: number[];
  probability: number;
}

/** Texts kept from step to step in the search. Eight find what a hundred find on all but hopeless plates. */
const BEAM = 8;
/** Characters tried at a step: the most probable, and of those only what could still come out on top. */
const TRIED = 8;
const MIN_PROBABILITY = 1e-3;

/** A text under way: its last character and what came before, shared between texts, and its probability so far. */
interface Prefix {
  before: Prefix | null;
  last: number;
  longer: Map<number, Prefix>;
  /** by whether the last step was blank or a character; `next…` are those of the step under way */
  endsBlank: number;
  endsCharacter: number;
  nextBlank: number;
  nextCharacter: number;
}

const prefixOf = (before: Prefix | null, last: number): Prefix => ({
  ...{ before, last, longer: new Map<number, Prefix>() },
  ...{ endsBlank: 0, endsCharacter: 0, nextBlank: 0, nextCharacter: 0 },
});

/**
 * The most probable texts, best first, each with its exact probability. Prefix beam search: texts that the same steps
 * can spell in different ways are one candidate (Hannun et al. 2014, arXiv 1408.2873, algorithm 1 without a language
 * model).
 */
export function mostProbable(output: CtcOutput, count: number): Guess[] {
  const { probabilities, steps, classes, blank } = output;
  const start = prefixOf(null, -1);
  start.endsBlank = 1;
  let beam = [start];
  for (let t = 0; t < steps; t++) {
    const row = t * classes;
    const tried = likely(output, t);
    const next = new Set(beam);
    for (const prefix of beam) {
      const { endsBlank, endsCharacter } = prefix;
      prefix.nextBlank += (endsBlank + endsCharacter) * probabilities[row + blank]!;
      if (prefix.last >= 0) prefix.nextCharacter += endsCharacter * probabilities[row + prefix.last]!;
      for (const k of tried) {
        let longer = prefix.longer.get(k);
        if (!longer) {
          longer = prefixOf(prefix, k);
          prefix.longer.set(k, longer);
        }
        // The same character again needs a blank between.
        const from = k === prefix.last ? endsBlank : endsBlank + endsCharacter;
        longer.nextCharacter += from * probabilities[row + k]!;
        next.add(longer);
      }
    }
    for (const prefix of next) {
      prefix.endsBlank = prefix.nextBlank;
      prefix.endsCharacter = prefix.nextCharacter;
      prefix.nextBlank = 0;
      prefix.nextCharacter = 0;
    }
    const ranked = [...next].sort((a, b) => b.endsBlank + b.endsCharacter - a.endsBlank - a.endsCharacter);
    beam = ranked.slice(0, BEAM);
    // What falls out starts from nothing should it come back.
    for (const dropped of ranked.slice(BEAM)) {
      dropped.endsBlank = 0;
      dropped.endsCharacter = 0;
    }
  }
  return beam
    .map((prefix) => {
      const text = classesOf(prefix);
      return { classes: text, probability: textProbability(output, text) };
    })
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

/** The characters worth trying at step `t`, at most TRIED, none below MIN_PROBABILITY. */
function likely({ probabilities, classes, blank }: CtcOutput, t: number): number[] {
  const row = t * classes;
  const found: number[] = [];
  for (let k = 0; k < classes; k++)
    if (k !== blank && probabilities[row + k]! >= MIN_PROBABILITY) found.push(k);
  if (found.length <= TRIED) return found;
  return found.sort((a, b) => probabilities[row + b]! - probabilities[row + a]!).slice(0, TRIED);
}

function classesOf(prefix: Prefix): number[] {
  const text: number[] = [];
  for (let at: Prefix | null = prefix; at?.before; at = at.before) text.push(at.last);
  return text.reverse();
}

/** Probability that the net's output spells exactly `text`, summed over all alignments. */
export function textProbability(output: CtcOutput, text: readonly number[]): number {
  const forward = prefixes(output, text);
  const { steps } = output;
  const at = text.length * (steps + 1) + steps;
  return forward.blank[at]! + forward.character[at]!;
}

/**
 * For each position of `text` the distribution over what may stand there when all other positions are as in `text`:
 * P(text with that position replaced by c) for each class c, and without the position at index `blank`, divided by
 * their sum. One forward and one backward pass, then three states a class and position.
 */
export function slotDistributions(output: CtcOutput, text: readonly number[]): Float64Array[] {
  const { probabilities: p, steps, classes, blank } = output;
  const before = prefixes(output, text);
  const after = suffixes(output, text);
  return text.map((_, position) => {
    const weights = new Float64Array(classes);
    const left = text[position - 1];
    const right = text[position + 1];
    const prefix = position * (steps + 1);
    const suffix = (position + 1) * (steps + 1);
    for (let c = 0; c < classes; c++) {
      if (c === blank) continue;
      // `inside`: the prefix is done and c is the last thing said, after t steps.
      let inside = 0;
      for (let t = 0; t < steps; t++) {
        const start = before.blank[prefix + t]! + (c === left ? 0 : before.character[prefix + t]!);
        inside = (inside + start) * p[t * classes + c]!;
        // What follows must not go on with c: the same character again needs a blank between.
        const rest = after.blank[suffix + t + 1]! + (c === right ? 0 : after.character[suffix + t + 1]!);
        weights[c] = weights[c]! + inside * rest;
      }
    }
    weights[blank] = textProbability(output, [...text.slice(0, position), ...text.slice(position + 1)]);
    const sum = weights.reduce((a, b) => a + b, 0);
    return sum > 0 ? weights.map((weight) => weight / sum) : weights;
  });
}

/**
 * For each prefix of `text` (by length) and number of steps: the probability that these steps spelt the prefix, split
 * by whether the last step was blank or the prefix's last character. Indexed length * (steps + 1) + steps done.
 */
function prefixes({ probabilities: p, steps, classes, blank }: CtcOutput, text: readonly number[]) {
  const width = steps + 1;
  const ends = {
    blank: new Float64Array((text.length + 1) * width),
    character: new Float64Array((text.length + 1) * width),
  };
  ends.blank[0] = 1;
  for (let length = 0; length <= text.length; length++) {
    const own = text[length - 1];
    const repeats = length > 1 && own === text[length - 2];
    for (let t = 1; t <= steps; t++) {
      const at = length * width + t;
      const row = (t - 1) * classes;
      ends.blank[at] = (ends.blank[at - 1]! + ends.character[at - 1]!) * p[row + blank]!;
      if (own === undefined) continue;
      const shorter = at - width - 1;
      const start = ends.blank[shorter]! + (repeats ? 0 : ends.character[shorter]!);
      ends.character[at] = (ends.character[at - 1]! + start) * p[row + own]!;
    }
  }
  return ends;
}

/**
 * The mirror image: the probability that the steps from t on spell text.slice(from), split by whether the first of
 * them is blank (or there is none) or a character. Indexed from * (steps + 1) + t.
 */
function suffixes({ probabilities: p, steps, classes, blank }: CtcOutput, text: readonly number[]) {
  const width = steps + 1;
  const begins = {
    blank: new Float64Array((text.length + 1) * width),
    character: new Float64Array((text.length + 1) * width),
  };
  begins.blank[text.length * width + steps] = 1;
  for (let from = text.length; from >= 0; from--) {
    const own = text[from];
    const repeats = from + 1 < text.length && own === text[from + 1];
    for (let t = steps - 1; t >= 0; t--) {
      const at = from * width + t;
      const row = t * classes;
      begins.blank[at] = (begins.blank[at + 1]! + begins.character[at + 1]!) * p[row + blank]!;
      if (own === undefined) continue;
      const shorter = at + width + 1;
      const rest = begins.blank[shorter]! + (repeats ? 0 : begins.character[shorter]!);
      begins.character[at] = (begins.character[at + 1]! + rest) * p[row + own]!;
    }
  }
  return begins;
}

/** Guesses in letters, for a reading's alternatives. */
export function inLetters(guess: Guess, letters: readonly string[]): TextGuess {
  return { text: guess.classes.map((k) => letters[k]).join(''), confidence: guess.probability };
}
