// From what was recorded and answered to numbers. Pure.

import { type Share, shareOf } from '../recognise/index.ts';
import type { CaptureEvidence } from './acceptance.ts';
import { momentsOf } from './moments-policy.ts';
import type { ReadAnswer } from './review-policy.ts';
import type { RecordedRead, SessionState } from './session.ts';

export interface Bar {
  /** in pixels, shares or hours; `to` is not included */
  from: number;
  to: number;
  right: number;
  wrong: number;
  unchecked: number;
}

export interface Measures {
  method: CaptureEvidence;
  /** reads in the recorded time */
  reads: number;
  /** of these, the ones whose plate was checked, by what was found */
  checked: Record<ReadAnswer['kind'], number>;
  /** passages that gave a read: reads without false ones and repetitions, as the sample tells */
  captured: number;
  missed: number;
  moments: { found: number; asked: number; answered: number; missed: number };
  /** share of the recorded time in which a missed vehicle would not have been noticed; null unless by motion */
  blindShare: number | null;
  /** by what counts the number of passages is smaller than the reads themselves show */
  countTooLow: boolean;
  capturedShare: Share;
  readShare: Share;
  delivered: { share: Share; p50Ms: number | null; p95Ms: number | null };
  misreads: { was: string; read: string; count: number }[];
  bars: { widthPx: Bar[]; confidence: Bar[]; hour: Bar[] };
}

export interface MeasureOptions {
  /** vehicles that passed unread, as a truth file tells; then the answers are its too */
  truth?: { missed: number } | undefined;
  deliveredWithinMs: number;
  /** hour of the day, 0..23, in the box's time zone */
  hourOf(at: number): number;
}

export function measure(state: SessionState, options: MeasureOptions): Measures {
  const { reads, answers, momentAnswers } = state;
  const checked = { right: 0, wrong: 0, 'no-plate': 0, again: 0, unreadable: 0 };
  for (const { id } of reads) {
    const answer = answers[id];
    if (answer) checked[answer.kind]++;
  }
  const all = Object.values(checked).reduce((sum, each) => sum + each, 0);
  const bad = checked['no-plate'] + checked.again;
  const genuine = all === 0 ? reads.length : Math.round(reads.length * (1 - bad / all));
  const answered = state.moments.filter(({ id }) => (momentAnswers[id]?.missed ?? null) !== null);
  const seen = answered.reduce((sum, { id }) => sum + (momentAnswers[id]?.missed ?? 0), 0);
  const moments = {
    found: state.momentsFound,
    asked: state.moments.length,
    answered: answered.length,
    missed: seen,
  };

  const { method, captured, missed, countTooLow } = passagesOf(state, options, genuine, moments);
  const withinMs = reads.map(({ sentAt, lastSeen }) => (sentAt === null ? Infinity : sentAt - lastSeen));
  const inTime = withinMs.filter((ms) => ms <= options.deliveredWithinMs).length;
  const hasAny = withinMs.some((ms) => ms !== Infinity);
  return {
    ...{ method, reads: reads.length, checked, captured, missed, moments, countTooLow },
    blindShare: method === 'motion' ? momentsOf(state).blindShare : null,
    // With nothing to know the missed ones by, nothing is known.
    capturedShare:
      method === 'motion' && moments.found > 0 && answered.length === 0
        ? shareOf(0, 0)
        : shareOf(captured, captured + missed),
    readShare: shareOf(checked.right, checked.right + checked.wrong),
    delivered: {
      share: hasAny ? shareOf(inTime, withinMs.length) : shareOf(0, 0),
      p50Ms: quantileMs(withinMs, 0.5),
      p95Ms: quantileMs(withinMs, 0.95),
    },
    misreads: misreadsOf(reads, answers),
    bars: {
      widthPx: barsOf(state, ({ widthPx }) => widthPx, widthEdges(reads)),
      confidence: barsOf(state, ({ confidence }) => Math.min(confidence, 0.99999), CONFIDENCE_EDGES),
      hour: barsOf(
        state,
        ({ capturedAt }) => options.hourOf(capturedAt),
        Array.from({ length: 25 }, (_, hour) => hour),
      ),
    },
  };
}

