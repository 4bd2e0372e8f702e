// A torn tree gives rows in an order that cannot be: saving goes upwards all the same, and comes to an end.

import { test } from 'tap';
import { ascending } from '../../agent/journal/salvage.ts';

const rows = (...positions: number[]) => positions.map((position) => ({ position }));

for (const [given, after, wanted] of [
  [[], 7, []],
  [[8, 9, 12], 7, [8, 9, 12]],
  [[8, 9, 3, 4, 10], 7, [8, 9]],
  [[8, 8, 9], 7, [8]],
  [[7], 7, undefined],
  [[1, 2, 3], 7, undefined],
  [[Number.NaN, 8], 7, undefined],
] as const)
  test(`${given.join(' ') || 'nothing'} after ${after}`, (t) => {
    t.same(ascending(rows(...given), after), wanted && rows(...wanted));
    t.end();
  });
