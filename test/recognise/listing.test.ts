import { test } from 'tap';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { believed, claimOfPicture } from '../../agent/recognise/claim.ts';
import { isListed } from '../../agent/recognise/listing-policy.ts';
import type { Sighting } from '../../agent/vision/index.ts';

const sighting = (text: string, score: number, confidence = 0.9): Sighting => ({
  box: [0, 0, 100, 20],
  corners: [
    [0, 0],
    [100, 0],
    [100, 20],
    [0, 20],
  ],
  score,
  reading: { text, confidence, slots: [], countries: {}, lines: 1 },
});

test('a plate is listed when it has a text, or when the detector is sure without one', async (t) => {
  const cases: [string, number, boolean, number?][] = [
    ['1ABC123', 0.31, true, 0.05],
    ['1ABC123', 0.59, false, 0.04],
    ['1ABC123', 0.6, true, 0.04],
    ['1ABC123', 0.31, true],
    ['ABC', 0.31, true],
    ['AB', 0.59, false],
    ['AB', 0.6, true],
    ['', 0.59, false],
    ['', 0.95, true],
  ];
  for (const [text, score, listed, confidence] of cases)
    t.equal(isListed(sighting(text, score, confidence)), listed, `"${text}" at ${score}`);
});

test('of a plate without a text nothing is claimed, however sure the reader is that there is none', async (t) => {
  const claim = claimOfPicture(sighting('', 0.9, 0.999), { width: 640, height: 480 }, loadGrammars());
  t.match(believed(claim, null), { text: '', confidence: 0 });
});
