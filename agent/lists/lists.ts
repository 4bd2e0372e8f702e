// The lists of the running agent: fed by their publishers over MQTT, replaced by commands, overdue, expired. What the agent tells
// of them comes from here; the entries stay in agent/watchlist.

import {
  type Address,
  type AuditEntry,
  type ChangeMessage,
  MAX_NAMED_ROWS,
  type WatchlistStatus,
} from '../contract/index.ts';
import { type KeyRing, openRing } from '../seal/index.ts';
import { messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import { countText } from '../shared/quantities.ts';
import { isoOf } from '../shared/time.ts';
import type { Link } from '../uplink/index.ts';
import { endsOf } from '../watchlist/index.ts';
import { FETCH_TIMES } from './fetch.ts';
import { type ListFile, watchFile } from './list-file.ts';
import { type Publisher, trusted } from './manifest.ts';
import { remember } from './memory.ts';
import { type Subscription, type SubscriptionTimes, subscribeList } from './subscription.ts';

export interface ListSource {
  id: string;
  bestBeforeDays?: number | undefined;
  keepDays?: number | undefined;
  /** names of those who may publish it; undefined: all */
  publishers?: readonly string[] | undefined;
}

export interface ListsOptions {
  directory: string;
  lists: readonly ListSource[];
  publishers: readonly Publisher[];
  address: Address;
  ring: KeyRing;
  /** reads are asked of the list's new version when it resolves; default: whoever asks sees to it */
  takeUp?(list: string): Promise<void>;
  /** what happened to a list, for the journal */
  tell(change: ChangeMessage['change']): Promise<unknown>;
  /** a list got another version, or lost it, for the audit log */
  note(entry: Pick<AuditEntry, 'action' | 'filter' | 'rows'>): Promise<unknown>;
  /** `status` says something else than before */
  onChange(): void;
  log: Logger;
  /** for tests */
  times?: Partial<ListsTimes>;
  /** for tests: UTC epoch milliseconds */
  now?: () => number;
}

export interface ListsTimes extends SubscriptionTimes {
  /** how often files are looked at, and ends */
  lookMs: number;
}

export interface Lists {
  /** From now on over this connection. */
  use(link: Link): void;
  status(): WatchlistStatus[];
  /** What was received stays; a version that is being taken over is given up, and comes again at the next start. */
  close(): Promise<void>;
}

const TIMES: ListsTimes = { ...FETCH_TIMES, againMs: 60_000, lookMs: 5000 };

interface Kept {
  source: ListSource;
  file: ListFile;
  subscription: Subscription | undefined;
  overdue: boolean;
}

/** @throws {AnprError} `seal.key` for a publisher's key that is none */
export function startLists(options: ListsOptions): Lists {
  const { directory, address, ring, log, now: clock = Date.now } = options;
  const times = { ...TIMES, ...options.times };
  const open = openRing(ring);

  const kept = options.lists.map((source): Kept => {
    const publishers = options.publishers.filter(
      ({ name }) => source.publishers === undefined || source.publishers.includes(name),
    );
    const file = watchFile(directory, source.id);
    const subscription =
      publishers.length === 0
        ? undefined
        : subscribeList({
            ...{ list: source.id, directory, file, address, ring, open, times, log, clock },
            takeUp: async () => options.takeUp?.(source.id),
            trusted: trusted(publishers),
            onChange: options.onChange,
            async onTaken(report, { publisher, delta }) {
              const { version, entries, patterns, badRows } = report;
              const how = delta ? 'changes over MQTT' : 'MQTT';
              log.info(
                { list: source.id, version, entries, patterns, badRows, delta },
                'a list has another version',
              );
              await told(
                options.note({
                  action: 'list',
                  filter: { list: source.id, version, from: how, publisher },
                  rows: entries + patterns,
                }),
                options.tell({
                  ...{ of: 'watchlist', name: source.id, state: 'in-force' },
                  reason: `version ${version}: ${countText(entries, 'plate')}, ${countText(patterns, 'pattern')}${badRows > 0 ? `, ${countText(badRows, 'row')} left out` : ''}`,
                }),
              );
            },
            onRefused: ({ code, message }) =>
              void told(
                options.tell({
                  ...{ of: 'watchlist', name: source.id, state: 'refused' },
                  reason: `${code}: ${message}`,
                }),
              ),
          });
    return { source, file, subscription, overdue: false };
  });

  /** A journal that takes nothing just now: the status says the same. */
  async function told(...work: Promise<unknown>[]): Promise<void> {
    for (const result of await Promise.allSettled(work))
      if (result.status === 'rejected')
        log.error({ reason: messageOf(result.reason) }, 'what happened to a list cannot be written down');
  }

  function look(): void {
    const now = clock();
    let changed = false;
    for (const each of kept) {
      if (each.file.look()) changed = true;
      const meta = each.file.meta();
      const { bestBefore, expiresAt } = meta ? endsOf(meta, each.source) : NEVER;
      if (meta && expiresAt !== null && now >= expiresAt) {
        expire(each);
        changed = true;
        continue;
      }
      const overdue = bestBefore !== null && now >= bestBefore;
      if (overdue === each.overdue) continue;
      each.overdue = overdue;
      changed = true;
      if (overdue && meta)
        void told(
          options.tell({
            ...{ of: 'watchlist', name: each.source.id, state: 'overdue' },
            reason: `version ${meta.version} is past its best-before; it works on`,
          }),
        );
    }
    if (changed) options.onChange();
  }

  function expire({ source, file }: Kept): void {
    const meta = file.meta();
    if (!meta) return;
    const { version, entries, patterns, published } = meta;
    try {
      remember(directory, source.id, {
        ...{ version, endedAt: clock() },
        listSha256: published?.listSha256 ?? '',
      });
      file.remove();
    } catch (error) {
      log.error({ list: source.id, reason: messageOf(error) }, 'an expired list cannot be removed');
      return;
    }
    log.warn({ list: source.id, version }, 'a list has expired and was removed');
    void told(
      options.note({
        action: 'list',
        filter: { list: source.id, version, from: 'expired' },
        rows: entries + patterns,
      }),
      options.tell({
        ...{ of: 'watchlist', name: source.id, state: 'expired' },
        reason: `version ${version} has expired and was removed`,
      }),
    );
  }

  function statusOf({ source, file, subscription }: Kept): WatchlistStatus {
    const meta = file.meta();
    const { bestBefore, expiresAt } = meta ? endsOf(meta, source) : NEVER;
    const { incoming = null, refused = null, leftOut = null } = subscription?.report() ?? {};
    const overdue = bestBefore !== null && clock() >= bestBefore;
    const damaged = file.problem() !== null;
    const iso = (at: number | null | undefined) => (at === null || at === undefined ? null : isoOf(at));
    return {
      list: source.id,
      state: damaged ? 'damaged' : !meta ? 'none' : overdue ? 'overdue' : 'in-force',
      version: meta?.version ?? null,
      entries: meta?.entries ?? null,
      patterns: meta?.patterns ?? null,
      publishedAt: iso(meta?.published?.publishedAt),
      importedAt: iso(meta?.importedAt),
      bestBefore: iso(bestBefore),
      expiresAt: iso(expiresAt),
      leftOut: meta?.badRows ?? null,
      badRows: leftOut?.version === meta?.version ? (leftOut?.bad.slice(0, MAX_NAMED_ROWS) ?? []) : [],
      incoming,
      refused: refused && {
        ...{ version: refused.version, code: refused.code, message: refused.message },
        at: isoOf(refused.at),
      },
    };
  }

  look();
  const looking = setInterval(look, times.lookMs);
  return {
    use(link) {
      for (const { subscription } of kept) subscription?.use(link);
    },
    status: () => kept.map(statusOf),
    async close() {
      clearInterval(looking);
      await Promise.all(kept.map(({ subscription }) => subscription?.close()));
    },
  };
}

const NEVER = { bestBefore: null, expiresAt: null };
