// Pass, fail or not enough passages: a table.

import { test } from 'tap';
import { judgeClock, judgeShare, neededFor, overall } from '../../agent/commission/verdict-policy.ts';
import { shareOf } from '../../agent/recognise/index.ts';

const captured = { leastShare: 0.98, marginShare: 0.02 };
const strict = { leastShare: 0.98, marginShare: 0 };

test('a share is judged by its interval', async (t) => {
  for (const [count, n, rule, verdict] of [
    [0, 0, captured, 'unmeasured'],
    [5, 5, captured, 'undecided'],
    [92, 92, captured, 'undecided'],
    [93, 93, captured, 'pass'],
    [200, 200, captured, 'pass'],
    [198, 200, captured, 'pass'],
    [196, 200, captured, 'undecided'],
    [194, 200, captured, 'undecided'],
    [190, 200, captured, 'fail'],
    [185, 200, captured, 'fail'],
    [0, 10, captured, 'fail'],
    [188, 188, strict, 'undecided'],
    [189, 189, strict, 'pass'],
    // most of the way there, and enough to know that it is not all of it
    [9700, 10_000, captured, 'fail'],
    [9800, 10_000, captured, 'pass'],
    [9800, 10_000, strict, 'undecided'],
  ] as const)
    t.equal(judgeShare(shareOf(count, n), rule), verdict, `${count} of ${n}, margin ${rule.marginShare}`);
});

test('how many passages it would take', async (t) => {
  t.equal(neededFor(shareOf(12, 12), captured), 93);
  t.equal(neededFor(shareOf(0, 0), captured), 93);
  t.equal(neededFor(shareOf(190, 200), captured), null, 'no number makes that good');
  const needed = neededFor(shareOf(98, 100), captured)!;
  t.ok(needed > 200 && needed < 800, String(needed));
  t.equal(judgeShare(shareOf(Math.round(needed * 0.98), needed), captured), 'pass');
});

test('a clock that nobody keeps right fails, whatever its offset', async (t) => {
  const rule = { mostOffsetMs: 100 };
  t.equal(judgeClock({ synchronised: true, offsetMs: -99 }, rule), 'pass');
  t.equal(judgeClock({ synchronised: null, offsetMs: 3 }, rule), 'pass');
  t.equal(judgeClock({ synchronised: true, offsetMs: 101 }, rule), 'fail');
  t.equal(judgeClock({ synchronised: false, offsetMs: 3 }, rule), 'fail');
  t.equal(judgeClock({ synchronised: true, offsetMs: null }, rule), 'unmeasured');
});

test('one failure fails the camera; it is accepted when everything has passed', async (t) => {
  t.equal(overall(['pass', 'pass']), 'pass');
  t.equal(overall(['pass', 'fail', 'undecided']), 'fail');
  t.equal(overall(['pass', 'undecided']), 'undecided');
  t.equal(overall(['pass', 'unmeasured']), 'undecided');
  t.equal(overall([]), 'undecided', 'a standard that asks for nothing accepts nothing');
});
