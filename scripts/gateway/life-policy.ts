// Where a merged hit stands: what was decided here, and what people decided at the box, in the order in which they did. The
// steps are the box's own (agent/hits). Pure.

import {
  type HitAction,
  type HitState,
  hitActions,
  type RejectionCause,
} from '../../agent/contract/index.ts';
import { EVENT_OF, stepOf } from '../../agent/hits/index.ts';
import type { Report } from './report.ts';

/** What somebody decided at this gateway. */
export interface Decision {
  id: string;
  action: HitAction;
  by: string;
  cause: RejectionCause | null;
  note: string | null;
  /** UTC epoch milliseconds */
  at: number;
}

export interface Life {
  state: HitState;
  /** what may be done about it now */
  actions: HitAction[];
}

const ACTION_OF = new Map<string, HitAction>(hitActions.map((action) => [EVENT_OF[action], action]));

type Told = Pick<Report, 'state' | 'steps'>;

/** @param decisions oldest first */
export function lifeOf(reports: readonly Told[], decisions: readonly Decision[]): Life {
  const own = decisions.map(({ at, action }) => ({ at, action }));
  const steps = [...own, ...reports.flatMap((report) => stepsAtBox(report, decisions))].sort(
    (a, b) => a.at - b.at,
  );
  let state: HitState = 'new';
  for (const { action } of steps) {
    const step = stepOf(state, action);
    if ('to' in step) state = step.to;
  }
  // As at the box: what people have judged stays as they said. And as long as one side stands by it, it is a hit.
  const isOpen = state === 'new' || state === 'acknowledged';
  if (isOpen && reports.length > 0 && reports.every((report) => report.state === 'withdrawn'))
    state = 'withdrawn';
  return { state, actions: hitActions.filter((action) => 'to' in stepOf(state, action)) };
}

/** What people did there. What comes back of our own decisions is none of it: it was counted when it was made. */
function stepsAtBox({ steps }: Told, decisions: readonly Decision[]): { at: number; action: HitAction }[] {
  return steps.flatMap(({ at, event, via, by }) => {
    const action = ACTION_OF.get(event);
    if (!action || (via === 'gateway' && isOurs(action, by, decisions))) return [];
    return [{ at, action }];
  });
}

const isOurs = (action: HitAction, by: string | null, decisions: readonly Decision[]) =>
  decisions.some((decision) => decision.action === action && decision.by === by);

/** Whether it makes sense to ask the box once more after this answer. */
export function isFinal(code: string): boolean {
  return code.startsWith('hit.') || code.startsWith('command.');
}
