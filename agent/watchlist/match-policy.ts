// The probability that the plate which passed is the listed one. What the read holds possible is not enough: a list of a
// million plates lies so densely between all others that a misread often lands on one of them. Bayes: a listed plate
// passes about so often (the operator's number, shared among the entries), any other plate of that look passes about so
// often (one over the number of plates that look like that), and the read says how well it shows either. Pure.

import type { Grammars } from '../grammar/index.ts';
import { ALPHABET } from '../shared/alphabet.ts';
import { type Evidence, probabilityOf } from './evidence-policy.ts';
import type { Entry, SeenPlate } from './types.ts';

export interface ListPrior {
  /** of 10,000 passages about so many are of a plate on this list */
  expectedPer10000: number;
  /** entries of the list that name one plate */
  entries: number;
}

export interface Match<T> {
  entry: T;
  /** that the plate is this one, 0..1 */
  probability: number;
  /** that the read shows this text, before the list is known, 0..1 */
  seen: number;
  /** that the plate is of the entry's country, 0..1 */
  country: number;
  /** how many times likelier this plate is on this road than another one that looks as plausible */
  weight: number;
  /** characters that differ from the read's text, where the list is matched by differences */
  differences: number | null;
}

/** Plates that follow no known pattern: the grammars' own least share for them. */
const FREE_SHARE = 0.1;
/**
 * However rare plates of that look are, a list lifts a text so many times at most: what a reader says below one in a hundred
 * was never measured, and a list has plates that no longer exist.
 */
const MOST_WEIGHT = 10;
/** A read that tells no country says so much for the entry's own. Not measured. */
const COUNTRY_UNTOLD = 0.5;
/** Of what a read leaves to other countries than its own, the entry's has so much: the text is of its form. Not measured. */
const COUNTRY_OTHER = 0.5;

/** The entries' probabilities; together at most 1, for one plate passed. */
export function matchEntries<T extends Pick<Entry, 'plate' | 'country'>>(
  entries: readonly T[],
  seen: SeenPlate,
  evidence: Evidence,
  prior: ListPrior,
  grammars: Grammars,
): Match<T>[] {
  const shown = entries.map((entry) => {
    const wildcard = /[?*]/.test(entry.plate);
    const country = countryShare(entry.country, seen);
    const text = probabilityOf(entry.plate, evidence);
    return {
      entry,
      seen: text,
      country,
      differences: null,
      wildcard,
      weight: wildcard ? 1 : weightOf(entry, seen, prior, grammars),
    };
  });
  // Two entries of one text (another validity, another country) are one plate: it counts once against the others.
  const listed = new Map<string, { share: number; weight: number }>();
  for (const { entry, seen: text, country, wildcard, weight } of shown) {
    if (wildcard) continue;
    const known = listed.get(entry.plate);
    if (!known || country * text > known.share) listed.set(entry.plate, { share: country * text, weight });
  }
  const values = [...listed.values()];
  const others = Math.max(0, 1 - values.reduce((sum, { share }) => sum + share, 0));
  const total = others + values.reduce((sum, { share, weight }) => sum + share * weight, 0);
  return shown
    .map(({ wildcard, ...match }) => ({
      ...match,
      probability: wildcard
        ? Math.min(1, match.seen * match.country)
        : Math.min(1, total > 0 ? (match.seen * match.country * match.weight) / total : 0),
    }))
    .sort((a, b) => b.probability - a.probability);
}

/** How many times likelier a listed plate passes than another that looks as plausible. */
function weightOf(
  entry: Pick<Entry, 'plate' | 'country'>,
  seen: SeenPlate,
  prior: ListPrior,
  grammars: Grammars,
): number {
  return weightAmong(prior, plausibility(entry.plate, entry.country ?? seen.country, grammars));
}

/** @param plausible share that the plate has among all plates of its country */
export function weightAmong(prior: ListPrior, plausible: number): number {
  const share = Math.min(0.9999, prior.expectedPer10000 / 10_000);
  const listed = share / Math.max(1, prior.entries);
  return Math.min(MOST_WEIGHT, listed / ((1 - share) * plausible));
}

/**
 * The share that one text has among all plates: of a country's pattern, each of its texts the same. For a country that no
 * table knows, of all texts of that length.
 */
export function plausibility(text: string, country: string, grammars: Grammars): number {
  const free = 36 ** -text.length;
  const patterns = grammars.byLength.get(text.length) ?? [];
  const own = patterns.filter((pattern) => pattern.country === country);
  const asked = own.length > 0 ? own : patterns;
  const countries = own.length > 0 ? 1 : Math.max(1, grammars.countries.length);
  const indexes = [...text].map((character) => ALPHABET.indexOf(character) + 1);
  let share = 0;
  for (const { share: ofCountry, classes } of asked)
    if (indexes.every((index, position) => classes[position]!.includes(index)))
      share += ofCountry / countries / classes.reduce((product, members) => product * members.length, 1);
  return (1 - FREE_SHARE) * share + FREE_SHARE * free;
}

function countryShare(wanted: string | null, seen: SeenPlate): number {
  if (wanted === null) return 1;
  if (seen.country === wanted) return seen.countryConfidence;
  if (seen.country === 'unknown') return COUNTRY_UNTOLD;
  return (1 - seen.countryConfidence) * COUNTRY_OTHER;
}
