// What the agent knows of passages that a camera's process has not brought to their end, and what becomes of them when that
// process is killed: each gives one read, as far as it was told, or none. Pure.

import type { BestSight, PassageResult } from '../passage/index.ts';
import type { PassageFromChild, Software } from './protocol.ts';

interface Unfinished {
  /** what it gives, or would give if it ended now; null: no read */
  result: PassageResult | null;
  /** UTC epoch milliseconds; null: it is open */
  endedAt: number | null;
  software: Software | null;
  /** it may have raised hits */
  early: boolean;
  /** of the pictures that were begun; null: none were */
  pictured: BestSight | null;
}

/** By the read's id; of those that have ended, the one that ended last is last. */
export type UnfinishedPassages = ReadonlyMap<string, Unfinished>;

export const NONE_UNFINISHED: UnfinishedPassages = new Map();

/** A read whose process is gone. */
export interface CutOff {
  result: PassageResult;
  endedAt: number;
  software: Software;
}

export interface CutOffPassages {
  /** in the order in which they go into the journal */
  reads: CutOff[];
  /** passages that give no read */
  gone: { id: string; early: boolean; pictured: BestSight | null }[];
}

const NEW: Unfinished = { result: null, endedAt: null, software: null, early: false, pictured: null };

export function afterTold(before: UnfinishedPassages, told: PassageFromChild): UnfinishedPassages {
  const after = new Map(before);
  const change = (id: string, changed: Partial<Unfinished>) =>
    after.set(id, { ...(after.get(id) ?? NEW), ...changed });
  if (told.type === 'early') change(told.result.id, { early: true });
  else if (told.type === 'picture') change(told.id, { pictured: told.best });
  else if (told.type === 'open') {
    // One that is not named any more would give no read just now.
    for (const [id, { endedAt }] of before) if (endedAt === null) change(id, { result: null });
    for (const result of told.passages) change(result.id, { result, software: told.software });
  } else if (told.type === 'ended') {
    const { result, endedAt, software } = told;
    const { early, pictured } = after.get(result.id) ?? NEW;
    after.delete(result.id);
    after.set(result.id, { result, endedAt, software, early, pictured });
  } else after.delete(told.id);
  return after;
}

/** @param at UTC epoch milliseconds: open passages end then */
export function cutOff(unfinished: UnfinishedPassages, at: number): CutOffPassages {
  const [ended, open]: [CutOff[], CutOff[]] = [[], []];
  const gone: CutOffPassages['gone'] = [];
  for (const [id, { result, endedAt, software, early, pictured }] of unfinished)
    if (!result || !software) gone.push({ id, early, pictured });
    else if (endedAt !== null) ended.push({ result, endedAt, software });
    // A better picture than the one that was begun is gone with the process.
    else open.push({ result: { ...result, best: pictured ?? result.best }, endedAt: at, software });
  return { reads: [...ended, ...open], gone };
}
