// One list as its publisher feeds it: its manifest is heard, judged, its parts are brought, the version is taken over. Whatever
// goes wrong on the way becomes a refusal with a code, and what was in force stays in force.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, type WatchlistManifest, watchlistTopicOf } from '../contract/index.ts';
import type { KeyRing, OpenRing } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { replaceFile } from '../shared/replace-file.ts';
import { startThread } from '../shared/thread.ts';
import type { Link } from '../uplink/index.ts';
import type { ImportReport, Published } from '../watchlist/index.ts';
import { type FetchTimes, fetchParts, wantOf } from './fetch.ts';
import { freeBytes, missingParts, type PartsPlace, removeIncoming } from './incoming.ts';
import { judge } from './judge-policy.ts';
import type { ListFile } from './list-file.ts';
import { readManifest, type Trusted } from './manifest.ts';
import { recall, remember } from './memory.ts';
import type { TakeOperations } from './take-thread.ts';

export interface Refusal {
  version: number | null;
  code: string;
  message: string;
  remedy: string | null;
  /** UTC epoch milliseconds */
  at: number;
}

export interface SubscriptionTimes extends FetchTimes {
  /** what may mend itself (room on the disk, a clock) is looked at again after so long */
  againMs: number;
}

export interface SubscriptionOptions {
  list: string;
  directory: string;
  file: ListFile;
  trusted: Trusted;
  address: Address;
  ring: KeyRing;
  open: OpenRing;
  times: SubscriptionTimes;
  /** UTC epoch milliseconds */
  clock: () => number;
  log: Logger;
  /** something in `report` is another */
  onChange(): void;
  /** its file is in place: resolves when reads are asked of it */
  takeUp(): Promise<void>;
  /** it is in force, and noted nowhere yet */
  onTaken(report: ImportReport, from: { publisher: string; delta: boolean }): Promise<void>;
  onRefused(refusal: Refusal): void;
}

export interface Subscription {
  /** From now on over this connection. */
  use(link: Link): void;
  report(): { incoming: Incoming | null; refused: Refusal | null; leftOut: ImportReport | null };
  close(): Promise<void>;
}

export interface Incoming {
  version: number;
  parts: number;
  received: number;
  delta: boolean;
}

const TAKE_THREAD = new URL('take-thread.ts', import.meta.url);
/** Its heap; with SQLite's cache and what the modules need the agent grows by less than 100 MiB (docs/benchmarks-watchlist.md). */
const TAKE_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 6 };
const hashOf = (payload: Uint8Array) => createHash('sha256').update(payload).digest('hex');

