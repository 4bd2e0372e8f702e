// Shares with how far they can be trusted: small sets of pictures say less than their percentages pretend.

/** 1.96 standard deviations hold 95 % of a normal distribution. */
const Z = 1.959964;

export interface Share {
  count: number;
  n: number;
  /** count / n; null when n is 0 */
  share: number | null;
  /** 95 % interval; null when n is 0 */
  interval: [low: number, high: number] | null;
}

/** Wilson's score interval (Wilson 1927), which holds for small n and for shares near 0 and 1. */
export function shareOf(count: number, n: number): Share {
  if (n === 0) return { count, n, share: null, interval: null };
  const p = count / n;
  const middle = p + (Z * Z) / (2 * n);
  const reach = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  const norm = 1 + (Z * Z) / n;
  // At the ends the formula gives 0 and 1 exactly but for rounding.
  const low = count === 0 ? 0 : Math.max(0, (middle - reach) / norm);
  const high = count === n ? 1 : Math.min(1, (middle + reach) / norm);
  return { count, n, share: p, interval: [low, high] };
}

export interface Rate {
  count: number;
  n: number;
  /** events for each of n; null when n is 0 */
  rate: number | null;
  /** 95 % interval; null when n is 0 */
  interval: [low: number, high: number] | null;
}

/** Events that may happen more than once in each of n: a Poisson rate, by Byar's approximation (Breslow & Day 1987). */
export function rateOf(count: number, n: number): Rate {
  if (n === 0) return { count, n, rate: null, interval: null };
  const bound = (events: number, sign: 1 | -1) =>
    events * (1 - 1 / (9 * events) + (sign * Z) / (3 * Math.sqrt(events))) ** 3;
  const low = count === 0 ? 0 : bound(count, -1) / n;
  return { count, n, rate: count / n, interval: [low, bound(count + 1, 1) / n] };
}

/** The value below which a share `q` of the values lies (nearest rank); null without values. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}

/** Least number of characters to insert, take out or replace to make one text of the other (Levenshtein 1965). */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
