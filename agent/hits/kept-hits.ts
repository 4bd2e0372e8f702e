// Hits as the journal has them: its records are the truth, folded anew for each question.

import type { HitFilter, Journal } from '../journal/index.ts';
import { foldHits, parsedHit } from './records.ts';
import type { ShownHit } from './types.ts';

/** records of hits that one question folds at most */
const MOST_RECORDS = 10_000;
const RECORDS_A_HIT = 8;

export interface KeptHits {
  /** newest first */
  list(filter: HitFilter): Promise<ShownHit[]>;
  /** undefined: there is no such hit */
  show(id: string): Promise<ShownHit | undefined>;
}

export function keptHits(journal: Pick<Journal, 'hits' | 'get'>): KeptHits {
  return {
    async list({ limit = 50, ...filter }) {
      const most = Math.min(MOST_RECORDS, limit * RECORDS_A_HIT);
      return foldHits(await journal.hits({ ...filter, limit: most })).slice(0, limit);
    },
    async show(id) {
      const first = await journal.get(id).catch(() => undefined);
      const parsed = first && parsedHit(first);
      if (!parsed || parsed.hit.id !== id) return undefined;
      const all = await journal.hits({ readId: parsed.hit.readId, limit: MOST_RECORDS });
      return foldHits(all).find((hit) => hit.id === id);
    },
  };
}
