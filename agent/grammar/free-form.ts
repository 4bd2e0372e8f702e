// A plate of no known pattern: a personal one, or one from a country that is not in the tables. Such plates are not random
// strings either; they are made of runs of letters and of digits. So "none of these patterns" is a chain of two states,
// letter and digit, and its likelihood is summed over all ways to split the text (forward-backward). Without it a
// foreign plate would be claimed by whichever country happens to have a pattern of the same shape. Pure.

import { ALPHABET } from '../shared/alphabet.ts';
import type { Slot } from '../vision/index.ts';

/**
 * How often a letter follows a letter, and a digit a digit. Texts of no pattern are runs, but looser ones than patterns, and have
 * more letters (five in eight here). With 0.75 for both, as in the patterns of config/plates, 377 of 447 rendered plates of no
 * pattern were right with one reader and 344 of 397 with the next, with these 385 and 349; of 700 Belgian ones 1 or 2 more.
 */
const STAY: Kinds = [0.7, 0.5];
const DIGITS = 10;

export interface FreeForm {
  /** probability of what was seen, a uniform character of its kind at each position */
  likelihood: number;
  /** the slots given this explanation; each sums to 1 */
  slots: Slot[];
  /** the most probable text */
  text: string;
  /** probability of a text (as slot indexes) given this explanation */
  shareOf(indexes: readonly number[]): number;
}

type Kinds = [letter: number, digit: number];

/** How often a text begins with either: the chain's own balance. */
const FIRST: Kinds = [(1 - STAY[1]) / (2 - STAY[0] - STAY[1]), (1 - STAY[0]) / (2 - STAY[0] - STAY[1])];
const SIZES: Kinds = [ALPHABET.length - DIGITS, DIGITS];
const kindOf = (index: number): 0 | 1 => (index >= 1 && index <= DIGITS ? 1 : 0);
const step = (from: 0 | 1, to: 0 | 1) => (from === to ? STAY[from] : 1 - STAY[from]);

/** @param slots one a character, as `Reading.slots` */
export function freeForm(slots: readonly Slot[]): FreeForm {
  const seen = slots.map((slot): Kinds => {
    const share: Kinds = [0, 0];
    for (let index = 1; index < slot.length; index++) share[kindOf(index)] += slot[index]!;
    return share;
  });
  const emitted = seen.map(([letter, digit]): Kinds => [letter / SIZES[0], digit / SIZES[1]]);

  const forward: Kinds[] = [];
  const backward: Kinds[] = [];
  emitted.forEach((emission, i) => {
    const before = forward[i - 1];
    forward[i] = kinds(
      (to) => emission[to] * (before ? before[0] * step(0, to) + before[1] * step(1, to) : FIRST[to]),
    );
  });
  for (let i = emitted.length - 1; i >= 0; i--) {
    const [next, after] = [emitted[i + 1], backward[i + 1]];
    backward[i] = kinds((from) =>
      next && after ? step(from, 0) * next[0] * after[0] + step(from, 1) * next[1] * after[1] : 1,
    );
  }
  const last = forward.at(-1) ?? [0, 0];
  const likelihood = last[0] + last[1];

  return {
    likelihood,
    slots: slots.map((slot, i) =>
      slot.map((share, index) => {
        const kind = kindOf(index);
        if (index === 0 || likelihood <= 0 || seen[i]![kind] <= 0) return 0;
        return ((forward[i]![kind] * backward[i]![kind]) / likelihood) * (share / seen[i]![kind]);
      }),
    ),
    text: likeliest(slots),
    shareOf(indexes) {
      let share = indexes[0] !== undefined && likelihood > 0 ? FIRST[kindOf(indexes[0])] / likelihood : 0;
      indexes.forEach((index, i) => {
        const kind = kindOf(index);
        share *= (slots[i]![index]! / SIZES[kind]) * (i === 0 ? 1 : step(kindOf(indexes[i - 1]!), kind));
      });
      return share;
    },
  };
}

function kinds(of: (kind: 0 | 1) => number): Kinds {
  return [of(0), of(1)];
}

/** The best character of each kind at each position, and the best way through (Viterbi). */
function likeliest(slots: readonly Slot[]): string {
  let ways: { share: number; text: string }[] = [];
  slots.forEach((slot, i) => {
    ways = ([0, 1] as const).map((kind) => {
      let best = kind === 1 ? 1 : DIGITS + 1;
      for (let index = 1; index < slot.length; index++)
        if (kindOf(index) === kind && slot[index]! > slot[best]!) best = index;
      const own = slot[best]! / SIZES[kind];
      if (i === 0) return { share: FIRST[kind] * own, text: ALPHABET[best - 1]! };
      const from = ways[0]!.share * step(0, kind) >= ways[1]!.share * step(1, kind) ? 0 : 1;
      return {
        share: ways[from]!.share * step(from, kind) * own,
        text: ways[from]!.text + ALPHABET[best - 1]!,
      };
    });
  });
  return ways.length === 0 ? '' : ways[0]!.share >= ways[1]!.share ? ways[0]!.text : ways[1]!.text;
}
