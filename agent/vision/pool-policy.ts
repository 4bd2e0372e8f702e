// Two readings of one plate, straightened a little differently, as one: what both hold likely stands, what only one of them saw
// fades. The readings share the picture and err together, so they are averaged (logarithmic opinion pool, Genest & Zidek
// 1986) and never multiplied: two are no surer than one. Pure.

import type { Reading, TextGuess } from './types.ts';

/** What a reading does not list it holds for about so likely. */
const UNLISTED = 2e-3;
/** The same for a single character or a country. */
const UNSEEN = 1e-4;
/** Other texts less probable than this are noise. */
const MIN_ALTERNATIVE = 1e-3;
const MOST_ALTERNATIVES = 4;

/** @param readings of the same plate, cut as the same number of lines; at least one */
export function pooled(readings: readonly [Reading, ...Reading[]]): Reading {
  const [first] = readings;
  if (readings.length === 1) return first;
  const [best, ...others] = pooledTexts(readings);
  const alike = readings.filter(({ text }) => text.length === best?.text.length);
  const [nearest] = alike;
  if (!best || !nearest) return first;
  return {
    ...nearest,
    ...best,
    slots: nearest.slots.map((_, position) => meanOf(alike.map(({ slots }) => slots[position]!))),
    alternatives: others
      .filter(({ confidence }) => confidence >= MIN_ALTERNATIVE)
      .slice(0, MOST_ALTERNATIVES),
    countries: pooledCountries(readings),
  };
}

/** Every text that a reading lists, best first; their probabilities and that of all other texts sum to 1. */
function pooledTexts(readings: readonly Reading[]): TextGuess[] {
  const listed = readings.map(
    ({ text, confidence, alternatives = [] }) =>
      new Map([...alternatives, { text, confidence }].map((guess) => [guess.text, guess.confidence])),
  );
  const texts = [...new Set(listed.flatMap((guesses) => [...guesses.keys()]))];
  const weights = texts.map((text) =>
    geometricMean(
      listed.map((guesses) => guesses.get(text) ?? 0),
      UNLISTED,
    ),
  );
  const rest = listed.map((guesses) => 1 - [...guesses.values()].reduce((sum, each) => sum + each, 0));
  const total = weights.reduce((sum, each) => sum + each, geometricMean(rest, UNLISTED));
  return texts
    .map((text, i) => ({ text, confidence: weights[i]! / total }))
    .sort((a, b) => b.confidence - a.confidence);
}

function pooledCountries(readings: readonly Reading[]): Record<string, number> {
  const names = Object.keys(readings[0]?.countries ?? {});
  const shares = meanOf(readings.map(({ countries }) => names.map((name) => countries[name] ?? 0)));
  return Object.fromEntries(names.map((name, i) => [name, shares[i]!]));
}

/** Normalised geometric mean of distributions. */
function meanOf(distributions: readonly (readonly number[])[]): number[] {
  const mean = (distributions[0] ?? []).map((_, i) =>
    geometricMean(
      distributions.map((each) => each[i] ?? 0),
      UNSEEN,
    ),
  );
  const sum = mean.reduce((all, each) => all + each, 0);
  return mean.map((each) => each / sum);
}

function geometricMean(values: readonly number[], least: number): number {
  return Math.exp(values.reduce((sum, each) => sum + Math.log(Math.max(least, each)), 0) / values.length);
}
