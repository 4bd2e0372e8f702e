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
    [2.0, ['F1JLL', 0.8], ['', 0.999], 1],
    [2.0, ['F1', 0.03], ['', 0.999], 1],
    [2.2, ['', 0.999], ['F1JLL', 0.6], 2],
    [2.2, ['', 0.999], ['124', 0.4], 1],
  ];
  for (const [aspect, one, two, lines] of cases) {
    const [first, other] = [reading(...one, 1), reading(...two, 2)];
    t.equal(betterCut(aspect, 2.2, first, other).lines, lines, `${aspect} ${one} ${two}`);
    if (one[0] !== '' && two[0] !== '')
      t.equal(betterCut(aspect, 2.2, other, first).lines, lines, 'whichever was read first');
  }
});
