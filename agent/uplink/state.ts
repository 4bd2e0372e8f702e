// What the uplink tells of itself: the state, who watches it, and the log line of each change.

import type { Logger } from '../shared/log.ts';
import type { UplinkState } from './types.ts';

export const UPLINK_OFF: UplinkState = {
  state: 'off',
  reason: 'no uplink is configured',
  broker: null,
  protocol: null,
  since: 0,
  failures: 0,
  inFlight: 0,
  sentTotal: 0,
  deadTotal: 0,
  lastSentAt: null,
};

export interface StateKeeper {
  readonly now: Readonly<UplinkState>;
  /** Told to those who watch when state, reason or broker are others than before. */
  change(to: Partial<UplinkState> & Pick<UplinkState, 'state' | 'reason'>): void;
  /** Figures that are no news. */
  note(figures: Partial<Omit<UplinkState, 'state' | 'broker'>>): void;
  watch(listener: (state: UplinkState) => void): () => void;
  close(): void;
}

export function keepState(broker: string, inFlight: () => number, log: Logger): StateKeeper {
  const watchers = new Set<(state: UplinkState) => void>();
  let state: UplinkState = { ...UPLINK_OFF, state: 'connecting', reason: null, broker, since: Date.now() };
  const snapshot = () => ({ ...state, inFlight: inFlight() });

  return {
    get now() {
      return snapshot();
    },
    change(to) {
      const before = state;
      state = { ...state, ...to, since: to.state === state.state ? state.since : Date.now() };
      const { broker, protocol, reason } = state;
      if (state.state === before.state && reason === before.reason && broker === before.broker) return;
      const isAlarm = state.state === 'refused' || (state.state !== 'waiting' && reason !== null);
      log[isAlarm ? 'warn' : 'info'](
        { state: state.state, reason, protocol, broker },
        `uplink ${state.state}`,
      );
      for (const watcher of watchers) watcher(snapshot());
    },
    note(figures) {
      // For each record: in place, what others hold is a copy.
      Object.assign(state, figures);
    },
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    close: () => watchers.clear(),
  };
}