export function subscribeList(options: SubscriptionOptions): Subscription {
  const { list, directory, file, times, log } = options;
  const closing = new AbortController();
  const manifestFile = `${directory}/${list}.manifest`;
  let link: Link | undefined;
  /** the newest manifest, as it came */
  let newest: Uint8Array | undefined;
  /** of the manifest that needs no more work */
  let settled: string | undefined;
  /** of the manifest whose changes did not work out */
  let wholeOnly: string | undefined;
  let incoming: Incoming | null = null;
  let refused: Refusal | null = null;
  let leftOut: ImportReport | null = null;
  let working: Promise<void> | undefined;
  let stale = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  function hear(payload: Uint8Array): void {
    // An empty one takes back what was retained; what is in force stays.
    if (payload.byteLength === 0 || closing.signal.aborted) return;
    if (newest && hashOf(payload) === hashOf(newest)) {
      wake();
      return;
    }
    newest = Buffer.from(payload);
    // What is being fetched may be of yesterday.
    stale.abort();
    stale = new AbortController();
    wake();
  }

  function wake(): void {
    clearTimeout(timer);
    if (working || closing.signal.aborted || !newest || hashOf(newest) === settled) return;
    const before = newest;
    working = work(newest)
      .catch((error) => refuse(error, null, false))
      .finally(() => {
        working = undefined;
        if (newest !== before) wake();
      });
  }

  function again(): void {
    clearTimeout(timer);
    if (!closing.signal.aborted) timer = setTimeout(wake, times.againMs);
  }

  async function work(payload: Uint8Array): Promise<void> {
    const id = hashOf(payload);
    let manifest: WatchlistManifest;
    try {
      manifest = readManifest(payload, list, options.trusted);
    } catch (error) {
      settled = id;
      refuse(error, null, false);
      return;
    }
    const { version } = manifest;
    const place = placeOf(manifest, id);
    if (place === 'settled') {
      settled = id;
      return;
    }
    if (!place) return;
    keepManifest(payload);
    removeIncoming(directory, list, place);
    try {
      if (!(await fetched(place))) return;
      const report = await taken(manifest, place);
      await options.takeUp();
      settled = id;
      refused = null;
      leftOut = report.badRows > 0 ? report : null;
      incoming = null;
      removeIncoming(directory, list);
      remember(directory, list, { version, listSha256: manifest.listSha256, endedAt: null });
      file.look();
      await options.onTaken(report, { publisher: manifest.keyId, delta: place.content.base !== null });
      options.onChange();
    } catch (error) {
      const code = codeOf(error);
      if (closing.signal.aborted) return;
      if (code === 'watchlist.part-broken') {
        log.warn({ list, version, reason: messageOf(error) }, 'a part comes again');
        again();
      } else if (['watchlist.no-room', 'watchlist.unwritable'].includes(code)) {
        refuse(error, version, true);
      } else if (place.content.base !== null && wholeOnly !== id) {
        // The changes don't fit what is here: the whole list does.
        log.warn({ list, version, code, reason: messageOf(error) }, 'changes to a list cannot be taken over');
        wholeOnly = id;
        removeIncoming(directory, list);
        setImmediate(wake);
      } else {
        settled = id;
        incoming = null;
        removeIncoming(directory, list);
        refuse(error, version, false);
      }
    }
  }

  /** Where its parts go; undefined: not now; settled: never. */
  function placeOf(manifest: WatchlistManifest, id: string): PartsPlace | 'settled' | undefined {
    const { version } = manifest;
    const meta = file.meta();
    const memory = recall(directory, list);
    const verdict = judge(manifest, {
      inForce: meta && { version: meta.version, listSha256: meta.published?.listSha256 ?? null },
      highest: memory?.version ?? 0,
      now: options.clock(),
      freeBytes: freeBytes(directory),
      inForceBytes: file.sizeBytes(),
      wholeOnly: wholeOnly === id,
    });
    if (verdict.kind === 'same') {
      refused = null;
      incoming = null;
      removeIncoming(directory, list);
      return 'settled';
    }
    if (!meta && memory?.endedAt && memory.version === version) {
      refuse(
        new AnprError('watchlist.expired', `version ${version} has expired here, and was removed`),
        version,
        false,
      );
      return 'settled';
    }
    if (verdict.kind === 'refuse') {
      refuse(new AnprError(verdict.code, verdict.message), version, verdict.again);
      return verdict.again ? undefined : 'settled';
    }
    if (verdict.kind === 'ask') {
      refuse(
        new AnprError(
          'watchlist.base-missing',
          `version ${version} is published as changes to versions that this box does not have: it asks for the whole list`,
        ),
        version,
        true,
      );
      void link?.publish(wantOf(options.address, { list, version, content: { base: null } }, []));
      return undefined;
    }
    return { directory, list, version, content: verdict.content };
  }

  /** Resolves with whether every part is here: else the next connection goes on. */
  async function fetched(place: PartsPlace): Promise<boolean> {
    const parts = place.content.parts.length;
    const tell = () => {
      const received = parts - missingParts(place).length;
      incoming = { version: place.version, parts, received, delta: place.content.base !== null };
      options.onChange();
    };
    tell();
    if (incoming?.received === parts) return true;
    const over = link;
    if (!over || over.ended.aborted) return false;
    const signal = AbortSignal.any([closing.signal, stale.signal]);
    return await fetchParts({
      ...{ link: over, place, signal, times, address: options.address, ring: options.open },
      onPart: () => {
        if (refused?.code.startsWith('watchlist.part')) refused = null;
        tell();
      },
      onTrouble: (error) => refuse(error, place.version, false),
    });
  }

  async function taken(manifest: WatchlistManifest, place: PartsPlace): Promise<ImportReport> {
    const at = (text: string | null) => (text === null ? null : Date.parse(text));
    const published: Published = {
      keyId: manifest.keyId,
      listSha256: manifest.listSha256,
      publishedAt: Date.parse(manifest.publishedAt),
      bestBefore: at(manifest.bestBefore),
      expiresAt: at(manifest.expiresAt),
    };
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const onEnd = () => void Atomics.store(stop, 0, 1);
    closing.signal.addEventListener('abort', onEnd, { once: true });
    const thread = await startThread<TakeOperations, undefined>(
      TAKE_THREAD,
      undefined,
      'watchlist',
      undefined,
      TAKE_LIMITS,
    );
    try {
      return await thread.call('takeOver', { place, ring: options.ring, published, stop });
    } finally {
      closing.signal.removeEventListener('abort', onEnd);
      await thread.close();
    }
  }

  function refuse(error: unknown, version: number | null, tryAgain: boolean): void {
    const code = codeOf(error);
    const message = messageOf(error);
    // Figures in the message may change from minute to minute: that is no news.
    const isNew =
      refused?.code !== code ||
      refused.version !== version ||
      (version === null && refused.message !== message);
    if (tryAgain) again();
    if (!isNew) return;
    const remedy = error instanceof AnprError ? (error.remedy ?? null) : null;
    refused = { version, code, message, remedy, at: options.clock() };
    log.warn({ list, version, code, reason: message }, 'a published list is not taken over');
    options.onRefused(refused);
    options.onChange();
  }

  /** So that a restart goes on without the broker where all parts are here, and tells of them where not. */
  function keepManifest(payload: Uint8Array): void {
    try {
      replaceFile(manifestFile, payload, { mode: 0o600 });
    } catch (error) {
      log.warn({ list, reason: messageOf(error) }, 'a manifest cannot be kept');
    }
  }

  if (existsSync(manifestFile))
    try {
      hear(readFileSync(manifestFile));
    } catch {
      rmSync(manifestFile, { force: true }); // it comes again
    }

  return {
    use(next) {
      link = next;
      void (async () => {
        while (!next.ended.aborted) {
          const refusal = await next.subscribe([watchlistTopicOf(list)], ({ payload }) => hear(payload));
          if (refusal === undefined || next.ended.aborted) break;
          refuse(
            new AnprError(
              'watchlist.denied',
              `the broker does not let this box subscribe to ${watchlistTopicOf(list)}: ${refusal}`,
              'Give the box the right to read anpr/1/watchlist/#.',
            ),
            null,
            false,
          );
          await sleep(times.mostMs, undefined, { signal: next.ended }).catch(() => {});
        }
      })();
      // What the connection before could not bring.
      void Promise.resolve(working).then(wake);
    },
    report: () => ({ incoming, refused, leftOut }),
    async close() {
      closing.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
