// From what a dispatcher can say ("at most one false hit in 10,000 passages") to how probable a hit has to be. How often a
// wrong plate reaches which probability was measured with this agent's own models over lists of several lengths
// (scripts/matching); between what was measured it is reckoned on a logarithmic scale. Pure.

import { z } from 'zod';
import type { Thresholds } from './raise-policy.ts';
import type { PrioritySettings } from './types.ts';

const numbers = z.array(z.number()).min(1);

export const thresholdsFile = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the reader that it was measured with */
  reader: z.string(),
  measured: z.looseObject({}),
  /** lengths of lists, rising */
  entries: numbers,
  /** plates of a list among 10,000 passages, rising */
  expectedPer10000: numbers,
  /** false hits among 10,000 passages, rising */
  falsePer10000: numbers,
  /** by length, expected and false hits; null: so few cannot be promised */
  listed: z.array(z.array(z.array(z.number().nullable()))),
  /** by false hits, of lists that alert if absent, whatever their length */
  absent: z.array(z.number().nullable()),
});
export type ThresholdsFile = z.infer<typeof thresholdsFile>;

/** What cannot be promised to be rarer: only what is practically certain raises a hit. */
const STRICTEST = 0.9999;
/** a hit that is less probable than this helps nobody, however many may be false */
const LEAST = 0.01;
const DEFAULT_FALSE_PER_10000 = 1;

export function createThresholds(file: ThresholdsFile, priorities: readonly PrioritySettings[]): Thresholds {
  return ({ kind, priority, entries, expectedPer10000 }) => {
    const most =
      priorities.find((each) => each.priority === priority)?.falsePer10000 ?? DEFAULT_FALSE_PER_10000;
    const value =
      kind === 'alert-if-absent'
        ? along(file.falsePer10000, most, (index) => file.absent[index]!)
        : along(file.entries, entries, (length) =>
            along(file.expectedPer10000, expectedPer10000, (expected) =>
              along(file.falsePer10000, most, (index) => file.listed[length]![expected]![index]!),
            ),
          );
    return Math.min(STRICTEST, Math.max(LEAST, value ?? STRICTEST));
  };
}

/**
 * The value at `at`, between those at the scale's marks: linear in log(mark) and log odds; beyond its ends the nearest mark.
 * Null next to it: the stricter side counts.
 */
function along(
  scale: readonly number[],
  at: number,
  valueAt: (index: number) => number | null,
): number | null {
  const above = scale.findIndex((mark) => mark >= at);
  if (above === -1) return valueAt(scale.length - 1);
  const high = valueAt(above);
  if (above === 0 || scale[above] === at) return high;
  const low = valueAt(above - 1);
  if (low === null || high === null) return null;
  const [from, to] = [Math.log(scale[above - 1]!), Math.log(scale[above]!)];
  const share = (Math.log(at) - from) / (to - from);
  const odds = logit(low) * (1 - share) + logit(high) * share;
  return 1 / (1 + Math.exp(-odds));
}

const logit = (value: number) => {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, value));
  return Math.log(inside / (1 - inside));
};
