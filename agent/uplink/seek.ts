// While a later broker serves: looks now and then whether an earlier one is back.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import type { Ending } from './connection-policy.ts';

export interface Found {
  connection: Connection;
  /** of its broker */
  index: number;
}

export interface Seek {
  /** an earlier broker's connection; undefined when the search ended without */
  readonly found: Promise<Found | undefined>;
  /** Ends the search. An attempt on its way gets `graceMs`: what it brings is in `found`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * @param pauseMs between two looks; each box takes half to one and a half of it
 * @param end ends it at once
 */
export function seekEarlier(
  index: number,
  pauseMs: number,
  reach: (index: number, end: AbortSignal) => Promise<Connection | Ending>,
  end: AbortSignal,
): Seek {
  const noMore = new AbortController();
  const giveUp = new AbortController();
  const untilPause = AbortSignal.any([end, noMore.signal]);
  const untilAttempt = AbortSignal.any([end, giveUp.signal]);

  async function run(): Promise<Found | undefined> {
    while (index > 0 && !untilPause.aborted) {
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal: untilPause }).catch(() => {});
      for (let earlier = 0; earlier < index && !untilPause.aborted; earlier++) {
        const connection = await reach(earlier, untilAttempt);
        if (!('cause' in connection)) return { connection, index: earlier };
      }
    }
    return undefined;
  }

  const found = run();
  return {
    found,
    async stop(graceMs) {
      noMore.abort();
      const timer = setTimeout(() => giveUp.abort(), graceMs);
      await found;
      clearTimeout(timer);
    },
  };
}
