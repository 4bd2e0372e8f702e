// Pass, fail, or not enough passages to say. Pure.

import { type Share, shareOf } from '../recognise/index.ts';

/** undecided: chance alone could explain it either way; unmeasured: nothing could be measured */
export const verdicts = ['pass', 'fail', 'undecided', 'unmeasured'] as const;
export type CriterionVerdict = (typeof verdicts)[number];

export interface ShareRule {
  leastShare: number;
  marginShare: number;
}

/** 1e-9: 0.98 - 0.02 is a little more than 0.96 */
const ROUNDING = 1e-9;

/**
 * Passes when the share measured reaches the standard and its 95 % interval stays within the margin; fails when the whole
 * interval lies below the standard.
 */
export function judgeShare({ share, interval }: Share, rule: ShareRule): CriterionVerdict {
  if (share === null || interval === null) return 'unmeasured';
  const [low, high] = interval;
  if (high < rule.leastShare - ROUNDING) return 'fail';
  const isProved = low >= rule.leastShare - rule.marginShare - ROUNDING;
  return share >= rule.leastShare - ROUNDING && isProved ? 'pass' : 'undecided';
}

/** more than this nobody waits for */
const MOST_NEEDED = 1_000_000;

/** How many passages with as many hits in a hundred would pass; null: none would, the share itself is too low. */
export function neededFor({ count, n, share }: Share, rule: ShareRule): number | null {
  const wanted = share ?? 1;
  if (wanted < rule.leastShare - ROUNDING) return null;
  const misses = n - count;
  for (let more = Math.max(1, n); more <= MOST_NEEDED; more = Math.ceil(more * 1.02)) {
    const hits = n === 0 ? more : Math.round(more * (1 - misses / n));
    if (judgeShare(shareOf(hits, more), rule) === 'pass') return more;
  }
  return null;
}

/** A clock that nobody keeps right has no offset worth anything. */
export function judgeClock(
  { synchronised, offsetMs }: { synchronised: boolean | null; offsetMs: number | null },
  { mostOffsetMs }: { mostOffsetMs: number },
): CriterionVerdict {
  if (synchronised === false) return 'fail';
  if (offsetMs === null) return 'unmeasured';
  return Math.abs(offsetMs) <= mostOffsetMs ? 'pass' : 'fail';
}

/** One failure fails the camera; it passes when everything that the standard asks for has passed. */
export function overall(each: readonly CriterionVerdict[]): 'pass' | 'fail' | 'undecided' {
  if (each.includes('fail')) return 'fail';
  return each.length > 0 && each.every((verdict) => verdict === 'pass') ? 'pass' : 'undecided';
}
