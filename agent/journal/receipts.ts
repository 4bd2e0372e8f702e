// What a consumer wants of the sequence, step by step through the writer's commits: a receipt may concern a million rows or a
// thousand holes, and an append must wait for neither. Each commit takes as many steps as stay short together.

import type { Positions, RequeueOptions } from './deliveries.ts';
import type { Job, Store } from './store.ts';
import type { Confirmed, Receipt, Requeued, SeqRange } from './types.ts';

/** What one commit does of it: some milliseconds, on a slow core. */
const COMMIT_STEPS = 50;
const COMMIT_ROWS = 500;

type Stepped = { changed: number; next: number | undefined };
type Step = (store: Store, range: Positions) => Stepped;

export interface Receipts {
  confirm(receipt: Receipt): Promise<Confirmed>;
  replay(range: { epoch: string; from: number; to: number }): Promise<Requeued>;
}

export function createReceipts(
  current: () => Pick<Store, 'sequence' | 'positionsOf'>,
  write: <T>(job: Job<T>) => Promise<T>,
  ageMs: () => number,
): Receipts {
  /** One range after the other. */
  async function inSteps(ranges: readonly Positions[], step: Step): Promise<number> {
    let changed = 0;
    for (let at = firstOf(ranges, 0); at !== undefined; ) {
      const from: Place = at;
      // A commit that fails is made again: nothing outside of it may change before it is done.
      const done = await write((store) => stepsFrom(ranges, from, (range) => step(store, range)));
      changed += done.changed;
      at = done.next;
    }
    return changed;
  }

  /** Sends ranges again as far as they are there; the rest is told to be missing. */
  async function again(
    epochId: string,
    ranges: readonly SeqRange[],
    options: RequeueOptions,
  ): Promise<Requeued> {
    if (ranges.length === 0) return { requeued: 0, missing: [] };
    const { sequence, positionsOf } = current();
    const epoch = sequence.epochOf(epochId);
    if (!epoch || epoch.number < 1) {
      const requeued = await write((store) => store.disown(epochId, options));
      return { requeued, missing: ranges.map(([from, to]) => [from, to]) };
    }
    const positions = ranges.map((range) => positionsOf(epoch, ...range));
    let requeued = await inSteps(positions, ({ deliveries }, range) => deliveries.requeue(range, options));
    const missing: SeqRange[] = [];
    for (let at = 0; at < positions.length; at += COMMIT_STEPS) {
      const some = positions.slice(at, at + COMMIT_STEPS);
      const lost = await write(({ deliveries }) => some.map((range) => deliveries.missing(range, options)));
      for (const each of lost) {
        requeued += each.requeued;
        for (const { first, last } of each.ranges)
          missing.push([first - epoch.firstPosition + 1, last - epoch.firstPosition + 1]);
      }
    }
    const beyond = ranges.filter((_, index) => positions[index]?.beyond);
    if (beyond.length > 0 && epoch.lastSeq !== null) {
      requeued += await write((store) => store.disown(epochId, options));
      const lastSeq = sequence.lastSeqOf(epoch);
      for (const [from, to] of beyond) missing.push([Math.max(from, lastSeq + 1), to]);
    }
    return { requeued, missing };
  }

  return {
    async confirm({ epoch: id, upTo, holes, graceMs = 0 }) {
      const { sequence, positionsOf } = current();
      if (id === sequence.epoch.id && upTo > sequence.lastSeqOf(sequence.epoch))
        await write((store) =>
          store.beginEpoch('the centre has more of it than this journal: it was set back'),
        );
      const options = { sentBefore: ageMs() - graceMs, wanted: false };
      const epoch = sequence.epochOf(id);
      const wanted = ranges(holes, upTo);
      let confirmed = 0;
      if (epoch && epoch.number > 0) {
        const durable = between(wanted, upTo).map((range) => positionsOf(epoch, ...range));
        confirmed = await inSteps(durable, ({ deliveries }, range) => deliveries.confirm(range));
        await write((store) => store.noteReceipt(epoch, upTo));
      }
      return { confirmed, ...(await again(id, wanted, options)) };
    },
    replay: ({ epoch, from, to }) => again(epoch, [[from, to]], { sentBefore: ageMs(), wanted: true }),
  };
}

/** Where the work goes on: in which range, from which position. */
interface Place {
  index: number;
  first: number;
}

/** The next range with anything in it. */
function firstOf(ranges: readonly Positions[], from: number): Place | undefined {
  for (let index = from; index < ranges.length; index++) {
    const { first, last } = ranges[index]!;
    if (first <= last) return { index, first };
  }
  return undefined;
}

/** Steps through the ranges until enough is done for a commit. */
function stepsFrom(
  ranges: readonly Positions[],
  from: Place,
  step: (range: Positions) => Stepped,
): { changed: number; next: Place | undefined } {
  let changed = 0;
  let { index, first } = from;
  for (let steps = 0; steps < COMMIT_STEPS && changed < COMMIT_ROWS; steps++) {
    const { last } = ranges[index]!;
    const done = step({ first, last });
    changed += done.changed;
    const next =
      done.next !== undefined && done.next <= last ? { index, first: done.next } : firstOf(ranges, index + 1);
    if (!next) return { changed, next };
    ({ index, first } = next);
  }
  return { changed, next: { index, first } };
}

/** The holes in order, none twice, cut to 1 … upTo. */
function ranges(holes: readonly SeqRange[], upTo: number): SeqRange[] {
  const clean: [number, number][] = [];
  for (const [from, to] of holes.toSorted((a, b) => a[0] - b[0])) {
    const range: [number, number] = [Math.max(1, from), Math.min(upTo, to)];
    const before = clean.at(-1);
    if (range[0] > range[1]) continue;
    if (before && range[0] <= before[1] + 1) before[1] = Math.max(before[1], range[1]);
    else clean.push(range);
  }
  return clean;
}

/** What of 1 … upTo lies outside the holes. */
function between(holes: readonly SeqRange[], upTo: number): SeqRange[] {
  const outside: SeqRange[] = [];
  let from = 1;
  for (const [first, last] of holes) {
    if (first > from) outside.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= upTo) outside.push([from, upTo]);
  return outside;
}
