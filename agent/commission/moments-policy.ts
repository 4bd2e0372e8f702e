// Moments in which something moved and nothing was read: what the technician is shown to find vehicles that were missed. Pure.
//
// What this cannot see: a vehicle that is missed while another one is read. `blindShare` says how much of the time that is.

import type { Span } from './session.ts';

export interface Moment extends Span {
  id: string;
  /** times of its pictures, in order */
  pictures: number[];
}

export interface MomentFacts {
  motions: readonly Span[];
  passages: readonly (Span & { outcome: string })[];
  /** times of pictures of motion */
  pictures: readonly number[];
  /** the recorded time */
  segments: readonly Span[];
}

export interface Moments {
  /** those with pictures */
  moments: Moment[];
  /** all, also those whose pictures found no room */
  found: number;
  /** share of the recorded time in which a vehicle was being read, 0..1; null without any time */
  blindShare: number | null;
}

/** A vehicle that is read is in the picture for so long before its plate is first found and after it is last seen. */
const PRESENCE_MS = 1000;
/** The motion gate stays open for so long after the last motion (agent/capture/motion.ts). */
const GATE_HOLD_MS = 1000;
/** pieces of one motion */
const JOIN_MS = 300;
/** shorter pieces are the edges of a vehicle that was read */
const LEAST_MS = 400;
/** a longer piece without a picture had one that was not kept */
const PICTURED_MS = 1200;
/** longer ones are asked in parts: who can count what moved for a minute */
const MOST_MS = 8000;
const MOST_PICTURES = 6;
/** gave a read, or belongs to a vehicle that did */
const EXPLAINS = new Set(['read', 'same-vehicle']);

export function momentsOf({ motions, passages, pictures, segments }: MomentFacts): Moments {
  const explained = joined(
    passages
      .filter(({ outcome }) => EXPLAINS.has(outcome))
      .map(({ from, to }) => ({ from: from - PRESENCE_MS, to: to + PRESENCE_MS })),
    0,
  );
  const moving = joined(motions, JOIN_MS).map(({ from, to }) => ({
    from,
    to: Math.max(from + 1, to - GATE_HOLD_MS),
  }));
  const moments: Moment[] = [];
  let found = 0;
  for (const piece of without(moving, explained).flatMap(parts)) {
    if (piece.to - piece.from < LEAST_MS) continue;
    const own = pictures.filter((at) => at >= piece.from && at <= piece.to).sort((a, b) => a - b);
    if (own.length > 0)
      moments.push({ id: `m${piece.from}`, ...piece, pictures: spread(own, MOST_PICTURES) });
    if (own.length > 0 || piece.to - piece.from >= PICTURED_MS) found++;
  }
  const total = lengthOf(segments);
  const seen = segments.flatMap((segment) => explained.map((each) => common(segment, each)));
  return { moments, found, blindShare: total === 0 ? null : Math.min(1, lengthOf(seen) / total) };
}

/** Whether a picture can still belong to a moment: not when a passage that was read lies over it. */
export function isExplained(at: number, passages: readonly (Span & { outcome: string })[]): boolean {
  return passages.some(
    ({ from, to, outcome }) => EXPLAINS.has(outcome) && at >= from - PRESENCE_MS && at <= to + PRESENCE_MS,
  );
}

function joined(spans: readonly Span[], gapMs: number): Span[] {
  const all: Span[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && from <= last.to + gapMs) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}

/** What of `spans` lies in none of `holes`, both joined. */
function without(spans: readonly Span[], holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  for (const span of spans) {
    let { from } = span;
    for (const hole of holes) {
      if (hole.to <= from || hole.from >= span.to) continue;
      if (hole.from > from) left.push({ from, to: hole.from });
      from = Math.max(from, hole.to);
    }
    if (from < span.to) left.push({ from, to: span.to });
  }
  return left;
}

function parts({ from, to }: Span): Span[] {
  const count = Math.ceil((to - from) / MOST_MS);
  const each = (to - from) / count;
  return Array.from({ length: count }, (_, index) => ({
    from: Math.round(from + index * each),
    to: Math.round(from + (index + 1) * each),
  }));
}

function spread(all: readonly number[], most: number): number[] {
  if (all.length <= most) return [...all];
  return Array.from(
    { length: most },
    (_, index) => all[Math.round((index * (all.length - 1)) / (most - 1))]!,
  );
}

function common(a: Span, b: Span): Span {
  const from = Math.max(a.from, b.from);
  return { from, to: Math.max(from, Math.min(a.to, b.to)) };
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + (to - from), 0);
}
