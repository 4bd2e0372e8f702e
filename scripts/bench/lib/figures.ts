// Figures as the benchmarks write them.

export const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b);
export const at = (numbers: number[], share: number) =>
  sorted(numbers)[Math.floor(share * (numbers.length - 1))] ?? Number.NaN;
export const whole = (number: number) => Math.round(number).toLocaleString('en');
export const seconds = (ms: number) => (ms / 1000).toFixed(1);
export const percentiles = (ms: number[]) =>
  `p50 ${at(ms, 0.5).toFixed(1)} ms, p95 ${at(ms, 0.95).toFixed(1)} ms, most ${at(ms, 1).toFixed(1)} ms (${ms.length} reads)`;
