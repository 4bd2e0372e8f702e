// The lists of a box as they are now, and what they say of a read.

import type { Grammars } from '../grammar/index.ts';
import type { BoxKey, OpenRing } from '../seal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { type Candidate, candidatesOf } from './candidates.ts';
import { DEFAULT_RULES, type LengthRule, textsWithin } from './differences-policy.ts';
import { evidenceOf, matches as fits, patternFilter } from './evidence-policy.ts';
import { loadLost } from './load-lost.ts';
import { type Match, matchEntries } from './match-policy.ts';
import { plateHash } from './sealed.ts';
import type { ListMeta, Store, StoredEntry } from './store.ts';
import type { SeenPlate } from './types.ts';
import { isValidAt, isValidIn } from './validity-policy.ts';
import { openVersions, type VersionsOptions } from './versions.ts';

export interface ListSettings {
  id: string;
  kind: 'alert-if-listed' | 'alert-if-absent';
  expectedPer10000: number;
  bestBeforeDays?: number | undefined;
  keepDays?: number | undefined;
  /** those that the box lies in; default: none */
  zones?: readonly string[] | undefined;
  /** default: by probability */
  match?: { policy: Policy; lengths?: readonly LengthRule[] | undefined };
}

/** How a read is held against a list. */
export type Policy = 'probability' | 'differences';

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
  policy: Policy;
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
  /** Takes up a list's file as it is now, off the event loop; resolves when that version is asked. Never rejects. */
  takeUp(list: string): Promise<void>;
  close(): void;
}

const DAY_MS = 86_400_000;
/** less likely matches are not told */
const NEGLIGIBLE = 1e-6;

export function openLists(
  directory: string,
  settings: readonly ListSettings[],
  ring: OpenRing,
  grammars: Grammars,
  options: Partial<Pick<VersionsOptions, 'onProblem' | 'watchMs'>> = {},
): Watchlists {
  const { onProblem = () => {}, watchMs } = options;
  const losses = loadLost();
  const ids = settings.map(({ id }) => id);
  const versions = openVersions(ids, { directory, ring, onProblem, watchMs });
  const stateOf = (list: ListSettings, at: number): { state: ListState; store?: Store } => {
    const state: ListState = {
      ...{ list: list.id, kind: list.kind, meta: null, problem: null },
      ...{ overdue: false, bestBefore: null, expiresAt: null },
    };
    try {
      const store = versions.current(list.id);
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
      const evidence = evidenceOf(seen, losses);
      const candidates = candidatesOf(evidence);
      const unseen = 1 - candidates.reduce((sum, { probability }) => sum + probability, 0);
      const hashed = hasher();
      const mayFit = patternFilter(evidence);
      const answers = settings.flatMap((list): ListAnswer[] => {
        const { state, store } = stateOf(list, at);
        const key = store && ring.get(store.meta.keyId);
        if (!store || !key) return [];
        const { policy = 'probability', lengths = DEFAULT_RULES } = list.match ?? {};
        const within = policy === 'differences' ? textsWithin(seen.text, lengths) : undefined;
        const texts = within ? [...within.keys()] : candidates.map(({ text }) => text);
        try {
          const entries = [
            ...store.lookUp(hashed(key, texts)),
            ...store.patterns().filter(({ plate }) => mayFit(plate)),
          ].filter(({ validity }) => isValidIn(validity, list.zones ?? []) && isValidAt(validity, at));
          const prior = { expectedPer10000: list.expectedPer10000, entries: store.meta.entries };
          const all = matchEntries(entries, seen, evidence, prior, grammars);
          const matches = within
            ? withinRule(all, seen.text, within)
            : all.filter(({ probability }) => probability > NEGLIGIBLE);
          const probability = probabilityOfList(list.kind, matches, within ? 0 : unseen);
          return [{ ...state, matches, policy, probability }];
        } catch (error) {
          // A disk that begins to fail under one list keeps none of the others from being asked.
          onProblem(list.id, error);
          return [];
        }
      });
      return { answers, candidates };
    },
    store(id) {
      if (settings.some((list) => list.id === id)) return versions.current(id);
      throw unknownList(id, settings);
    },
    takeUp: versions.takeUp,
    close: versions.close,
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

/** Each text is hashed once, however many lists are asked. */
function hasher(): (key: BoxKey, texts: readonly string[]) => number[] {
  const known = new Map<string, Map<string, number>>();
  return (key, texts) => {
    const of = known.get(key.id) ?? new Map<string, number>();
    known.set(key.id, of);
    return texts.map((text) => {
      let hash = of.get(text);
      if (hash === undefined) {
        hash = plateHash(key, text);
        of.set(text, hash);
      }
      return hash;
    });
  };
}

/** What the rule of differences lets through, with how much each differs; a pattern has to fit the read's own text. */
function withinRule(
  all: readonly Match<StoredEntry>[],
  text: string,
  within: ReadonlyMap<string, number>,
): Match<StoredEntry>[] {
  return all
    .flatMap((match) => {
      const { plate } = match.entry;
      const pattern = /[?*]/.test(plate) && fits(plate, text) ? 0 : undefined;
      const differences = within.get(plate) ?? pattern;
      return differences === undefined ? [] : [{ ...match, differences }];
    })
    .sort((a, b) => a.differences - b.differences || b.probability - a.probability);
}

/** Entries of one plate are one plate; plates exclude each other, a pattern may overlap with them. */
function probabilityOfList(
  kind: ListSettings['kind'],
  matches: readonly Match<StoredEntry>[],
  unseen: number,
): number {
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
  // What a poor read may be as well, and was not looked up, may be permitted.
  return kind === 'alert-if-listed' ? listed : Math.max(0, 1 - listed - Math.max(0, unseen));
}
