// How values are distributed, in a fixed few numbers however many there are: what Prometheus calls a histogram.

export interface HistogramState {
  /** upper bounds, rising; values above the last one are in `count` only */
  bounds: readonly number[];
  /** values up to each bound, and above the one before */
  counts: readonly number[];
  count: number;
  sum: number;
}

export interface Histogram {
  observe(value: number): void;
  state(): HistogramState;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0);
  let count = 0;
  let sum = 0;
  return {
    observe(value) {
      if (!Number.isFinite(value)) return;
      count += 1;
      sum += value;
      const index = bounds.findIndex((bound) => value <= bound);
      if (index >= 0) counts[index] = (counts[index] ?? 0) + 1;
    },
    state: () => ({ bounds, counts: [...counts], count, sum }),
  };
}

/**
 * The value that a share of all lie below, between the bounds in a straight line, as Prometheus' histogram_quantile has it;
 * null without values, the last bound for one above it.
 */
export function quantile({ bounds, counts, count }: HistogramState, share: number): number | null {
  if (count === 0) return null;
  const rank = share * count;
  let below = 0;
  for (const [index, bound] of bounds.entries()) {
    const here = counts[index] ?? 0;
    if (below + here >= rank && here > 0) {
      const from = index === 0 ? 0 : (bounds[index - 1] ?? 0);
      return from + ((bound - from) * (rank - below)) / here;
    }
    below += here;
  }
  return bounds.at(-1) ?? null;
}
