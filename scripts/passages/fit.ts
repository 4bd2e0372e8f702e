// Fits a scale of agent/confidence: logistic regression by Newton's method with a ridge, each ground kept to the direction
// that it may work in.

import { featureNames, featuresOf, type Grounds, type Scale } from '../../agent/confidence/index.ts';
import { SURE_FROM, shareOf } from '../../agent/recognise/index.ts';

export interface Sample {
  grounds: Grounds;
  right: boolean;
}

/** +1: more of it may only make surer; -1: only less sure; 0: either. */
const DIRECTION: Record<(typeof featureNames)[number], -1 | 0 | 1> = {
  shown: 1,
  rival: 1,
  clarity: 1,
  agreement: 1,
  cut: -1,
  characters: 0,
};
/** In standard deviations of the features: enough to keep a ground that is always the same out of it. */
const RIDGE = 1;
const ROUNDS = 40;
/** The upper end, over which `most` is measured. */
const TOP = 0.998;

export function fitScale(samples: readonly Sample[]): Scale {
  const rows = samples.map(({ grounds }) => {
    const features = featuresOf(grounds);
    return featureNames.map((name) => features[name]);
  });
  const right = samples.map((sample) => (sample.right ? 1 : 0));
  const used = new Set(featureNames.keys());
  for (;;) {
    const columns = [...used];
    const { bias, weights } = regression(
      rows.map((row) => columns.map((column) => row[column]!)),
      right,
    );
    const wrongWay = columns.filter((column, i) => DIRECTION[featureNames[column]!] * weights[i]! < 0);
    if (wrongWay.length === 0) {
      const byName = Object.fromEntries(
        featureNames.map((name, column) => [name, used.has(column) ? weights[columns.indexOf(column)]! : 0]),
      );
      const scale = { bias, weights: byName as Scale['weights'], sureFrom: SURE_FROM, most: 1 };
      const sureFrom = sureFromOf(rows, right, scale);
      return rounded({ ...scale, sureFrom, most: mostOf(rows, right, scale) });
    }
    for (const column of wrongWay) used.delete(column);
  }
}

/** At most 1 in 300 of the surest reads may be wrong: fitted with something to spare. */
const WRONG_OF_SURE = 1 / 400;

/** The least share from which on no more of the samples are wrong than is promised of what is called sure. */
function sureFromOf(rows: readonly number[][], right: readonly number[], scale: Scale): number {
  const sure = rows
    .map((row, i) => ({ share: shareAt(scoreOf(row, scale)), right: right[i]! }))
    .filter(({ share }) => share >= SURE_FROM)
    .sort((a, b) => b.share - a.share);
  let from = 1;
  let wrong = 0;
  sure.forEach((sample, i) => {
    wrong += 1 - sample.right;
    if (wrong <= WRONG_OF_SURE * (i + 1)) from = sample.share;
  });
  return wrong <= WRONG_OF_SURE * sure.length ? SURE_FROM : from;
}

const scoreOf = (row: readonly number[], { bias, weights }: Scale) =>
  row.reduce((sum, value, column) => sum + weights[featureNames[column]!] * value, bias);
const shareAt = (score: number) => 1 / (1 + Math.exp(-score));

/** The share that is right at the upper end, a half of a read counted wrong besides: nothing is certain. */
function mostOf(rows: readonly number[][], right: readonly number[], scale: Scale): number {
  let n = 0;
  let wrong = 0.5;
  rows.forEach((row, i) => {
    if (shareAt(scoreOf(row, scale)) < TOP) return;
    n++;
    wrong += 1 - right[i]!;
  });
  return Math.max(0.5, 1 - wrong / (n + 1));
}

/** More digits would say more than the fit knows. */
function rounded({ bias, weights, sureFrom, most }: Scale): Scale {
  const short = (value: number, digits: number) => Number(value.toFixed(digits));
  const named = Object.entries(weights).map(([name, weight]) => [name, short(weight, 4)]);
  return {
    bias: short(bias, 4),
    weights: Object.fromEntries(named) as Scale['weights'],
    sureFrom: short(sureFrom, 5),
    most: short(most, 5),
  };
}

function regression(rows: readonly number[][], right: readonly number[]) {
  const width = rows[0]!.length;
  const of = (column: number) => rows.map((row) => row[column]!);
  const average = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const mean = Array.from({ length: width }, (_, column) => average(of(column)));
  const spread = mean.map((middle, column) => average(of(column).map((value) => (value - middle) ** 2)));
  const scale = spread.map((variance) => Math.sqrt(variance) + 1e-9);
  const standard = rows.map((row) => [1, ...row.map((value, i) => (value - mean[i]!) / scale[i]!)]);
  let w = new Array<number>(width + 1).fill(0);
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = w.map((weight, i) => (i === 0 ? 0 : RIDGE * weight));
    const hessian = w.map((_, i) => w.map((_, j) => (i === j && i > 0 ? RIDGE : 0)));
    standard.forEach((row, k) => {
      const p = 1 / (1 + Math.exp(-row.reduce((sum, value, i) => sum + value * w[i]!, 0)));
      const slope = Math.max(1e-9, p * (1 - p));
      for (let i = 0; i <= width; i++) {
        gradient[i]! += (p - right[k]!) * row[i]!;
        for (let j = 0; j <= width; j++) hessian[i]![j]! += slope * row[i]! * row[j]!;
      }
    });
    const step = solved(hessian, gradient);
    w = w.map((weight, i) => weight - step[i]!);
    if (Math.max(...step.map(Math.abs)) < 1e-9) break;
  }
  const weights = w.slice(1).map((weight, i) => weight / scale[i]!);
  return { bias: w[0]! - weights.reduce((sum, weight, i) => sum + weight * mean[i]!, 0), weights };
}

/** Gauss-Jordan with partial pivoting: A x = b. */
function solved(a: number[][], b: readonly number[]): number[] {
  const m = a.map((row, i) => [...row, b[i]!]);
  const n = b.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(m[row]![column]!) > Math.abs(m[pivot]![column]!)) pivot = row;
    [m[column], m[pivot]] = [m[pivot]!, m[column]!];
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = m[row]![column]! / m[column]![column]!;
      for (let k = column; k <= n; k++) m[row]![k]! -= factor * m[column]![k]!;
    }
  }
  return m.map((row, i) => row[n]! / row[i]!);
}

/** `12 of 900, 1.3 % (0.8 to 2.3)` */
export function shareText(count: number, n: number): string {
  const { share, interval } = shareOf(count, n);
  if (share === null || interval === null) return '0 of 0';
  const percent = (value: number) => (100 * value).toFixed(value > 0 && value < 0.02 ? 2 : 1);
  return `${count} of ${n}, ${percent(share)} % (${percent(interval[0])} to ${percent(interval[1])})`;
}
