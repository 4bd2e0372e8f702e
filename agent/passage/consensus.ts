// Adds up what many looks say of one plate. Per position the looks' distributions are pooled in log space,
//
//     log P(c) = T · Σ wᵢ log pᵢ(c) + const,    T = 1 / (1 + (n − 1) ρ),    n = (Σ wᵢ)² / Σ wᵢ²
//
// the logarithmic opinion pool (Genest & Zidek, "Combining probability distributions", Statistical Science 1986) with
// each look's weight wᵢ ≤ 1 as its exponent. Looks at the same plate err together (the same dirt, the same font, the same
// angle), so their sum is tempered by the design effect of n equally correlated measurements (Kish, "Survey Sampling",
// 1965): one look counts as itself, any number of looks as at most 1/ρ independent ones. Without T, thirty frames of one
// misread character would be as certain as thirty witnesses. pᵢ has a floor, for a look may be plain wrong. That a text
// has the format of some country is no evidence here and never raises a confidence.

import { clarityOf, type Grounds } from '../confidence/index.ts';
import { ALPHABET } from '../shared/alphabet.ts';
import type { Reading, Slot } from '../vision/index.ts';
import { align, type Distribution, nothingSlot, SLOT_SIZE } from './align.ts';
import type { PassagePolicy } from './policy.ts';
import type { Alternative } from './types.ts';

/** One look's evidence, ready to be added. */
export interface LookEvidence {
  /** what it reads on its own */
  text: string;
  /** the picture's edge cuts the plate */
  cut: boolean;
  /** 0..1, how far the picture allows a reading: the plate's size, all of it there */
  trust: number;
  /** 0..1, how clearly it was read: geometric mean of the characters' shares */
  clarity: number;
  /** with a floor: no look can rule a character out */
  slots: Distribution[];
  /** natural logs of `slots` */
  logs: Distribution[];
  countries: Record<string, number>;
  lines: 1 | 2;
}

export interface Consensus {
  text: string;
  confidence: number;
  alternatives: Alternative[];
  /** one a character of `text` */
  slots: Slot[];
  /** pooled country scores, before the text is held against any grammar; empty when the reader tells none */
  countries: Record<string, number>;
  lines: 1 | 2;
  /** what the confidence rests on besides */
  grounds: Pick<Grounds, 'clarity' | 'agreement' | 'cut'>;
}

type Pool = Pick<PassagePolicy, 'lookCorrelation' | 'clarityExponent' | 'slotFloor' | 'omission' | 'unseen'>;

const NOTHING: Consensus = {
  text: '',
  confidence: 0,
  alternatives: [],
  slots: [],
  countries: {},
  lines: 1,
  grounds: { clarity: 0, agreement: 0, cut: false },
};

/**
 * A reading as evidence; its slots get a share `slotFloor` spread evenly: no look can rule a character out.
 * @param trust 0..1, how far the picture allows a reading
 */
export function evidenceOf(
  reading: Reading,
  trust: number,
  { slotFloor }: Pick<PassagePolicy, 'slotFloor'>,
  cut = false,
): LookEvidence {
  const slots = reading.slots.map((slot) => floored(slot, slotFloor));
  const { text, countries, lines } = reading;
  return {
    text,
    cut,
    trust,
    clarity: clarityOf(reading),
    slots,
    logs: slots.map((slot) => slot.map(Math.log)),
    countries,
    lines,
  };
}

/** What a look is worth among others of the same plate: a clear one far more than a blurred one. */
export function worthOf(
  { trust, clarity }: Pick<LookEvidence, 'trust' | 'clarity'>,
  { clarityExponent }: Pick<PassagePolicy, 'clarityExponent'>,
): number {
  return trust * clarity ** clarityExponent;
}

/**
 * The exponents wᵢ: in proportion to what the looks are worth, the best one at its trust. So one clear
 * look is not drowned by ten blurred ones, and a passage with none but blurred looks keeps what they say.
 */
function weightsOf(best: LookEvidence, looks: readonly LookEvidence[], policy: Pool): number[] {
  const scale = best.trust / worthOf(best, policy);
  return looks.map((look) => Math.min(look.trust, scale * worthOf(look, policy)));
}

function floored(slot: Slot, floor: number): Float64Array {
  const out = new Float64Array(SLOT_SIZE);
  let sum = 0;
  for (let c = 0; c < SLOT_SIZE; c++) sum += slot[c] ?? 0;
  if (!(sum > 0)) return out.fill(1 / SLOT_SIZE);
  for (let c = 0; c < SLOT_SIZE; c++) out[c] = ((1 - floor) * (slot[c] ?? 0)) / sum + floor / SLOT_SIZE;
  return out;
}

