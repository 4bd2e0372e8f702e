// One list as its publisher feeds it: its manifest is heard, judged, its parts are brought, the version is taken over. Whatever
// goes wrong on the way becomes a refusal with a code, and what was in force stays in force.

import { createHash } from 'node:crypto';
import type { Address, WatchlistManifest } from '../contract/index.ts';
import type { KeyRing, OpenRing } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { Link } from '../uplink/index.ts';
import type { ImportReport } from '../watchlist/index.ts';
import { type FetchTimes, fetchParts, wantOf } from './fetch.ts';
import { hearManifests } from './hearing.ts';
import { missingParts, type PartsPlace, removeIncoming } from './incoming.ts';
import { judge } from './judge-policy.ts';
import type { ListFile } from './list-file.ts';
import { readManifest, type Trusted } from './manifest.ts';
import { recallManifest, remember, rememberManifest } from './memory.ts';
import { createRefusals, type Refusal } from './refusals.ts';
import { situationOf } from './situation.ts';
import { takeInThread } from './taking.ts';

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

const hashOf = (payload: Uint8Array) => createHash('sha256').update(payload).digest('hex');

export function subscribeList(options: SubscriptionOptions): Subscription {
  const { list, directory, file, times, log } = options;
  const closing = new AbortController();
  let link: Link | undefined;
  /** the newest manifest, as it came */
  let newest: Uint8Array | undefined;
  /** of the manifest that needs no more work */
  let settled: string | undefined;
  /** of the manifest whose changes did not work out */
  let wholeOnly: string | undefined;
  let incoming: Incoming | null = null;
  let leftOut: ImportReport | null = null;
  let working: Promise<void> | undefined;
  let stale = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const refusals = createRefusals(options.clock, (refusal) => {
    const { version, code, message: reason } = refusal;
    log.warn({ list, version, code, reason }, 'a published list is not taken over');
    options.onRefused(refusal);
    options.onChange();
  });

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
    try {
      rememberManifest(directory, list, payload);
    } catch (error) {
      log.warn({ list, reason: messageOf(error) }, 'a manifest cannot be kept');
    }
    removeIncoming(directory, list, place);
    try {
      if (!(await fetched(place))) return;
      const report = await takeInThread(manifest, place, { ring: options.ring, signal: closing.signal });
      await options.takeUp();
      settled = id;
      refusals.pass();
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
    const verdict = judge(
      manifest,
      situationOf({ list, directory, file, now: options.clock(), wholeOnly: wholeOnly === id }),
    );
    if (verdict.kind === 'same') {
      refusals.pass();
      incoming = null;
      removeIncoming(directory, list);
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
        refusals.pass('watchlist.part');
        tell();
      },
      onTrouble: (error) => refuse(error, place.version, false),
    });
  }

  function refuse(error: unknown, version: number | null, tryAgain: boolean): void {
    if (tryAgain) again();
    refusals.note(error, version);
  }

  const kept = recallManifest(directory, list);
  if (kept) hear(kept);

  return {
    use(next) {
      link = next;
      void hearManifests(next, {
        ...{ list, hear, againMs: times.mostMs },
        onDenied: (error) => refuse(error, null, false),
      });
      // What the connection before could not bring.
      void Promise.resolve(working).then(wake);
    },
    report: () => ({ incoming, refused: refusals.now, leftOut }),
    async close() {
      closing.abort();
      clearTimeout(timer);
      await working;
    },
  };
}
