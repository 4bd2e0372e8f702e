import { test } from 'tap';
import { editDistance, quantile, rateOf, shareOf } from '../../agent/recognise/statistics.ts';

const near = (found: readonly number[] | null, wanted: readonly number[], tolerance = 0.0006) =>
  found?.every((value, i) => Math.abs(value - wanted[i]!) <= tolerance);

test("shares have Wilson's interval", async (t) => {
  // Newcombe 1998, table I, method 3.
  t.ok(near(shareOf(81, 263).interval, [0.2553, 0.3662]));
  t.ok(near(shareOf(15, 148).interval, [0.0624, 0.1605]));
  t.ok(near(shareOf(0, 20).interval, [0, 0.1611]));
  t.ok(near(shareOf(1, 29).interval, [0.0061, 0.1718]));
  t.match(shareOf(36, 36), { share: 1, interval: [Number, 1] });
  t.same(shareOf(0, 0), { count: 0, n: 0, share: null, interval: null });
});

test("rates have Byar's interval", async (t) => {
  // Exact Poisson limits for 10 events are 4.80 and 18.39, for none 0 and 3.69.
  t.ok(near(rateOf(10, 100).interval, [0.048, 0.1839], 0.001));
  t.ok(near(rateOf(0, 10).interval, [0, 0.369], 0.005));
  t.equal(rateOf(30, 10).rate, 3);
  t.match(rateOf(0, 0), { rate: null, interval: null });
});

test('quantiles are values that occurred', async (t) => {
  t.equal(quantile([5, 1, 3], 0.5), 3);
  t.equal(quantile([4, 1, 3, 2], 0.95), 4);
  t.equal(quantile([7], 0.5), 7);
  t.equal(quantile([], 0.5), null);
});

test('edit distance counts what must be inserted, taken out or replaced', async (t) => {
  t.equal(editDistance('', ''), 0);
  t.equal(editDistance('1ABC123', '1ABC123'), 0);
  t.equal(editDistance('1ABC123', 'ABC123'), 1);
  t.equal(editDistance('1ABC123', '1ABO12'), 2);
  t.equal(editDistance('', 'ABC'), 3);
  t.equal(editDistance('KITTEN', 'SITTING'), 3);
});
