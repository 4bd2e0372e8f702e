// Whether a journal that is opened goes on where it stopped. Pure. When that cannot be shown, a new epoch begins: giving a seq
// out twice would make the consumer drop a read as known.

import type { Mark } from './mark.ts';

/** What the opened file says. */
export interface Found {
  epoch: string;
  /** of the newest record of that epoch */
  seq: number;
  /** last seqs of epochs that ended, by id */
  ended: Readonly<Record<string, number>>;
  inode: string;
  /** ctime before it was opened, nanoseconds */
  changedAt: string;
  /** nothing was ever appended, or the agent that wrote it knew no mark */
  before: 'empty' | 'without-mark' | 'with-mark';
}

/** Why it cannot be shown that the journal goes on; undefined: it does. */
export function brokenContinuity(mark: Mark | undefined, found: Found): string | undefined {
  if (!mark) return found.before === 'with-mark' ? 'its mark file is missing or cannot be read' : undefined;
  // The crash came between the first commit of an epoch and the mark of it.
  const marked = mark.epoch === found.epoch ? found.seq : found.ended[mark.epoch];
  if (marked === undefined) return 'its mark file is of another journal';
  if (mark.seq > marked) return `it was set back: seq ${mark.seq} had been given out, it ends at ${marked}`;
  if (mark.inode !== found.inode) return 'another file is in its place';
  if (mark.closedAt !== null && mark.closedAt !== found.changedAt)
    return 'it was changed while no agent had it open';
  return undefined;
}
