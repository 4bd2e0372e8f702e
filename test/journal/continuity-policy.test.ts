// When a journal goes on where it stopped, and when a new epoch has to begin.

import { test } from 'tap';
import { brokenContinuity, type Found } from '../../agent/journal/continuity-policy.ts';
import type { Mark } from '../../agent/journal/mark.ts';

const mark: Mark = {
  epoch: 'e',
  epochNumber: 2,
  firstPosition: 1,
  seq: 10,
  position: 10,
  ageMs: 0,
  inode: '7',
  closedAt: null,
};
const found: Found = {
  epoch: 'e',
  seq: 10,
  ended: { before: 5 },
  inode: '7',
  changedAt: '100',
  before: 'with-mark',
};

const table: [
  what: string,
  mark: Partial<Mark> | undefined,
  found: Partial<Found>,
  expected: RegExp | undefined,
][] = [
  ['goes on', {}, {}, undefined],
  ['goes on after a clean end', { closedAt: '100' }, {}, undefined],
  ['the mark is older after a power cut', { seq: 3 }, {}, undefined],
  ['an old copy of the file', { seq: 11 }, {}, /set back: seq 11 .* ends at 10/],
  ['another file in its place', { inode: '8' }, {}, /another file/],
  ['changed while nobody had it open', { closedAt: '99' }, {}, /changed while/],
  ['a crash between the first commit of an epoch and its mark', { epoch: 'before', seq: 5 }, {}, undefined],
  ['the same, but that epoch is set back too', { epoch: 'before', seq: 6 }, {}, /set back/],
  ['the mark of another journal', { epoch: 'other' }, {}, /of another journal/],
  ['no mark', undefined, {}, /mark file is missing/],
  ['no mark, but nothing was ever appended', undefined, { before: 'empty' }, undefined],
  ['no mark, because an older agent wrote it', undefined, { before: 'without-mark' }, undefined],
];

test('continuity', async (t) => {
  for (const [what, overMark, overFound, expected] of table) {
    const reason = brokenContinuity(overMark && { ...mark, ...overMark }, { ...found, ...overFound });
    if (expected) t.match(reason, expected, what);
    else t.equal(reason, undefined, what);
  }
});
