// Which hits a read raises: each list's answer against what its priority may cost. Pure.

import type { HitMatch } from '../contract/index.ts';
import type { ListAnswer, Match, StoredEntry } from '../watchlist/index.ts';
import type { Ground, HitListSettings } from './types.ts';

/** How probable a hit has to be. */
export type Thresholds = (list: {
  kind: HitListSettings['kind'];
  priority: number;
  /** that name one plate */
  entries: number;
  expectedPer10000: number;
}) => number;

/**
 * @param text what was read
 * @param camera id of the camera that saw it
 */
export function groundsOf(
  answers: readonly ListAnswer[],
  settings: readonly HitListSettings[],
  thresholds: Thresholds,
  text: string,
  camera: string,
): Ground[] {
  return answers.flatMap((answer) => {
    const list = settings.find(({ id }) => id === answer.list);
    if (!list || !answer.meta || (list.cameras && !list.cameras.includes(camera))) return [];
    return list.kind === 'alert-if-absent'
      ? absent(answer, list, thresholds, text)
      : listed(answer, list, thresholds, text);
  });
}

/**
 * Names list and entry over versions of the list. Two rows for one plate (another validity) with one reference are one entry to
 * whoever acts on it.
 * @param text what was read
 */
export function keyOf({ list, entry }: HitMatch, text: string): string {
  if (!entry) return [list.id, text, 'absent'].join(' ');
  return [list.id, entry.plate, entry.country ?? '', entry.reference ?? ''].join(' ');
}

function listed(answer: ListAnswer, list: HitListSettings, thresholds: Thresholds, text: string): Ground[] {
  const best = new Map<string, Ground>();
  for (const match of answer.matches) {
    const priority = match.entry.priority ?? list.priority;
    const threshold = thresholdOf(answer, list, priority, thresholds);
    if (threshold !== null && match.probability < threshold) continue;
    const ground = groundOf(answer, list, match, { text, priority, threshold });
    if (!best.has(ground.key)) best.set(ground.key, ground);
  }
  return [...best.values()];
}

function absent(answer: ListAnswer, list: HitListSettings, thresholds: Thresholds, text: string): Ground[] {
  const { priority } = list;
  const threshold = thresholdOf(answer, list, priority, thresholds);
  const isAbsent = threshold === null ? answer.matches.length === 0 : answer.probability >= threshold;
  return isAbsent ? [groundOf(answer, list, null, { text, priority, threshold })] : [];
}

/** null: the list's own rule has decided. */
function thresholdOf(
  { policy, meta }: ListAnswer,
  { kind, expectedPer10000 }: HitListSettings,
  priority: number,
  thresholds: Thresholds,
): number | null {
  if (policy === 'differences') return null;
  return thresholds({ kind, priority, entries: meta?.entries ?? 0, expectedPer10000 });
}

function groundOf(
  { meta, overdue, policy, probability }: ListAnswer,
  list: HitListSettings,
  found: Match<StoredEntry> | null,
  { text, priority, threshold }: { text: string; priority: number; threshold: number | null },
): Ground {
  const entry = found?.entry ?? null;
  const match: HitMatch = {
    list: { id: list.id, version: meta?.version ?? 1, kind: list.kind, overdue },
    entry: entry && { plate: entry.plate, country: entry.country, reference: entry.reference },
    source: entry?.source ?? list.source ?? null,
    reason: entry?.reason ?? list.reason ?? null,
    instruction: entry?.instruction ?? list.instruction ?? null,
    probability: rounded(found?.probability ?? probability),
    policy,
    threshold: threshold === null ? null : rounded(threshold),
    why: {
      text: rounded(found?.seen ?? 0),
      country: rounded(found?.country ?? 0),
      weight: Number((found?.weight ?? 1).toPrecision(3)),
      differences: found?.differences ?? null,
    },
  };
  return { key: keyOf(match, text), list: list.id, priority, match };
}

/** six digits: 0.999998 is not certain */
const rounded = (value: number) => Math.round(Math.min(1, value) * 1e6) / 1e6;
