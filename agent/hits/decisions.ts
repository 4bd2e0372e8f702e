// What people make of hits, one decision after the other: each becomes a record, or says why it cannot be.

import type { Address, HitActor, HitCommand, HitState } from '../contract/index.ts';
import type { Journal } from '../journal/index.ts';
import { AnprError } from '../shared/errors.ts';
import type { Feedback } from './feedback.ts';
import type { KeptHits } from './kept-hits.ts';
import { EVENT_OF, stepOf } from './life-policy.ts';
import type { LiveHits } from './live-hits.ts';
import { hitRecord, type Standing, standingOf } from './records.ts';

export type Decision = Pick<HitCommand, 'hit' | 'action' | 'cause' | 'note'>;

export interface DecisionOptions {
  kept: Pick<KeptHits, 'show'>;
  live: Pick<LiveHits, 'get' | 'settle'>;
  feedback: Pick<Feedback, 'judged'>;
  journal: Pick<Journal, 'appendAll'>;
  address: Address;
}

export interface Decisions {
  /** @throws {AnprError} `hit.unknown`, `hit.refused`, `journal.*` */
  decide(decision: Decision, by: HitActor): Promise<HitState>;
  /** Resolves when what was decided is kept. */
  settled(): Promise<unknown>;
}

export function createDecisions({ kept, live, feedback, journal, address }: DecisionOptions): Decisions {
  let deciding: Promise<unknown> = Promise.resolve();

  async function decideNow({ hit: id, action, cause, note }: Decision, by: HitActor): Promise<HitState> {
    await live.get(id)?.raised.catch(() => {});
    const shown = await kept.show(id);
    if (!shown)
      throw new AnprError(
        'hit.unknown',
        `wanted a hit of this box, found none with id ${id}`,
        'See: anpr hits',
      );
    const step = stepOf(shown.state, action);
    if ('stay' in step) return step.stay;
    if ('refused' in step) throw new AnprError('hit.refused', step.refused, `See: anpr hits show ${id}`);
    const why = action === 'reject' ? (cause ?? 'other') : null;
    const standing: Standing = { ...standingOf(shown), state: step.to };
    await journal.appendAll([
      hitRecord(address, standing, { event: EVENT_OF[action], by, cause: why, note: note ?? null }),
    ]);
    if (action === 'confirm') feedback.judged(shown.camera, null);
    else if (why) feedback.judged(shown.camera, why);
    const each = live.get(id);
    if (each) {
      each.hit.state = step.to;
      live.settle(each);
    }
    return step.to;
  }

  return {
    decide(decision, by) {
      const decided = deciding.then(() => decideNow(decision, by));
      deciding = decided.catch(() => {});
      return decided;
    },
    settled: () => deciding,
  };
}
