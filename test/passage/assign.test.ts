import { test } from 'tap';
import { assign } from '../../agent/passage/assign.ts';
import { randomOf } from './road.ts';

test('the best sum wins over the best pair', (t) => {
  t.same(
    assign([
      [1, 2],
      [1, 9],
    ]),
    [1, 0],
  );
  t.same(assign([]), []);
  t.end();
});

test('as good as trying everything', (t) => {
  const random = randomOf(7);
  for (let round = 0; round < 200; round++) {
    const rows = 1 + Math.floor(random() * 4);
    const columns = rows + Math.floor(random() * 3);
    const cost = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() * 10 - 5));
    const chosen = assign(cost);
    t.equal(new Set(chosen).size, rows);
    const sum = chosen.reduce((total, column, row) => total + cost[row]![column]!, 0);
    if (Math.abs(sum - least(cost, 0, new Set())) > 1e-9) t.fail(`round ${round}`);
  }
  t.end();
});

function least(cost: number[][], row: number, taken: Set<number>): number {
  if (row === cost.length) return 0;
  let best = Infinity;
  cost[row]!.forEach((value, column) => {
    if (taken.has(column)) return;
    best = Math.min(best, value + least(cost, row + 1, new Set(taken).add(column)));
  });
  return best;
}
