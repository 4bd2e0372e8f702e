// The lists of a box as they are now, and what they say of a read. A new version is met at the next read: its file has
// another inode.

import { statSync } from 'node:fs';
import type { Grammars } from '../grammar/index.ts';
import type { OpenRing } from '../seal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { evidenceOf } from './evidence-policy.ts';
import { listPath } from './import.ts';
import { type Match, matchEntries } from './match-policy.ts';
import { type ListMeta, openStore, plateHash, type Store, type StoredEntry } from './store.ts';
import type { SeenPlate } from './types.ts';
import { isValidAt } from './validity-policy.ts';

export interface ListSettings {
  id: string;
  kind: 'alert-if-listed' | 'alert-if-absent';
  expectedPer10000: number;
  bestBeforeDays?: number | undefined;
  keepDays?: number | undefined;
}

export interface ListState {
  list: string;
  kind: ListSettings['kind'];
  /** null: never imported, or not to be opened */
  meta: ListMeta | null;
  /** past its best-before; it still works */
  overdue: boolean;
  /** UTC epoch milliseconds from when it is overdue; null: never */
  bestBefore: number | null;
  /** UTC epoch milliseconds from when it counts no more; null: never */
  expiresAt: number | null;
  problem: string | null;
}

export interface ListAnswer extends ListState {
  /** that the plate is one of the list, or, of a list of permits, that it is none of them; 0..1 */
  probability: number;
  /** most probable first */
  matches: Match<StoredEntry>[];
}

export interface Watchlists {
  states(at: number): ListState[];
  /** what each list that can be opened says of the read */
  match(seen: SeenPlate, at: number): { answers: ListAnswer[]; candidates: Candidate[] };
  /** @throws {AnprError} `watchlist.unknown`, `watchlist.none`, `watchlist.damaged`, `seal.key-lost` */
  store(list: string): Store;
  close(): void;
}

const DAY_MS = 86_400_000;
/** less likely matches are not told */
const NEGLIGIBLE = 1e-6;

interface OpenList {
  store: Store;
  file: string;
}

export function openLists(
  directory: string,
  settings: readonly ListSettings[],
  ring: OpenRing,
  grammars: Grammars,
): Watchlists {
  const open = new Map<string, OpenList>();
  const current = (id: string): Store => {
    const path = listPath(directory, id);
    const stat = statSync(path, { throwIfNoEntry: false });
    const file = stat ? `${stat.dev}:${stat.ino}:${stat.mtimeMs}` : '';
    const known = open.get(id);
    if (known?.file === file) return known.store;
    const store = openStore(path, ring);
    known?.store.close();
    open.set(id, { store, file });
    return store;
  };
  const stateOf = (list: ListSettings, at: number): { state: ListState; store?: Store } => {
    const state: ListState = {
      ...{ list: list.id, kind: list.kind, meta: null, problem: null },
      ...{ overdue: false, bestBefore: null, expiresAt: null },
    };
    try {
      const store = current(list.id);
      const { bestBefore, expiresAt } = endsOf(store.meta, list);
      const overdue = bestBefore !== null && at >= bestBefore;
      const known = { ...state, meta: store.meta, overdue, bestBefore, expiresAt };
      if (expiresAt === null || at < expiresAt) return { state: known, store };
      return { state: { ...known, problem: `version ${store.meta.version} has expired: it counts no more` } };
    } catch (error) {
      return { state: { ...state, problem: messageOf(error) } };
    }
  };
  return {
    states: (at) => settings.map((list) => stateOf(list, at).state),
    match(seen, at) {
      const evidence = evidenceOf(seen);
      const candidates = candidatesOf(evidence);
      const hashesBy = new Map<string, number[]>();
      const answers = settings.flatMap((list): ListAnswer[] => {
        const { state, store } = stateOf(list, at);
        const key = store && ring.get(store.meta.keyId);
        if (!store || !key) return [];
        let hashes = hashesBy.get(key.id);
        if (!hashes) {
          hashes = candidates.map(({ text }) => plateHash(key, text));
          hashesBy.set(key.id, hashes);
        }
        const entries = [...store.lookUp(hashes), ...store.patterns()].filter(({ validity }) =>
          isValidAt(validity, at),
        );
        const prior = { expectedPer10000: list.expectedPer10000, entries: store.meta.entries };
        const matches = matchEntries(entries, seen, evidence, prior, grammars).filter(
          ({ probability }) => probability > NEGLIGIBLE,
        );
        return [{ ...state, matches, probability: probabilityOfList(list.kind, matches) }];
      });
      return { answers, candidates };
    },
    store(id) {
      if (settings.some((list) => list.id === id)) return current(id);
      throw unknownList(id, settings);
    },
    close() {
      for (const { store } of open.values()) store.close();
      open.clear();
    },
  };
}

/**
 * When a version is overdue, and when it counts no more: the earlier of what its publisher says and what the
 * configuration says, which counts from when it was published or, for a file, imported. UTC epoch milliseconds. Pure.
 */
export function endsOf(
  { published, importedAt }: Pick<ListMeta, 'published' | 'importedAt'>,
  { bestBeforeDays, keepDays }: Pick<ListSettings, 'bestBeforeDays' | 'keepDays'>,
): { bestBefore: number | null; expiresAt: number | null } {
  const from = published?.publishedAt ?? importedAt;
  const after = (days: number | undefined) => (days === undefined ? null : from + days * DAY_MS);
  return {
    bestBefore: earlier(published?.bestBefore ?? null, after(bestBeforeDays)),
    expiresAt: earlier(published?.expiresAt ?? null, after(keepDays)),
  };
}

const earlier = (a: number | null, b: number | null) =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

export function unknownList(id: string, settings: readonly Pick<ListSettings, 'id'>[]): AnprError {
  const names = settings.map((list) => list.id).join(', ');
  return new AnprError(
    'usage.watchlist',
    `wanted a watchlist of the configuration (${names || 'it has none'}), found "${id}"`,
    'Name it under watchlists.lists.',
  );
}

/** Entries of one plate are one plate; plates exclude each other, a pattern may overlap with them. */
function probabilityOfList(kind: ListSettings['kind'], matches: readonly Match<StoredEntry>[]): number {
  const exact = new Map<string, number>();
  let pattern = 0;
  for (const { entry, probability } of matches)
    if (/[?*]/.test(entry.plate)) pattern = Math.max(pattern, probability);
    else exact.set(entry.plate, Math.max(exact.get(entry.plate) ?? 0, probability));
  const listed = Math.min(
    1,
    Math.max(
      pattern,
      [...exact.values()].reduce((sum, each) => sum + each, 0),
    ),
  );
  return kind === 'alert-if-listed' ? listed : 1 - listed;
}