function passagesOf(
  { counted }: SessionState,
  { truth }: MeasureOptions,
  genuine: number,
  moments: Measures['moments'],
): { method: CaptureEvidence; captured: number; missed: number; countTooLow: boolean } {
  if (truth) return { method: 'truth', captured: genuine, missed: truth.missed, countTooLow: false };
  if (counted !== null) {
    const captured = Math.min(genuine, counted);
    return { method: 'count', captured, missed: counted - captured, countTooLow: genuine > counted };
  }
  // Of the moments that were not shown, or not to be told, as many hide a vehicle as of the others.
  const each = moments.answered === 0 ? 0 : moments.missed / moments.answered;
  const missed = Math.ceil(Number((each * moments.found).toFixed(6)));
  return { method: 'motion', captured: genuine, missed, countTooLow: false };
}

/** Nearest rank; null when that one never came. */
function quantileMs(values: readonly number[], q: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
  return value === undefined || value === Infinity ? null : Math.round(value);
}

const CONFIDENCE_EDGES = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 1];
const WIDTH_STEP_PX = 20;
const MOST_WIDTH_BARS = 24;

function widthEdges(reads: readonly RecordedRead[]): number[] {
  const widths = reads.map(({ widthPx }) => widthPx);
  const least = Math.min(...widths, Infinity);
  if (least === Infinity) return [];
  const most = Math.max(...widths);
  const step = WIDTH_STEP_PX * Math.max(1, Math.ceil((most - least) / (WIDTH_STEP_PX * MOST_WIDTH_BARS)));
  const first = Math.floor(least / step) * step;
  const count = Math.floor((most - first) / step) + 1;
  return Array.from({ length: count + 1 }, (_, index) => first + index * step);
}

function barsOf(
  { reads, answers }: SessionState,
  valueIn: (read: RecordedRead) => number,
  edges: readonly number[],
): Bar[] {
  const bars = edges
    .slice(1)
    .map((to, index) => ({ from: edges[index]!, to, right: 0, wrong: 0, unchecked: 0 }));
  for (const read of reads) {
    const value = valueIn(read);
    const bar = bars.find(({ from, to }) => value >= from && value < to);
    if (!bar) continue;
    const kind = answers[read.id]?.kind;
    if (kind === 'right') bar.right++;
    else if (kind === 'wrong' || kind === 'no-plate') bar.wrong++;
    else bar.unchecked++;
  }
  return bars;
}

/** Which characters were taken for which; nothing of it tells whose plate it was. */
function misreadsOf(
  reads: readonly RecordedRead[],
  answers: Readonly<Record<string, ReadAnswer>>,
): Measures['misreads'] {
  const counts = new Map<string, number>();
  for (const { id, text } of reads) {
    const answer = answers[id];
    if (answer?.kind !== 'wrong') continue;
    for (const [was, read] of differences(answer.text, text)) {
      const key = `${was}>${read}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([key, count]) => ({ was: key.split('>')[0]!, read: key.split('>')[1]!, count }))
    .sort((a, b) => b.count - a.count || (a.was < b.was ? -1 : 1));
}

/** Pairs of what stood there and what was read, by the shortest way from one to the other; '' stands for nothing. */
export function differences(was: string, read: string): [was: string, read: string][] {
  const width = read.length + 1;
  const costs = new Array<number>((was.length + 1) * width).fill(0);
  const cost = (i: number, j: number) => costs[i * width + j]!;
  for (let i = 0; i <= was.length; i++)
    for (let j = 0; j <= read.length; j++)
      costs[i * width + j] =
        i === 0 || j === 0
          ? i + j
          : Math.min(
              cost(i - 1, j - 1) + (was[i - 1] === read[j - 1] ? 0 : 1),
              cost(i - 1, j) + 1,
              cost(i, j - 1) + 1,
            );
  const found: [string, string][] = [];
  let [i, j] = [was.length, read.length];
  while (i > 0 || j > 0) {
    const same = i > 0 && j > 0 && was[i - 1] === read[j - 1];
    if (i > 0 && j > 0 && cost(i, j) === cost(i - 1, j - 1) + (same ? 0 : 1)) {
      if (!same) found.unshift([was[i - 1]!, read[j - 1]!]);
      i--;
      j--;
    } else if (i > 0 && cost(i, j) === cost(i - 1, j) + 1) found.unshift([was[--i]!, '']);
    else found.unshift(['', read[--j]!]);
  }
  return found;
}
