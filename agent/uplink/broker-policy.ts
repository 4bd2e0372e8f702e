// Which broker is next, and when: pure. They are tried in order; the first is the one to be with, so another one is
// held only until an earlier one answers again.

import type { UplinkConfig } from '../config/index.ts';

/** A broker with everything that it takes to reach it. */
export type Broker = Pick<
  UplinkConfig,
  'url' | 'username' | 'passwordFile' | 'caFile' | 'certFile' | 'keyFile'
>;

/** In order; what a further broker doesn't say for itself is as with the first. */
export function brokersOf(config: UplinkConfig): [Broker, ...Broker[]] {
  const { url, username, passwordFile, caFile, certFile, keyFile } = config;
  const defined = (broker: object) =>
    Object.fromEntries(Object.entries(broker).filter(([, value]) => value !== undefined));
  const first: Broker = { url, ...defined({ username, passwordFile, caFile, certFile, keyFile }) };
  return [first, ...config.fallbacks.map((further) => ({ ...first, ...defined(further) }))];
}

/** After a failure with broker `index`: the next one, and whether all have now been tried. */
export function afterFailure(index: number, count: number): { index: number; isRound: boolean } {
  const next = (index + 1) % count;
  return { index: next, isRound: next === 0 };
}
