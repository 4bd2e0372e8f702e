// What a consumer wants of the sequence, step by step through the writer's commits: a receipt may concern a million rows,
// and an append must not wait for it.

import type { Positions, RequeueOptions } from './deliveries.ts';
import type { Job, Store } from './store.ts';
import type { Confirmed, Receipt, Requeued, SeqRange } from './types.ts';

export interface Receipts {
  confirm(receipt: Receipt): Promise<Confirmed>;
  replay(range: { epoch: string; from: number; to: number }): Promise<Requeued>;
}

export function createReceipts(
  current: () => Pick<Store, 'sequence' | 'positionsOf'>,
  write: <T>(job: Job<T>) => Promise<T>,
  ageMs: () => number,
): Receipts {
  async function inSteps(
    { first, last }: Positions,
    step: (store: Store, range: Positions) => { changed: number; next: number | undefined },
  ): Promise<number> {
    let changed = 0;
    for (let next: number | undefined = first; next !== undefined && next <= last; ) {
      const from: number = next;
      const done = await write((store) => step(store, { first: from, last }));
      changed += done.changed;
      next = done.next;
    }
    return changed;
  }

  /** Sends a range again as far as it is there; the rest is told to be missing. */
  async function again(epochId: string, range: SeqRange, options: RequeueOptions): Promise<Requeued> {
    const { sequence, positionsOf } = current();
    const epoch = sequence.epochOf(epochId);
    if (!epoch || epoch.number < 1) {
      const requeued = await write((store) => store.disown(epochId, options));
      return { requeued, missing: [[range[0], range[1]]] };
    }
    const positions = positionsOf(epoch, ...range);
    let requeued = await inSteps(positions, ({ deliveries }, range) => deliveries.requeue(range, options));
    const lost = await write(({ deliveries }) => deliveries.missing(positions, options));
    requeued += lost.requeued;
    const missing = lost.ranges.map(({ first, last }): SeqRange => {
      return [first - epoch.firstPosition + 1, last - epoch.firstPosition + 1];
    });
    const lastSeq = sequence.lastSeqOf(epoch);
    if (positions.beyond && epoch.lastSeq !== null) {
      requeued += await write((store) => store.disown(epochId, options));
      missing.push([Math.max(range[0], lastSeq + 1), range[1]]);
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
      const result: Confirmed = { confirmed: 0, requeued: 0, missing: [] };
      const epoch = sequence.epochOf(id);
      const wanted = ranges(holes, upTo);
      if (epoch && epoch.number > 0) {
        for (const [from, to] of between(wanted, upTo))
          result.confirmed += await inSteps(positionsOf(epoch, from, to), ({ deliveries }, range) =>
            deliveries.confirm(range),
          );
        await write((store) => store.noteReceipt(epoch, upTo));
      }
      for (const hole of wanted) {
        const { requeued, missing } = await again(id, hole, options);
        result.requeued += requeued;
        result.missing.push(...missing);
      }
      return result;
    },
    replay: ({ epoch, from, to }) => again(epoch, [from, to], { sentBefore: ageMs(), wanted: true }),
  };
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
