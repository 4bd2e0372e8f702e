import { test } from 'tap';
import { differencesOf } from '../../agent/recognise/index.ts';

const passed = (text: string, firstMs: number, lastMs = firstMs + 1000) => ({ text, firstMs, lastMs });

test('the same plates at the same time are no difference, whatever their order and confidence', (t) => {
  const before = [passed('1ABC234', 0), passed('KO9444', 500)];
  const now = [
    { ...passed('KO9444', 700), confidence: 0.4 },
    { ...passed('1ABC234', 100), confidence: 0.9 },
  ];
  t.same(differencesOf(before, now), []);
  t.end();
});

test('each difference is told as what it is', (t) => {
  const cases = [
    [[passed('A1', 0)], [], ['missing']],
    [[], [passed('A1', 0)], ['new']],
    [[passed('A1', 0)], [passed('A7', 200)], ['other-text']],
    // the same text a minute later is another vehicle
    [[passed('A1', 0)], [passed('A1', 60_000)], ['missing', 'new']],
    // one read twice
    [[passed('A1', 0)], [passed('A1', 0), passed('A1', 900)], ['new']],
    // two beside each other: the right one is not taken for the wrong one
    [[passed('A1', 0), passed('B2', 0)], [passed('B2', 0), passed('A7', 0)], ['other-text']],
  ] as const;
  for (const [before, now, kinds] of cases)
    t.same(
      differencesOf(before, now).map(({ kind }) => kind),
      kinds,
    );
  t.end();
});

test('pictures are compared by their names', (t) => {
  const before = [{ file: 'a.jpg', text: 'A1' }];
  t.same(differencesOf(before, [{ file: 'a.jpg', text: 'A1' }]), []);
  t.same(
    differencesOf(before, [{ file: 'b.jpg', text: 'A1' }]).map(({ kind }) => kind),
    ['missing', 'new'],
  );
  t.end();
});
