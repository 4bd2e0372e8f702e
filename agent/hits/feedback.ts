// What people made of the hits of each camera, counted: how often it was right, and what was wrong else.

import type { RejectionCause } from '../contract/index.ts';
import type { HitsStatus, ShownHit } from './types.ts';

export interface Feedback {
  /** @param rejected null: it was confirmed */
  judged(camera: string, rejected: RejectionCause | null): void;
  /** The last verdict on a hit from before a restart, if there is one. */
  remember(hit: Pick<ShownHit, 'camera' | 'history'>): void;
  counts(): HitsStatus['judged'];
}

export function createFeedback(): Feedback {
  const cameras: HitsStatus['judged'] = {};

  function judged(camera: string, rejected: RejectionCause | null): void {
    cameras[camera] ??= { confirmed: 0, rejected: {} };
    const of = cameras[camera];
    if (rejected === null) of.confirmed++;
    else of.rejected[rejected] = (of.rejected[rejected] ?? 0) + 1;
  }

  return {
    judged,
    remember({ camera, history }) {
      const said = history.findLast(({ event }) => event === 'rejected' || event === 'confirmed');
      if (said) judged(camera, said.event === 'confirmed' ? null : causeIn(said.note));
    },
    counts: () => structuredClone(cameras),
  };
}

/** A rejection's note begins with its cause. */
function causeIn(note: string | null): RejectionCause {
  const cause = note?.split(':')[0];
  return cause === 'wrong-plate' || cause === 'wrong-country' || cause === 'entry-outdated' ? cause : 'other';
}
