// Durations, sizes and counts as people read them.

import { test } from 'tap';
import { countText, durationText, plural, sizeText } from '../../agent/shared/quantities.ts';

test('one of something is one, and no more', async (t) => {
  t.equal(countText(0, 'camera'), '0 cameras');
  t.equal(countText(1, 'camera'), '1 camera');
  t.equal(countText(4, 'camera'), '4 cameras');
  t.equal(countText(1, 'entry', 'entries'), '1 entry');
  t.equal(countText(2, 'hit waits', 'hits wait'), '2 hits wait');
  t.equal(plural(1, 'it', 'them'), 'it');
});

test('durations and sizes', async (t) => {
  for (const [ms, text] of [
    [-1, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [7_500_000, '2 h 5 min'],
    [7_200_000, '2 h'],
    [97 * 3_600_000, '4 d 1 h'],
  ] as const)
    t.equal(durationText(ms), text);
  for (const [bytes, text] of [
    [999, '999 B'],
    [4000, '4.0 kB'],
    [12_345_678, '12.3 MB'],
    [2e15, '2000.0 TB'],
  ] as const)
    t.equal(sizeText(bytes), text);
});
