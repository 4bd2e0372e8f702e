// What goes first when there is no room.

import { test } from 'tap';
import { type Holdings, nextStep, type Step, type Usage } from '../../agent/journal/room-policy.ts';

const roomy: Usage = {
  recordsBytes: 10,
  recordsMaxBytes: 100,
  picturesBytes: 10,
  picturesMaxBytes: 100,
  diskFreeBytes: 10e9,
  diskTotalBytes: 30e9,
  refused: false,
};
const all: Holdings = {
  copies: true,
  strayPictures: true,
  deliveredPictures: true,
  undeliveredPictures: true,
  deliveredRecords: true,
  undeliveredReads: true,
  otherUndelivered: true,
  undeliveredHits: true,
};

/** The steps in the order in which they come when each is exhausted before the next. */
function order(usage: Partial<Usage>): Step[] {
  const left = { ...all };
  const steps: Step[] = [];
  for (;;) {
    const step = nextStep({ ...roomy, ...usage }, left, false);
    if (!step) return steps;
    steps.push(step);
    left[step] = false;
  }
}

const PICTURES: Step[] = ['strayPictures', 'deliveredPictures', 'undeliveredPictures'];
const RECORDS: Step[] = ['deliveredRecords', 'undeliveredReads', 'otherUndelivered', 'undeliveredHits'];

test('the order, for each cause', async (t) => {
  t.same(order({}), [], 'there is room');
  t.same(order({ picturesBytes: 98 }), PICTURES, 'pictures over their bound: no record goes');
  t.same(order({ recordsBytes: 98 }), RECORDS, 'records over their bound: no picture goes');
  t.same(order({ diskFreeBytes: 1e6 }), ['copies', ...PICTURES], 'the disk is low: files only');
  t.same(
    order({ refused: true }),
    ['copies', ...PICTURES, ...RECORDS],
    'a commit was refused: all, hits last',
  );
  t.same(order({ refused: true, recordsBytes: 98 }), RECORDS, 'refused by its own bound');
  t.same(order({ recordsMaxBytes: null, recordsBytes: 1e12 }), [], 'without a bound');
});

test('it begins late and goes on a little, so that one gap record covers many', async (t) => {
  const at = (recordsBytes: number, underWay: boolean) =>
    nextStep({ ...roomy, recordsBytes }, all, underWay) !== undefined;
  t.equal(at(96, false), false);
  t.equal(at(96, true), true);
  t.equal(at(93, true), false);
});

test('on a tiny disk the reserve is a share of it', async (t) => {
  const tiny = { ...roomy, diskTotalBytes: 1e6 };
  t.equal(nextStep({ ...tiny, diskFreeBytes: 100e3 }, all, false), undefined);
  t.equal(nextStep({ ...tiny, diskFreeBytes: 10e3 }, all, false), 'copies');
});
