// Receipts over a store that only counts: in which steps and how many commits the work is done. What it does to rows is
// states.test.ts and walk.test.ts.

import { test } from 'tap';
import type { Positions } from '../../agent/journal/deliveries.ts';
import { createReceipts } from '../../agent/journal/receipts.ts';
import type { Epoch } from '../../agent/journal/sequence.ts';
import type { Job, Store } from '../../agent/journal/store.ts';
import type { SeqRange } from '../../agent/journal/types.ts';

const STEP_ROWS = 500;
type Done = 'confirmed' | 'requeued' | 'looked';

/** An epoch of so many rows whose every commit fails at first, and is made again. */
function journalOf(rows: number) {
  let done: Done[][] = Array.from({ length: rows + 1 }, () => []);
  let commits = 0;
  let most = 0;
  const epoch = { id: 'e', number: 1, firstPosition: 1, lastSeq: null } as Epoch;
  const step = (what: Done) => (range: Positions) => {
    const to = Math.min(range.last, range.first + STEP_ROWS - 1);
    for (let row = range.first; row <= to; row++) done[row]!.push(what);
    return { changed: Math.max(0, to - range.first + 1), next: to < range.last ? to + 1 : undefined };
  };
  const store = {
    sequence: { epoch, epochOf: () => epoch, lastSeqOf: () => rows },
    positionsOf: (_: Epoch, first: number, last: number) => ({
      first,
      last: Math.min(rows, last),
      beyond: last > rows,
    }),
    noteReceipt() {},
    disown: () => 0,
    deliveries: {
      confirm: step('confirmed'),
      requeue: step('requeued'),
      missing(range: Positions) {
        for (let row = range.first; row <= range.last; row++) done[row]!.push('looked');
        return { ranges: [range], requeued: 0 };
      },
    },
  } as unknown as Store;
  async function write<T>(job: Job<T>): Promise<T> {
    const before = done.map((row) => [...row]);
    job(store);
    done = before;
    commits++;
    const sum = () => done.reduce((count, row) => count + row.filter((what) => what !== 'looked').length, 0);
    const had = sum();
    const value = job(store);
    most = Math.max(most, sum() - had);
    return value;
  }
  return {
    receipts: createReceipts(
      () => store,
      write,
      () => 0,
    ),
    /** of each row, from seq 1 on */
    done: () => done.slice(1).map((row) => row.join(' ')),
    commits: () => commits,
    mostAtOnce: () => most,
  };
}

const holesOf = (count: number, every: number, size: number) =>
  Array.from({ length: count }, (_, n): SeqRange => [n * every + 5, n * every + 4 + size]);

test('a thousand holes are some dozens of commits, and each row is stepped over once', async (t) => {
  const { receipts, done, commits } = journalOf(5_001);
  const holes = holesOf(1000, 5, 2);
  const result = await receipts.confirm({ epoch: 'e', upTo: 5_001, holes });
  t.match(result, { confirmed: 3001, requeued: 2000, missing: { length: 1000 } });
  t.same(result.missing.slice(0, 2), [
    [5, 6],
    [10, 11],
  ]);
  const isHole = new Set(holes.flat());
  t.same(
    done(),
    Array.from({ length: 5_001 }, (_, index) => (isHole.has(index + 1) ? 'requeued looked' : 'confirmed')),
  );
  t.ok(commits() < 100, `${commits()} commits`);
});

test('a long range without holes is many commits: an append goes between them', async (t) => {
  const { receipts, done, commits, mostAtOnce } = journalOf(5_000);
  t.match(await receipts.confirm({ epoch: 'e', upTo: 5_000, holes: [] }), { confirmed: 5_000 });
  t.ok(done().every((row) => row === 'confirmed'));
  t.ok(commits() >= 10, `${commits()} commits`);
  t.ok(mostAtOnce() < 2 * STEP_ROWS, `${mostAtOnce()} rows in one`);
});

test('a hole that is the whole of it, and one beyond what there is', async (t) => {
  const { receipts, done } = journalOf(10);
  t.match(await receipts.confirm({ epoch: 'e', upTo: 10, holes: [[1, 10]] }), { confirmed: 0, requeued: 10 });
  t.ok(done().every((row) => row === 'requeued looked'));
  t.match(await receipts.replay({ epoch: 'e', from: 12, to: 15 }), { requeued: 0 });
});
