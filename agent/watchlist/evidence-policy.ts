// What a read says about every text it could be: its slots, brought to the confidence that the read was given. The slots
// alone claim too much or too little (agent/confidence); one exponent over all of them, so that the best text comes to
// the calibrated confidence, keeps them in proportion and gives every other text its share: temperature scaling (Guo et
// al., "On calibration of modern neural networks", 2017), with the temperature solved for each read. Pure.

import { ALPHABET } from '../shared/alphabet.ts';
import type { Slot } from '../vision/index.ts';
import { type Losses, withOneMoreOrLess } from './lost-policy.ts';
import type { SeenPlate } from './types.ts';

export interface Evidence {
  /** each sums to 1; index 0 is "no character here" */
  slots: readonly Slot[];
  /** probability that the plate is one of the texts that the slots can spell */
  spelled: number;
  /** texts with more characters than there are slots, and their probabilities */
  longer: readonly { text: string; probability: number }[];
  /** the like, for texts with a character that the reader lost, or without one that it invented; none that is in `longer` */
  lost: ReadonlyMap<string, number>;
}

/** Exponents beyond these would make a different claim, not the same one more or less sure. */
const LEAST_EXPONENT = 0.05;
const MOST_EXPONENT = 20;
/** A slot's zero is a rounding, not a proof. */
const FLOOR = 1e-6;
/** halvings of the exponent's range: it is then known to 1 in 100,000 */
const STEPS = 20;

/** @param losses how often which character is lost; default: none is */
export function evidenceOf(seen: SeenPlate, losses?: Losses): Evidence {
  const longer = seen.alternatives
    .filter(({ text }) => text.length > seen.slots.length)
    .map(({ text, confidence }) => ({ text, probability: confidence }));
  const lost = losses ? withOneMoreOrLess(seen.text, 1 - seen.confidence, losses) : new Map<string, number>();
  // What the read itself says of a text counts.
  for (const { text } of longer) lost.delete(text);
  let rest = 1 - longer.reduce((sum, { probability }) => sum + probability, 0);
  for (const probability of lost.values()) rest -= probability;
  const spelled = Math.max(rest, seen.confidence);
  const wanted = spelled > 0 ? Math.min(1, seen.confidence / spelled) : 0;
  const slots = seen.slots.map(floored);
  const parted = slots.map((slot, position) =>
    partedOf(slot, ALPHABET.indexOf(seen.text[position] ?? '') + 1),
  );
  let low = Math.log(LEAST_EXPONENT);
  let high = Math.log(MOST_EXPONENT);
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (shareOf(parted, Math.exp(middle)) < wanted) low = middle;
    else high = middle;
  }
  const exponent = Math.exp((low + high) / 2);
  return { slots: slots.map((slot) => raised(slot, exponent)), spelled, longer, lost };
}

/** Probability that the plate's text matches the pattern (a text, or one with `?` and `*`). */
export function probabilityOf(pattern: string, evidence: Evidence): number {
  const spelled = evidence.spelled * spelledShare(pattern, evidence.slots);
  if (!/[?*]/.test(pattern)) {
    const longer = evidence.longer.find(({ text }) => text === pattern)?.probability ?? 0;
    return spelled + longer + (evidence.lost.get(pattern) ?? 0);
  }
  let sum = spelled;
  for (const { text, probability } of evidence.longer) if (matches(pattern, text)) sum += probability;
  for (const [text, probability] of evidence.lost) if (matches(pattern, text)) sum += probability;
  return sum;
}

/** less probable patterns are not reckoned out: two thousand of them would take longer than the read */
const LEAST_PATTERN = 1e-3;

/**
 * Whether a pattern can be more than negligible: each of its characters has to be somewhere on the plate, and the sum over
 * all ways to place them is at most the product of the sums for each. Cheap.
 */
export function patternFilter({ slots, longer }: Evidence): (pattern: string) => boolean {
  const somewhere = new Float64Array(ALPHABET.length + 1);
  for (const slot of slots)
    for (let index = 1; index < slot.length; index++) somewhere[index]! += slot[index]!;
  const is = new Map([...ALPHABET].map((character, index) => [character, somewhere[index + 1]!]));
  return (pattern) => {
    let most = 1;
    for (const character of pattern) most *= is.get(character) ?? 1;
    return (
      most >= LEAST_PATTERN ||
      longer.some(({ text, probability }) => probability >= LEAST_PATTERN && matches(pattern, text))
    );
  };
}

/** A slot for the search of the exponent: most of its shares are the same least one, and are reckoned with once. */
interface Parted {
  /** of the text's character */
  told: number;
  least: number;
  leastCount: number;
  others: readonly number[];
}

function partedOf(slot: Slot, index: number): Parted {
  const least = slot.reduce((lowest, share) => Math.min(lowest, share), 1);
  const others = slot.filter((share) => share > least);
  return { told: slot[index]!, least, leastCount: slot.length - others.length, others };
}

function shareOf(slots: readonly Parted[], exponent: number): number {
  let share = 1;
  for (const { told, least, leastCount, others } of slots) {
    let sum = leastCount * least ** exponent;
    for (const each of others) sum += each ** exponent;
    share *= told ** exponent / sum;
  }
  return share;
}

function floored(slot: Slot): Slot {
  const raisedUp = slot.map((share) => Math.max(share, FLOOR));
  const sum = raisedUp.reduce((total, share) => total + share, 0);
  return raisedUp.map((share) => share / sum);
}

function raised(slot: Slot, exponent: number): Slot {
  const powers = slot.map((share) => share ** exponent);
  const sum = powers.reduce((total, share) => total + share, 0);
  return powers.map((share) => share / sum);
}

/**
 * The sum over all texts the slots spell that match. A set of places in the pattern that a text so far can stand at is
 * one number's bits; texts with the same set go on alike, so their probabilities are added up slot by slot.
 */
function spelledShare(pattern: string, slots: readonly Slot[]): number {
  let states = new Map([[opened(pattern, 1), 1]]);
  for (const slot of slots) {
    const next = new Map<number, number>();
    const add = (places: number, share: number) => next.set(places, (next.get(places) ?? 0) + share);
    for (const [places, share] of states) {
      if (places === 0) continue;
      slot.forEach((probability, index) => {
        add(index === 0 ? places : after(pattern, places, ALPHABET[index - 1]!), share * probability);
      });
    }
    states = next;
  }
  let sum = 0;
  for (const [places, share] of states) if (places & (1 << pattern.length)) sum += share;
  return sum;
}

/** Whether a text matches a pattern, both normalised. */
export function matches(pattern: string, text: string): boolean {
  let places = opened(pattern, 1);
  for (const character of text) places = after(pattern, places, character);
  return (places & (1 << pattern.length)) !== 0;
}

/** The places that can be stood at after one more character. */
function after(pattern: string, places: number, character: string): number {
  let next = 0;
  for (let place = 0; place < pattern.length; place++) {
    if (!(places & (1 << place))) continue;
    const wanted = pattern[place];
    if (wanted === '*') next |= 1 << place;
    else if (wanted === '?' || wanted === character) next |= 1 << (place + 1);
  }
  return opened(pattern, next);
}

/** With the places behind each `*`, which may stand for nothing. */
function opened(pattern: string, places: number): number {
  let open = places;
  for (let place = 0; place < pattern.length; place++)
    if (open & (1 << place) && pattern[place] === '*') open |= 1 << (place + 1);
  return open;
}
