// What raising hits needs, and what it tells of itself. Plain data where it crosses a door.

import type { HitMatch, HitRead, HitState, RejectionCause } from '../contract/index.ts';
import type { ListSettings } from '../watchlist/index.ts';

/** A list of the configuration, as far as hits need it. */
export interface HitListSettings extends ListSettings {
  priority: number;
  source?: string | undefined;
  reason?: string | undefined;
  instruction?: string | undefined;
  /** only what these cameras read */
  cameras?: readonly string[] | undefined;
  silenceSeconds: number;
}

export interface PrioritySettings {
  priority: number;
  falsePer10000: number;
  acknowledgeSeconds: number;
}

/** What raises a hit: an entry that the plate is, or a list that the plate is not on. */
export interface Ground {
  /** names list and entry over versions of the list, for silence and for one hit a passage */
  key: string;
  list: string;
  priority: number;
  match: HitMatch;
}

/** A read, or an open passage, on its way to becoming a hit. */
export interface Seen {
  readId: string;
  camera: string;
  read: HitRead;
}

export interface HitsStatus {
  /** new and not acknowledged, of the last day */
  waiting: number;
  /** since the agent started */
  raised: number;
  withdrawn: number;
  /** kept silent because the same entry had just raised one */
  silenced: number;
  /** of the last 30 days: what people made of the hits of each camera */
  judged: Record<string, { confirmed: number; rejected: Partial<Record<RejectionCause, number>> }>;
}

/** A hit as commands show it: its records folded into one. */
export interface ShownHit {
  id: string;
  readId: string;
  camera: string;
  /** UTC epoch milliseconds */
  raisedAt: number;
  state: HitState;
  basis: 'passage' | 'read';
  priority: number;
  match: HitMatch | null;
  read: HitRead | null;
  reminders: number;
  /** what became of it, oldest first */
  history: { at: number; event: string; by: string | null; via: string; note: string | null }[];
}
