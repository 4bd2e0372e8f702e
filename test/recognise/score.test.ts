import { test } from 'tap';
import { type Found, scorePicture } from '../../agent/recognise/score-policy.ts';
import type { TruePlate } from '../../agent/recognise/truth.ts';

const plate = (x: number, text: string, ignored = false): TruePlate => ({
  box: [x, 0, 100, 20],
  text,
  ignored,
});
const found = (x: number, text: string): Found => ({ box: [x, 0, 100, 20], text, confidence: 1 });

test('a plate is found at half an overlap, and by one detection only', async (t) => {
  const { outcomes, elsewhere } = scorePicture(
    [plate(0, 'A1'), plate(300, 'B2'), plate(600, 'C3')],
    [found(5, 'A1'), found(10, 'A1'), found(334, 'B2')],
  );
  t.match(outcomes, [
    { found: { box: [5] }, exact: true, wrongCharacters: 0 },
    { found: null, exact: false, wrongCharacters: 2 },
    { found: null, exact: false, wrongCharacters: 2 },
  ]);
  t.same(
    elsewhere.map(({ box }) => box[0]),
    [10, 334],
    'a second time, or too far off: elsewhere',
  );
});

test('the best pairs come first, whatever the order', async (t) => {
  const { outcomes, elsewhere } = scorePicture(
    [plate(0, 'A1'), plate(30, 'B2')],
    [found(28, 'B2'), found(2, 'A1')],
  );
  t.ok(outcomes.every(({ exact }) => exact));
  t.same(elsewhere, []);
});

test('O and 0 differ exactly, and are the same leniently', async (t) => {
  const [one] = scorePicture([plate(0, 'O0B1')], [found(0, '00B1')]).outcomes;
  t.match(one, { exact: false, exactLenient: true, wrongCharacters: 1 });
  const [other] = scorePicture([plate(0, 'O0B1')], [found(0, '00B7')]).outcomes;
  t.match(other, { exact: false, exactLenient: false, wrongCharacters: 2 });
});

test('a text much too long costs no more characters than the plate has', async (t) => {
  t.equal(scorePicture([plate(0, 'AB')], [found(0, '0123456789')]).outcomes[0]?.wrongCharacters, 2);
});

test('ignored areas count neither way', async (t) => {
  const { outcomes, elsewhere } = scorePicture(
    [plate(0, 'A1', true), plate(300, 'B2')],
    [found(0, 'A1'), found(45, 'XX'), found(60, 'YY')],
  );
  t.equal(outcomes.length, 1);
  t.same(
    elsewhere.map(({ text }) => text),
    ['YY'],
    'what lies on one for the most part is no false read',
  );
});

test('a plate without a known text can be found, but never be right or wrong', async (t) => {
  t.match(scorePicture([plate(0, '')], [found(0, '')]).outcomes, [
    { found: { text: '' }, exact: false, exactLenient: false, wrongCharacters: 0 },
  ]);
});
