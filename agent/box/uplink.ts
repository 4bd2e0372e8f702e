// The uplink of the box, which is another one after the configuration was changed. The old one ends first: what it has in
// flight is settled or stays pending, and the journal knows which, so the new one goes on where it stopped.

import type { UplinkConfig } from '../config/index.ts';
import { UPLINK_OFF, type Uplink, type UplinkState } from '../uplink/index.ts';

export interface BoxUplink {
  /** Totals are those since the start of the agent, whichever broker they went to. */
  state(): UplinkState;
  publishStatus(): void;
  /** Resolves once the one that ran has ended and the new one has begun; undefined: there is none any more. */
  use(config: UplinkConfig | undefined): Promise<void>;
  close(): Promise<void>;
}

export function createBoxUplink(start: (config: UplinkConfig) => Uplink): BoxUplink {
  let uplink: Uplink | undefined;
  let before = UPLINK_OFF;
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  function state(): UplinkState {
    const now = uplink?.state() ?? UPLINK_OFF;
    return {
      ...now,
      sentTotal: before.sentTotal + now.sentTotal,
      deadTotal: before.deadTotal + now.deadTotal,
      lastSentAt: now.lastSentAt ?? before.lastSentAt,
    };
  }

  async function end(): Promise<void> {
    await uplink?.close();
    before = state();
    uplink = undefined;
  }

  async function change(config: UplinkConfig | undefined): Promise<void> {
    await end();
    if (config && !isClosed) uplink = start(config);
  }

  return {
    state,
    publishStatus: () => uplink?.publishStatus(),
    use(config) {
      last = last.then(() => change(config));
      return last;
    },
    async close() {
      isClosed = true;
      await last;
      await uplink?.close();
    },
  };
}
