// What a country's plates look like, as a prior on the characters that the reader saw: with an O and a zero that look
// the same, `RK·03AB` is a zero, because no country has letters there. Bayes' rule over the patterns of all countries, and
// over "none of these" (free-form.ts): a personal plate, or a country that is not in the tables. Pure.
//
// The prior decides between characters; it never makes a read surer than the picture does. The confidence is at most
// what the reader saw of the text itself and of characters that look like it, so a text that happens to fit a pattern
// earns nothing, and a character that was clearly seen stays: to overrule it, the pattern would have to outweigh the
// evidence of the picture.

import { ALPHABET } from '../shared/alphabet.ts';
import type { Slot } from '../vision/index.ts';
import { type FreeForm, freeForm } from './free-form.ts';

/** One pattern of one country: for each position, the slot indexes that it may hold. */
export interface Pattern {
  country: string;
  /** share of the country's plates, 0..1 */
  share: number;
  classes: readonly (readonly number[])[];
}

export interface Grammars {
  countries: readonly string[];
  /** patterns by their length in characters */
  byLength: ReadonlyMap<number, readonly Pattern[]>;
  /** share of a country's plates that follow none of its patterns, 0..1; of `unknown` all where there are no patterns */
  free: Readonly<Record<string, number>>;
  /** groups of slot indexes that a country draws the same: what the reader says of one it says of all */
  twins: Readonly<Record<string, readonly (readonly number[])[]>>;
}

/** Nothing is known of any country: texts stay as they were read. */
export const NO_GRAMMARS: Grammars = { countries: [], byLength: new Map(), free: {}, twins: {} };

export interface Explained {
  text: string;
  /** 0..1, never more than the picture tells */
  confidence: number;
  /** the slots after the prior; each sums to 1 */
  slots: Slot[];
  /** probability of each country after the text is known; sums to 1 with `unknown` */
  countries: Record<string, number>;
  /** how much likelier the grammars make what was seen than a free string is; null without grammars */
  gain: number | null;
}

/**
 * The reader's country head is trained on rendered plates: so much of the weight stays spread over all countries. 0.15 to 0.7
 * differ by 4 of 1,372 rendered plates and by 1 of 376 of the dash-cam photographs' training part (reader 1.2.0).
 */
const DOUBT_OF_COUNTRY = 0.3;
/** When the head says that a plate is of no country that it knows, that holds more: 0.5 to 0.9 read the same within 2. */
const TRUST_IN_UNKNOWN = 0.75;
/** Plates that no table knows: at least so much, whatever the reader says. (0.02 to 0.15 differ by 2 of 2,400 plates.) */
const LEAST_UNKNOWN = 0.1;
/** What a country draws the same is taken for the same only where the reader thinks of that country at all. */
const TWINS_FROM = 0.05;
/** The reader knows by the look of the rest, a little, which of two twins it is: so much less is it the other. */
const TWIN = 0.2;
/** a hypothesis with less of the whole is not followed up */
const NEGLIGIBLE = 1e-6;
/** characters that share a shape; a pattern may choose between them */
export const LOOK_ALIKES = ['0OQD', '1I', '8B', '5S', '2Z', '6G', '4A', '7T'];

const alike: readonly (readonly number[])[] = [[0], ...[...ALPHABET]].map((character, index) =>
  index === 0
    ? [0]
    : [...(LOOK_ALIKES.find((group) => group.includes(character as string)) ?? (character as string))].map(
        (each) => ALPHABET.indexOf(each) + 1,
      ),
);

interface Hypothesis {
  country: string;
  weight: number;
  /** what was seen, as this country draws it */
  slots: readonly Slot[];
  /** null: free form */
  pattern: Pattern | null;
  /** per position: the pattern's share of what was seen there */
  seen: number[];
}

/**
 * @param slots one a character, as `Reading.slots`
 * @param confidence of the best text before the prior, 0..1
 * @param countries the reader's country scores; may be empty
 */
export function explain(
  slots: readonly Slot[],
  confidence: number,
  countries: Readonly<Record<string, number>>,
  grammars: Grammars,
): Explained {
  if (grammars.countries.length === 0)
    return {
      text: textOf(slots),
      confidence,
      slots: slots.map((slot) => [...slot]),
      countries: { ...countries },
      gain: null,
    };
  const priors = countryPriors(countries, grammars);
  const form = freeForm(slots);
  const free = (country: string, prior: number): Hypothesis => ({
    country,
    pattern: null,
    slots,
    weight: prior * form.likelihood,
    seen: [],
  });
  const hypotheses = [free('unknown', priors.unknown! * (grammars.free.unknown ?? 1))];
  for (const country of grammars.countries)
    hypotheses.push(free(country, priors[country]! * (grammars.free[country] ?? 0)));
  const drawn = new Map(
    Object.entries(grammars.twins)
      .filter(([country]) => (countries[country] ?? 0) >= TWINS_FROM)
      .map(([country, twins]) => [country, asDrawn(slots, twins)]),
  );
  for (const pattern of grammars.byLength.get(slots.length) ?? [])
    hypotheses.push(
      patternHypothesis(
        drawn.get(pattern.country) ?? slots,
        pattern,
        priors[pattern.country]! * pattern.share,
      ),
    );

  const total = hypotheses.reduce((sum, { weight }) => sum + weight, 0);
  if (slots.length === 0 || total <= 0)
    return {
      text: textOf(slots),
      confidence,
      slots: slots.map((slot) => [...slot]),
      countries: priors,
      gain: null,
    };
  const after = slots.map((slot, position) => slotAfter(slot.length, position, hypotheses, form, total));
  const { text, posterior } = bestText(hypotheses, form, total);
  return {
    text,
    confidence: Math.min(posterior, ceiling(slots, text, confidence)),
    slots: after,
    countries: countriesAfter(hypotheses, total),
    gain: form.likelihood > 0 ? total / form.likelihood : null,
  };
}

