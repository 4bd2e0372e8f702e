// What got worse since: chance and repeated measuring are not taken for change.

import { test } from 'tap';
import { changeOf, changeOfShare, compare } from '../../agent/commission/compare-policy.ts';
import { shareOf } from '../../agent/recognise/index.ts';
import { contentFrom, stateOf } from './state.ts';

test('numbers change when the difference is larger than measuring twice gives', async (t) => {
  for (const [name, before, now, change] of [
    ['width', 130, 126, 'same'],
    ['width', 130, 110, 'worse'],
    ['width', 110, 130, 'better'],
    ['tilt', 2, -2.5, 'same'],
    ['tilt', -2, 9, 'worse'],
    ['tilt', -9, 1, 'better'],
    ['angle', 12, 20, 'worse'],
    ['sharpness', 1.8, 2.6, 'worse'],
    ['contrast', 120, 60, 'worse'],
    ['delivery', 700, 850, 'same'],
    ['delivery', 700, 1900, 'worse'],
    ['clock', 2, -18, 'same'],
    ['clock', 2, -80, 'worse'],
    ['fps', 25, 12.5, 'worse'],
    ['width', null, 12, 'unknown'],
    ['other', 1, 2, 'unknown'],
  ] as const)
    t.equal(changeOf(name, before, now), change, `${name} ${before} ${now}`);
});

test('shares change when chance does not explain it', async (t) => {
  t.equal(changeOfShare(shareOf(99, 100), shareOf(97, 100)), 'same');
  t.equal(changeOfShare(shareOf(990, 1000), shareOf(940, 1000)), 'worse');
  t.equal(changeOfShare(shareOf(940, 1000), shareOf(990, 1000)), 'better');
  t.equal(changeOfShare(shareOf(0, 0), shareOf(5, 5)), 'unknown');
});

test('a camera that was turned, a year later', async (t) => {
  const before = contentFrom(stateOf(100));
  const turned = stateOf(100);
  for (const { plate } of turned.passages)
    plate!.measure = { ...plate!.measure, widthPx: 80, tiltDegrees: -11 };
  for (const { id } of turned.reads.slice(0, 20)) turned.answers[id] = { kind: 'wrong', text: 'XX' };
  const rows = compare(before, contentFrom(turned));
  const worse = rows.filter(({ change }) => change === 'worse').map(({ name }) => name);
  t.same(worse, ['read', 'width', 'tilt']);
  t.ok(rows.every(({ change }) => change !== 'better'));
  t.ok(
    compare(before, before).every(({ change }) => change === 'same'),
    'nothing has changed against itself',
  );
});
