// Hears a list's manifests over a connection for as long as that lives; a broker that refuses is asked again.

import { setTimeout as sleep } from 'node:timers/promises';
import { watchlistTopicOf } from '../contract/index.ts';
import { AnprError } from '../shared/errors.ts';
import type { Link } from '../uplink/index.ts';

export interface HearingOptions {
  list: string;
  hear(payload: Uint8Array): void;
  /** `watchlist.denied` */
  onDenied(error: AnprError): void;
  againMs: number;
}

/** Resolves once it is subscribed, or the connection has ended. */
export async function hearManifests(
  link: Link,
  { list, hear, onDenied, againMs }: HearingOptions,
): Promise<void> {
  const topic = watchlistTopicOf(list);
  while (!link.ended.aborted) {
    const refusal = await link.subscribe([topic], ({ payload }) => hear(payload));
    if (refusal === undefined || link.ended.aborted) return;
    onDenied(
      new AnprError(
        'watchlist.denied',
        `the broker does not let this box subscribe to ${topic}: ${refusal}`,
        'Give the box the right to read anpr/1/watchlist/#.',
      ),
    );
    await sleep(againMs, undefined, { signal: link.ended }).catch(() => {});
  }
}
