// What moved and gave no read, and how much of the time nobody could have noticed.

import { test } from 'tap';
import { momentsOf } from '../../agent/commission/moments-policy.ts';

const motion = (from: number, to: number) => ({ from, to });
const passage = (from: number, to: number, outcome = 'read') => ({ from, to, outcome });
const segments = [{ from: 0, to: 100_000 }];

test('a motion that gave a read is explained, one that gave none is shown', async (t) => {
  const { moments, found } = momentsOf({
    motions: [motion(10_000, 14_000), motion(30_000, 34_000)],
    passages: [passage(11_000, 12_000)],
    pictures: [11_500, 30_500, 31_100, 32_900, 50_000],
    segments,
  });
  t.equal(found, 1);
  t.match(moments, [{ from: 30_000, to: 33_000, pictures: [30_500, 31_100, 32_900] }]);
});

test('a second read of the same vehicle explains too; a doubtful plate that was dropped does not', async (t) => {
  const motions = [motion(10_000, 14_000)];
  const at = (outcome: string) =>
    momentsOf({ motions, passages: [passage(11_000, 12_000, outcome)], pictures: [11_500], segments }).found;
  t.equal(at('same-vehicle'), 0);
  t.equal(at('too-few-looks'), 1);
  t.equal(at('low-confidence'), 1);
});

test('parts of one motion belong together, and a long one is asked in parts', async (t) => {
  const motions = Array.from({ length: 10 }, (_, index) =>
    motion(10_000 + 2000 * index, 12_000 + 2000 * index),
  );
  const pictures = Array.from({ length: 40 }, (_, index) => 10_000 + 500 * index);
  const { moments } = momentsOf({ motions, passages: [], pictures, segments });
  t.equal(moments.length, 3);
  for (const { from, to, pictures } of moments) {
    t.ok(to - from <= 8000);
    t.ok(pictures.length <= 6 && pictures.every((at) => at >= from && at <= to));
  }
});

test('a motion whose pictures found no room counts; a flicker without a picture does not', async (t) => {
  const { moments, found } = momentsOf({
    motions: [motion(10_000, 15_000), motion(30_000, 31_900)],
    passages: [],
    pictures: [],
    segments,
  });
  t.equal(moments.length, 0);
  t.equal(found, 1);
});

test('the share of the time in which a missed vehicle would hide', async (t) => {
  const facts = { motions: [], pictures: [], segments };
  t.equal(momentsOf({ ...facts, passages: [passage(10_000, 18_000)] }).blindShare, 0.1);
  // overlapping ones count once, what lies outside the recording not at all
  const passages = [passage(10_000, 18_000), passage(12_000, 15_000), passage(200_000, 300_000)];
  t.equal(momentsOf({ ...facts, passages }).blindShare, 0.1);
  t.equal(momentsOf({ ...facts, passages: [], segments: [] }).blindShare, null);
});
