// What of a box's sequence is here, and what a receipt may say about it: pure arithmetic on ranges of seq.

import type { Range } from '../../agent/contract/index.ts';

/** `ranges` in order and apart from each other, with from … to in it as well. */
export function withRange(ranges: readonly Range[], from: number, to: number): Range[] {
  const before: Range[] = [];
  const after: Range[] = [];
  let joined: Range = [from, to];
  for (const range of ranges)
    if (range[1] < joined[0] - 1) before.push(range);
    else if (range[0] > joined[1] + 1) after.push(range);
    else joined = [Math.min(joined[0], range[0]), Math.max(joined[1], range[1])];
  return [...before, joined, ...after];
}

/** What is not in `ranges` from 1 up to `upTo`. */
export function missingOf(ranges: readonly Range[], upTo: number): Range[] {
  const missing: Range[] = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (from > upTo) break;
    if (from > next) missing.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= upTo) missing.push([next, upTo]);
  return missing;
}

/** The last seq that is known to have been given out: one that came, or the end that the box tells of. */
export function lastOf({ answered, end }: { answered: readonly Range[]; end: number | undefined }): number {
  return Math.max(answered.at(-1)?.[1] ?? 0, end ?? 0);
}

export interface Progress {
  /** seqs that are durable here, or covered by a gap record */
  answered: readonly Range[];
  /** the epoch's last seq, once the box has begun another */
  end: number | undefined;
  /** the highest seq that was known so long ago that what lies below it should have come as well; 0: none */
  settledUpTo: number;
  /** the last seq that came in lane backlog, while it keeps coming: what lies after it is on its way */
  backlogAt: number | undefined;
}

/**
 * What to tell the box: everything up to `upTo` is here but the holes, which it shall send again. Lanes overtake each
 * other, so a seq that is missing is a hole only when it should have come; before the first that may still come, the
 * receipt ends.
 */
export function receiptOf(progress: Progress): { upTo: number; holes: Range[] } {
  const { answered, settledUpTo, backlogAt } = progress;
  const last = lastOf(progress);
  const due = Math.min(settledUpTo, backlogAt ?? Number.POSITIVE_INFINITY);
  const holes: Range[] = [];
  for (const [from, to] of missingOf(answered, last)) {
    if (from > due) return { upTo: from - 1, holes };
    holes.push([from, Math.min(to, due)]);
    if (to > due) return { upTo: due, holes };
  }
  return { upTo: last, holes };
}
