// What keeps look-ups away from the disk: nothing that is listed may be missed, and little else may pass.

import { test } from 'tap';
import { patternFilter } from '../../agent/watchlist/evidence-policy.ts';
import { buildFilter, mayHold } from '../../agent/watchlist/filter.ts';
import { evidenceOf, probabilityOf } from '../../agent/watchlist/index.ts';
import { seenAs } from './seen.ts';

/** Numbers below 2^48 that look random and are the same each time. */
function* spread(count: number, seed: number): Generator<number> {
  let value = BigInt(seed);
  for (let n = 0; n < count; n++) {
    value = (value * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    yield Number(value >> 16n);
  }
}

test('what is in the filter is always found; of what is not one in a thousand passes', (t) => {
  for (const count of [0, 1, 7, 1000, 50_000]) {
    const filter = buildFilter(count, spread(count, 1));
    t.ok(
      [...spread(count, 1)].every((hash) => mayHold(filter, hash)),
      `${count} entries`,
    );
    const passed = [...spread(20_000, 2)].filter((hash) => mayHold(filter, hash)).length;
    t.ok(passed <= 20_000 * 0.002, `${passed} of 20,000 others with ${count} entries`);
  }
  t.end();
});

test('a pattern is left out only when it is negligible', (t) => {
  const read = seenAs('1ABC23', { 1: { A: 0.5, X: 0.48 }, 5: { '3': 0.6, '8': 0.3, '': 0.09 } });
  const evidence = evidenceOf({ ...read, alternatives: [{ text: '1ABC237', confidence: 0.02 }] });
  const mayFit = patternFilter(evidence);
  for (const pattern of [
    '1A*',
    '?X?C*',
    '1ABC2?',
    '*23',
    '1ABC237*',
    '1ABC2',
    '*C28',
    '9*8',
    'QQ*',
    '*0W?',
    '3?1*',
  ])
    t.ok(mayFit(pattern) || probabilityOf(pattern, evidence) < 1e-3, pattern);
  t.notOk(mayFit('9WQ*'), 'that it leaves out anything at all');
  t.ok(mayFit('1ABC237*'), 'a longer text among the alternatives');
  t.end();
});
