import { test } from 'tap';
import { calibrationOf } from '../../agent/recognise/calibration-policy.ts';

const reads = (confidence: number, right: number, wrong: number) => [
  ...Array.from({ length: right }, () => ({ confidence, right: true })),
  ...Array.from({ length: wrong }, () => ({ confidence, right: false })),
];

test('a confidence that means what it says has no error', async (t) => {
  const { expectedError, sureWrong } = calibrationOf([...reads(0.75, 3, 1), ...reads(1, 5, 0)]);
  t.equal(expectedError, 0);
  t.match(sureWrong, { count: 0, n: 5 });
});

test('what is claimed too much or too little counts by its reads', async (t) => {
  // eight reads claim 0.9 and six are right; two claim 0.5 and both are right: (8 x 0.15 + 2 x 0.5) / 10
  const { expectedError, bins, reads: n } = calibrationOf([...reads(0.9, 6, 2), ...reads(0.5, 2, 0)]);
  t.equal(n, 10);
  t.ok(Math.abs(expectedError! - 0.22) < 1e-12);
  t.match(
    bins.filter(({ right }) => right.n > 0),
    [
      { from: 0.5, to: 0.7, claimed: 0.5, right: { share: 1 } },
      { from: 0.9, to: 0.95, right: { share: 0.75 } },
    ],
  );
});

test('the sure ones are those of 0.99 and more, 1 included', async (t) => {
  const { sureWrong, bins } = calibrationOf([
    ...reads(0.9899, 0, 9),
    ...reads(0.99, 299, 1),
    ...reads(1, 0, 1),
  ]);
  t.match(sureWrong, { count: 2, n: 301, interval: [Number, Number] });
  t.equal(bins.at(-1)?.right.n, 301);
});

test('without reads there is nothing to say', async (t) => {
  t.match(calibrationOf([]), { reads: 0, expectedError: null, sureWrong: { share: null } });
});
