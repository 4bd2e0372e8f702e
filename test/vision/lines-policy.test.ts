import { test } from 'tap';
import { betterCut, isOtherCutWorthIt } from '../../agent/vision/lines-policy.ts';
import type { Reading } from '../../agent/vision/types.ts';

const reading = (text: string, confidence: number, lines: 1 | 2): Reading => ({
  ...{ text, confidence, lines },
  ...{ slots: [], countries: {} },
});

test('both ways are read where the shape leaves it in doubt and the first way is not clear', async (t) => {
  const cases: [aspect: number, text: string, confidence: number, worthIt: boolean][] = [
    [1.3, 'ABC', 0.1, false],
    [1.4, 'ABC', 0.1, true],
    [2.0, 'ABC', 0.89, true],
    [2.0, 'ABC', 0.9, false],
    [2.0, '', 0.999, true],
    [3.1, '', 0.999, true],
    [3.2, '', 0.999, false],
    [4.7, 'ABC', 0.1, false],
  ];
  for (const [aspect, text, confidence, worthIt] of cases)
    t.equal(
      isOtherCutWorthIt(aspect, reading(text, confidence, 1)),
      worthIt,
      `${aspect} "${text}" ${confidence}`,
    );
});

test('geometry comes first: the odds of the shape are weighed against what was read', async (t) => {
  const cases: [aspect: number, one: [string, number], two: [string, number], lines: 1 | 2][] = [
    [2.2, ['F1JLL', 0.6], ['FL', 0.2], 1],
    [2.2, ['F1JLL', 0.2], ['FL', 0.6], 2],
    [1.6, ['F1JLL', 0.6], ['1ABC234', 0.1], 2],
    [2.0, ['F1JLL', 0.9], ['FL', 0.1], 1],
    [3.0, ['F1JLL', 0.2], ['1ABC234', 0.9], 1],
  ];
  for (const [aspect, one, two, lines] of cases) {
    const [first, other] = [reading(...one, 1), reading(...two, 2)];
    t.equal(betterCut(aspect, 2.2, first, other).lines, lines, `${aspect} ${one} ${two}`);
    t.equal(betterCut(aspect, 2.2, other, first).lines, lines, 'whichever was read first');
  }
});

test('a cut that says nothing is no word against one that says something, whatever the shape', async (t) => {
  const said = (aspect: number, first: [string, number, 1 | 2], other: [string, number, 1 | 2]) =>
    betterCut(aspect, 2.2, reading(...first), reading(...other)).text;
  t.equal(said(1.63, ['', 0.99, 2], ['DX774ZC', 0.69, 1]), 'DX774ZC', 'a high plate of one line');
  t.equal(said(2.6, ['', 0.99, 1], ['1ABC234', 0.69, 2]), '1ABC234', 'two lines seen from above');
  t.equal(said(2.0, ['F1', 0.03, 2], ['', 0.99, 1]), 'F1', 'what was read first stays');
  t.equal(said(2.0, ['', 0.99, 2], ['124', 0.1, 1]), '', 'a guess at no plate');
  t.equal(said(2.0, ['', 0.99, 2], ['', 0.99, 1]), '');
});
