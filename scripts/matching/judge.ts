// What a watchlist would make of a read whose plate is known: how probable it finds the plate itself, had it been listed, and
// every other text that it might find there. Lists are not drawn but reckoned with: of a list of so many plates of the road's
// own look each text is on it with a probability, so a few thousand reads show rates of one in 10,000.

import { type Grammars, LOOK_ALIKES } from '../../agent/grammar/index.ts';
import {
  candidatesOf,
  evidenceOf,
  type ListPrior,
  type LostCharacters,
  matchEntries,
  plausibility,
  weightAmong,
} from '../../agent/watchlist/index.ts';
import type { TrueRead } from './reads.ts';

/** One text that would be looked up. */
interface Text {
  /** that the read shows it, 0..1 */
  seen: number;
  /** its share among the plates of the country that was read, and of the country that it was */
  plausible: number;
  onTheRoad: number;
  isTruth: boolean;
  /** that it is listed because it looks like the plate that passed */
  copied: number;
}

export interface Judged {
  /** that the plate is the one that passed, had it been listed; 0: it is not even looked up */
  truth: number;
  /** other texts: how probable the plate would be held to be this one, and how probably it is listed */
  wrong: { probability: number; listed: number }[];
}

/** Of the plates that pass so many have one on the list that looks like them: a list of stolen plates attracts copies. */
export const LOOK_ALIKE_SHARE = 0.01;

/** Every text that is looked up for a read. */
export function textsOf(read: TrueRead, grammars: Grammars, losses: LostCharacters): Text[] {
  const evidence = evidenceOf(read, losses);
  const alike = lookAlikesOf(read.truth);
  const anyPrior = { expectedPer10000: 1, entries: 1 };
  return candidatesOf(evidence).map(({ text }) => {
    const [match] = matchEntries([{ plate: text, country: null }], read, evidence, anyPrior, grammars);
    return {
      seen: match!.seen,
      plausible: plausibility(text, read.country, grammars),
      onTheRoad: plausibility(text, read.truthCountry || read.country, grammars),
      isTruth: text === read.truth,
      copied: alike.has(text) ? LOOK_ALIKE_SHARE / alike.size : 0,
    };
  });
}

/** @param prior of a list with `prior.entries` plates, of which the text is one */
export function judge(texts: readonly Text[], prior: ListPrior): Judged {
  let truth = 0;
  const wrong: Judged['wrong'] = [];
  for (const { seen, plausible, onTheRoad, isTruth, copied } of texts) {
    const weight = weightAmong(prior, plausible);
    const probability = (seen * weight) / (1 - seen + seen * weight);
    if (isTruth) truth = probability;
    else wrong.push({ probability, listed: Math.min(1, prior.entries * onTheRoad + copied) });
  }
  return { truth, wrong };
}

/** Texts that differ from it in one character that looks alike. */
function lookAlikesOf(text: string): Set<string> {
  const alike = new Set<string>();
  for (const [place, character] of [...text].entries())
    for (const other of LOOK_ALIKES.find((group) => group.includes(character)) ?? '')
      if (other !== character) alike.add(text.slice(0, place) + other + text.slice(place + 1));
  return alike;
}

export interface Point {
  threshold: number;
  /** share of listed plates that raise their hit */
  found: number;
  /** false hits of 10,000 passages */
  falsePer10000: number;
}

/** The curve over all thresholds that make a difference, the strictest first. */
export function curveOf(all: readonly Judged[]): Point[] {
  const steps = all.flatMap(({ truth, wrong }) => [
    { at: truth, found: 1, wrong: 0 },
    ...wrong.map(({ probability, listed }) => ({ at: probability, found: 0, wrong: listed })),
  ]);
  steps.sort((a, b) => b.at - a.at);
  const points: Point[] = [];
  let [found, wrong] = [0, 0];
  for (const [index, step] of steps.entries()) {
    found += step.found;
    wrong += step.wrong;
    if (step.at <= 0 || steps[index + 1]?.at === step.at) continue;
    points.push({
      threshold: step.at,
      found: found / all.length,
      falsePer10000: (10_000 * wrong) / all.length,
    });
  }
  return points;
}

/** The least strict point that keeps to so many false hits; undefined: none does. */
export function within(curve: readonly Point[], falsePer10000: number): Point | undefined {
  return curve.findLast((point) => point.falsePer10000 <= falsePer10000);
}

/** What exact match and edit distance 1 make of the same reads and the same list. */
export function simpleWays(
  reads: readonly TrueRead[],
  entries: number,
  grammars: Grammars,
): Record<'exact' | 'distance 1', Omit<Point, 'threshold'>> {
  const ways = { exact: { found: 0, wrong: 0 }, 'distance 1': { found: 0, wrong: 0 } };
  for (const read of reads) {
    const alike = lookAlikesOf(read.truth);
    const country = read.truthCountry || read.country;
    const listed = (text: string) =>
      text === read.truth
        ? 0
        : Math.min(
            1,
            entries * plausibility(text, country, grammars) +
              (alike.has(text) ? LOOK_ALIKE_SHARE / alike.size : 0),
          );
    const near = nearTexts(read.text);
    if (read.text === read.truth) ways.exact.found++;
    if (near.has(read.truth)) ways['distance 1'].found++;
    ways.exact.wrong += listed(read.text);
    // Each listed plate raises a hit of its own.
    for (const text of near) ways['distance 1'].wrong += listed(text);
  }
  const rate = ({ found, wrong }: { found: number; wrong: number }) => ({
    found: found / reads.length,
    falsePer10000: (10_000 * wrong) / reads.length,
  });
  return { exact: rate(ways.exact), 'distance 1': rate(ways['distance 1']) };
}

const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function nearTexts(text: string): Set<string> {
  const near = new Set([text]);
  for (let place = 0; place <= text.length; place++) {
    const [before, after] = [text.slice(0, place), text.slice(place)];
    for (const character of CHARACTERS) {
      near.add(before + character + after);
      if (after !== '') near.add(before + character + after.slice(1));
    }
    if (after !== '') near.add(before + after.slice(1));
  }
  return near;
}