/** The pooled evidence of all looks. The best look goes first: the others are lined up with it. */
export function consensusOf(looks: readonly LookEvidence[], policy: Pool): Consensus {
  const ordered = looks
    .filter((look) => look.slots.length > 0)
    .sort((a, b) => worthOf(b, policy) - worthOf(a, policy));
  if (ordered.length === 0) return NOTHING;
  const weights = weightsOf(ordered[0]!, ordered, policy);
  const logMissed = nothingSlot(policy.omission).map(Math.log);
  const logUnseen = nothingSlot(policy.unseen).map(Math.log);
  let columns: Float64Array[] = []; // Σ w log p
  let trust = 0;
  let squares = 0;
  for (const [index, look] of ordered.entries()) {
    const weight = weights[index]!;
    const temper = temperOf(trust, squares, policy.lookCorrelation);
    const { steps } = align(
      columns.map((column) => shares(column, temper)),
      look.slots,
    );
    columns = steps.map(({ column, slot }) => {
      const sum = column < 0 ? logUnseen.map((value) => value * trust) : columns[column]!;
      const evidence = slot < 0 ? logMissed : look.logs[slot]!;
      for (let c = 0; c < SLOT_SIZE; c++) sum[c] = sum[c]! + weight * evidence[c]!;
      return sum;
    });
    trust += weight;
    squares += weight ** 2;
  }
  const temper = temperOf(trust, squares, policy.lookCorrelation);
  const pooled = columns.map((column) => shares(column, temper));
  const texts = bestTexts(pooled);
  const text = texts[0]?.text ?? '';
  return {
    text,
    confidence: texts[0]?.confidence ?? 0,
    alternatives: texts.slice(1, 6).filter((each) => each.confidence >= 0.001),
    slots: slotsOf(text, pooled),
    countries: countriesOf(ordered, weights, policy),
    lines: linesOf(ordered, weights),
    grounds: groundsOf(text, ordered, weights),
  };
}

function groundsOf(text: string, ordered: readonly LookEvidence[], weights: readonly number[]) {
  let agreeing = 0;
  let all = 0;
  for (const [index, look] of ordered.entries()) {
    all += weights[index]!;
    if (look.text === text) agreeing += weights[index]!;
  }
  const { clarity, cut } = ordered[0]!;
  return { clarity, cut, agreement: agreeing / all };
}

function temperOf(trust: number, squares: number, correlation: number): number {
  if (squares === 0) return 1;
  const looks = trust ** 2 / squares;
  return 1 / (1 + (looks - 1) * correlation);
}

/** Normalised exp(temper · logs). */
function shares(logs: Float64Array, temper: number): Float64Array {
  let top = -Infinity;
  for (let c = 0; c < logs.length; c++) top = Math.max(top, logs[c]!);
  const out = new Float64Array(logs.length);
  let sum = 0;
  for (let c = 0; c < logs.length; c++) sum += out[c] = Math.exp(temper * (logs[c]! - top));
  for (let c = 0; c < logs.length; c++) out[c] = out[c]! / sum;
  return out;
}

/** a text so much less likely than the best one is not followed up */
const NEGLIGIBLE = 1e-5;

/**
 * The most probable texts of independent columns, best first. Keeping the `keep` best prefixes from column to column
 * finds the best combinations; ways to the same text (a character here or in the next column) are added up.
 */
export function bestTexts(columns: Distribution[], keep = 16): Alternative[] {
  let prefixes: Alternative[] = [{ text: '', confidence: 1 }];
  for (const column of columns) {
    const choices = likeliest(column, 4);
    const next = new Map<string, number>();
    const least = NEGLIGIBLE * prefixes[0]!.confidence * column[choices[0]!]!;
    for (const prefix of prefixes) {
      for (const c of choices) {
        if (prefix.confidence * column[c]! < least) continue;
        const text = c === 0 ? prefix.text : prefix.text + ALPHABET[c - 1];
        next.set(text, (next.get(text) ?? 0) + prefix.confidence * column[c]!);
      }
    }
    prefixes = [...next]
      .map(([text, confidence]) => ({ text, confidence }))
      .sort((a, b) => b.confidence - a.confidence)
      .slice(0, keep);
  }
  return columns.length === 0 ? [] : prefixes;
}

/** The indices of the `count` largest shares. */
function likeliest(column: Distribution, count: number): number[] {
  const found: number[] = [];
  for (let c = 0; c < SLOT_SIZE; c++) {
    let rank = found.length;
    while (rank > 0 && column[found[rank - 1]!]! < column[c]!) rank--;
    if (rank < count) found.splice(rank, 0, c);
    if (found.length > count) found.pop();
  }
  return found;
}

/** The columns that the text's characters stand in; the others hold nothing. */
function slotsOf(text: string, columns: Distribution[]): Slot[] {
  const taken: Slot[] = [];
  let next = 0;
  columns.forEach((column, index) => {
    const wanted = next < text.length ? ALPHABET.indexOf(text[next]!) + 1 : 0;
    const spare = columns.length - index - (text.length - next);
    if (wanted > 0 && (spare <= 0 || column[wanted]! >= column[0]!)) {
      taken.push(Array.from(column));
      next++;
    }
  });
  return taken;
}

function countriesOf(
  looks: readonly LookEvidence[],
  weights: readonly number[],
  policy: Pool,
): Record<string, number> {
  const names = [...new Set(looks.flatMap((look) => Object.keys(look.countries)))];
  if (names.length === 0) return {};
  let trust = 0;
  let squares = 0;
  const logs = new Float64Array(names.length);
  for (const [index, { countries }] of looks.entries()) {
    if (Object.keys(countries).length === 0) continue;
    const weight = weights[index]!;
    trust += weight;
    squares += weight ** 2;
    names.forEach((name, place) => {
      const evidence = (1 - policy.slotFloor) * (countries[name] ?? 0) + policy.slotFloor / names.length;
      logs[place] = logs[place]! + weight * Math.log(evidence);
    });
  }
  const pooled = shares(logs, temperOf(trust, squares, policy.lookCorrelation));
  return Object.fromEntries(names.map((name, place) => [name, pooled[place]!]));
}

function linesOf(looks: readonly LookEvidence[], weights: readonly number[]): 1 | 2 {
  let balance = 0;
  for (const [index, { lines }] of looks.entries()) balance += (lines === 2 ? 1 : -1) * weights[index]!;
  return balance > 0 ? 2 : 1;
}
