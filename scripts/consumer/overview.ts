// What the consumer has and what it lacks: what `scripts/central show` prints, and what tests judge by.

import type { GapMessage, Range } from '../../agent/contract/index.ts';
import { lastOf, missingOf } from './sequence.ts';
import type { Counts, EpochState, Store } from './store.ts';

export interface EpochOverview extends Omit<EpochState, 'answered' | 'end'> {
  /** another one has begun */
  ended: boolean;
  /** records by type */
  types: Record<string, number>;
  /** everything up to here has come, or a gap record says that it won't */
  upTo: number;
  last: number;
  /** up to `last`: neither come nor covered */
  missing: Range[];
  /** what the box says is lost */
  lost: GapMessage['gap'][];
}

export interface Overview extends Counts {
  /** nothing is missing, out of order, in another's place or not valid */
  ok: boolean;
  epochs: EpochOverview[];
  pictures: number;
}

export function overview(store: Store): Overview {
  const epochs = store.epochs().map(({ site, box, epoch, answered, end }): EpochOverview => {
    const last = lastOf({ answered, end });
    const missing = missingOf(answered, last);
    return {
      site,
      box,
      epoch,
      ended: end !== undefined,
      types: store.types({ site, box }, epoch),
      upTo: missing[0] ? missing[0][0] - 1 : last,
      last,
      missing,
      lost: store.gaps({ site, box }).filter((gap) => gap.epoch === epoch),
    };
  });
  const counts = store.counts();
  const isComplete = epochs.every(({ missing }) => missing.length === 0);
  const ok = isComplete && counts.outOfOrder + counts.invalid + counts.conflicts === 0;
  return { ok, epochs, ...counts, pictures: store.pictures() };
}
