// Has a version whose parts are all here taken over, in a thread that lives as long as that takes.

import type { WatchlistManifest } from '../contract/index.ts';
import type { KeyRing } from '../seal/index.ts';
import { startThread } from '../shared/thread.ts';
import type { ImportReport, Published } from '../watchlist/index.ts';
import type { PartsPlace } from './incoming.ts';
import type { TakeOperations } from './take-thread.ts';

const THREAD = new URL('take-thread.ts', import.meta.url);
/** Its heap; with SQLite's cache and what the modules need the agent grows by less than 100 MiB (docs/benchmarks-watchlist.md). */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 6 };

/** @throws {AnprError} as `takeOver` does; once the signal aborts `watchlist.ended`, and nothing has changed */
export async function takeInThread(
  manifest: WatchlistManifest,
  place: PartsPlace,
  { ring, signal }: { ring: KeyRing; signal: AbortSignal },
): Promise<ImportReport> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const onEnd = () => void Atomics.store(stop, 0, 1);
  signal.addEventListener('abort', onEnd, { once: true });
  const thread = await startThread<TakeOperations, undefined>(
    ...([THREAD, undefined, 'watchlist', undefined, LIMITS] as const),
  );
  try {
    return await thread.call('takeOver', { place, ring, published: publishedOf(manifest), stop });
  } finally {
    signal.removeEventListener('abort', onEnd);
    await thread.close();
  }
}

function publishedOf(manifest: WatchlistManifest): Published {
  const at = (text: string | null) => (text === null ? null : Date.parse(text));
  return {
    keyId: manifest.keyId,
    listSha256: manifest.listSha256,
    publishedAt: Date.parse(manifest.publishedAt),
    bestBefore: at(manifest.bestBefore),
    expiresAt: at(manifest.expiresAt),
  };
}