function countryPriors(
  scores: Readonly<Record<string, number>>,
  { countries }: Grammars,
): Record<string, number> {
  const told = countries.reduce((sum, country) => sum + (scores[country] ?? 0), 0);
  const unknown = Math.max(LEAST_UNKNOWN, (scores.unknown ?? 0) * TRUST_IN_UNKNOWN);
  const priors: Record<string, number> = { unknown };
  for (const country of countries) {
    const spread = 1 / countries.length;
    const own = told > 0 ? (scores[country] ?? 0) / told : spread;
    priors[country] = (1 - unknown) * (own * (1 - DOUBT_OF_COUNTRY) + spread * DOUBT_OF_COUNTRY);
  }
  return priors;
}

function patternHypothesis(slots: readonly Slot[], pattern: Pattern, prior: number): Hypothesis {
  let weight = prior;
  const seen = slots.map((slot, position) => {
    const members = pattern.classes[position]!;
    const share = members.reduce((sum, index) => sum + slot[index]!, 0);
    weight *= share / members.length;
    return share;
  });
  return { country: pattern.country, pattern, slots, weight, seen };
}

/** Characters drawn the same were all seen when one of them was: each gets a good part of what the group has together. */
function asDrawn(slots: readonly Slot[], twins: readonly (readonly number[])[]): Slot[] {
  return slots.map((slot) => {
    const drawn = [...slot];
    for (const group of twins) {
      const together = group.reduce((sum, index) => sum + slot[index]!, 0);
      for (const index of group) drawn[index] = Math.max(drawn[index]!, TWIN * together);
    }
    return drawn;
  });
}

function slotAfter(
  size: number,
  position: number,
  hypotheses: readonly Hypothesis[],
  form: FreeForm,
  total: number,
): Slot {
  const after = new Array<number>(size).fill(0);
  let free = 0;
  for (const { pattern, weight, seen, slots } of hypotheses) {
    if (pattern === null) free += weight / total;
    else if (weight > 0)
      for (const index of pattern.classes[position]!)
        after[index]! += (weight / total) * (slots[position]![index]! / seen[position]!);
  }
  form.slots[position]!.forEach((share, index) => {
    after[index]! += free * share;
  });
  return after;
}

/** The text that explains best, over the best text of each hypothesis, and its probability. */
function bestText(hypotheses: readonly Hypothesis[], form: FreeForm, total: number) {
  const likely = hypotheses.filter(({ weight }) => weight > total * NEGLIGIBLE);
  const candidates = new Set(
    likely.map((one) => (one.pattern === null ? form.text : textOf(one.slots, one.pattern.classes))),
  );
  let best = { text: form.text, posterior: 0 };
  for (const text of candidates) {
    const indexes = [...text].map((character) => ALPHABET.indexOf(character) + 1);
    const freely = form.shareOf(indexes);
    let posterior = 0;
    for (const { pattern, weight, seen, slots: drawn } of likely) {
      let share = weight / total;
      if (pattern === null) share *= freely;
      else
        for (let i = 0; i < indexes.length && share > 0; i++)
          share *= pattern.classes[i]!.includes(indexes[i]!) ? drawn[i]![indexes[i]!]! / seen[i]! : 0;
      posterior += share;
    }
    if (posterior > best.posterior) best = { text, posterior };
  }
  return best;
}

/**
 * What the picture itself tells of the text, characters that share a shape counted together. The reader's own
 * confidence knows of more than the slots do (a character too many or too few), so their ratio is kept.
 */
function ceiling(slots: readonly Slot[], text: string, confidence: number): number {
  let own = 1;
  let merged = 1;
  slots.forEach((slot, position) => {
    own *= Math.max(...slot.slice(1));
    const index = ALPHABET.indexOf(text[position]!) + 1;
    merged *= Math.min(
      1,
      alike[index]!.reduce((sum, each) => sum + slot[each]!, 0),
    );
  });
  return Math.min(1, own > 0 ? (confidence / own) * merged : merged);
}

function countriesAfter(hypotheses: readonly Hypothesis[], total: number): Record<string, number> {
  const after: Record<string, number> = {};
  for (const { country, weight } of hypotheses) after[country] = (after[country] ?? 0) + weight / total;
  return after;
}

/** The most probable country and its probability; `unknown` when that is below `least`. */
export function likeliestCountry(
  countries: Readonly<Record<string, number>>,
  least: number,
): [string, number] {
  let best = 'unknown';
  for (const [country, share] of Object.entries(countries))
    if (share > (countries[best] ?? 0)) best = country;
  const share = countries[best] ?? 0;
  return best === 'unknown' || share >= least ? [best, share] : ['unknown', countries.unknown ?? 0];
}

/** Each position's most probable character, of those allowed there. */
function textOf(slots: readonly Slot[], classes?: Pattern['classes']): string {
  return slots
    .map((slot, position) => {
      let best = -1;
      for (const index of classes?.[position] ?? slot.keys())
        if (index > 0 && (best < 0 || slot[index]! > slot[best]!)) best = index;
      return ALPHABET[best - 1];
    })
    .join('');
}
