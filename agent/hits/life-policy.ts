// The life of a hit: new → acknowledged → confirmed or rejected → closed. Pure.

import type { HitAction, HitEvent, HitState } from '../contract/index.ts';

/** What an action makes of a hit. */
export const EVENT_OF: Readonly<Record<HitAction, HitEvent & HitState>> = {
  acknowledge: 'acknowledged',
  confirm: 'confirmed',
  reject: 'rejected',
  close: 'closed',
};

/** From which states an action leads on. A person may judge what nobody acknowledged: both are known then. */
const FROM: Readonly<Record<HitAction, readonly HitState[]>> = {
  acknowledge: ['new'],
  confirm: ['new', 'acknowledged', 'rejected'],
  reject: ['new', 'acknowledged', 'confirmed'],
  close: ['new', 'acknowledged', 'confirmed', 'rejected', 'withdrawn'],
};

/**
 * What to do about an action: a step, nothing (it was taken already, or a later one was), or why it cannot be.
 * Messages come again and overtake each other: an acknowledgement after a verdict is no error.
 */
export function stepOf(
  state: HitState,
  action: HitAction,
): { to: HitEvent & HitState } | { stay: HitState } | { refused: string } {
  const to = EVENT_OF[action];
  if (FROM[action].includes(state)) return { to };
  if (state === to || (action === 'acknowledge' && state !== 'withdrawn')) return { stay: state };
  return { refused: `a hit that is ${state} cannot be ${to}` };
}

/** So often a hit that nobody acknowledges is sent again. */
const MOST_REMINDERS = 4;

/** How long until the next reminder, each twice as long as the one before; undefined: it was sent often enough. */
export function reminderDelayMs(acknowledgeSeconds: number, reminders: number): number | undefined {
  return reminders >= MOST_REMINDERS ? undefined : acknowledgeSeconds * 1000 * 2 ** reminders;
}
