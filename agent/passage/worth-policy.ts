// Is a passage that is over worth a read? A single weak detection is no plate; the configuration says how sure and how
// long a text must be; and a vehicle that has had its read gets no second one.

import type { PassagePolicy } from './policy.ts';
import type { DropReason } from './types.ts';

export interface ReadLimits {
  /** 0..1 */
  minConfidence: number;
  minCharacters: number;
  /** 0..1: a read below this is marked, not dropped */
  uncertainBelow: number;
}

export interface WorthFacts {
  text: string;
  confidence: number;
  /** expected number of looks at a real, readable plate */
  support: number;
  /** the best single look: detector score times text confidence */
  strongestLook: number;
  /** the detector's highest score, 0..1 */
  highestScore: number;
  /** it has not moved since it was first seen */
  neverMoved: boolean;
  /** a read of the same vehicle has been given already */
  toldBefore: boolean;
}

/** @returns why not, or undefined when it is a read */
export function dropReasonOf(
  facts: WorthFacts,
  limits: ReadLimits,
  policy: PassagePolicy,
): DropReason | undefined {
  if (facts.toldBefore) return 'same-vehicle';
  if (facts.support < policy.minSupport && facts.strongestLook < policy.singleLook) return 'too-few-looks';
  if (facts.neverMoved && facts.highestScore < policy.standingScore) return 'standing-thing';
  if (facts.text.length < Math.max(1, limits.minCharacters)) return 'too-short';
  if (facts.confidence < limits.minConfidence) return 'low-confidence';
  return undefined;
}
