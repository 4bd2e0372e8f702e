import { test } from 'tap';
import {
  calibrated,
  clarityOf,
  type Grounds,
  type Scale,
  UNCALIBRATED_MOST,
} from '../../agent/confidence/index.ts';

const clear: Grounds = {
  shown: 0.98,
  rival: 0.01,
  clarity: 0.99,
  agreement: 1,
  cut: false,
  characters: 7,
};
const scale: Scale = {
  bias: -4,
  weights: { shown: 0.5, rival: 0.4, clarity: 0.9, agreement: 1, cut: -2, characters: 0.1 },
  sureFrom: 0.99,
  most: 0.998,
};
const claim = {
  confidence: 0.98,
  alternatives: [
    { text: '1ABC128', confidence: 0.01 },
    { text: 'IABC123', confidence: 0.004 },
  ],
};
const sure = (grounds: Partial<Grounds>) => calibrated(claim, { ...clear, ...grounds }, scale).confidence;

test('each ground works in its direction', (t) => {
  const best = sure({});
  for (const worse of [
    { shown: 0.5 },
    { rival: 0.3 },
    { clarity: 0.6 },
    { agreement: 0.3 },
    { cut: true },
  ] satisfies Partial<Grounds>[])
    t.ok(sure(worse) < best, JSON.stringify(worse));
  t.end();
});

test('nothing is surer than what was measured at the upper end', (t) => {
  t.equal(sure({ shown: 1, rival: 0, clarity: 1 }), scale.most);
  t.ok(sure({ shown: 0, rival: 1, clarity: 0, agreement: 0 }) > 0, 'nor is anything out of the question');
  t.end();
});

test('what is called sure begins where it was measured to hold', (t) => {
  const shareWith = (sureFrom: number) => calibrated(claim, clear, { ...scale, sureFrom }).confidence;
  const share = shareWith(0);
  t.ok(share > 0.99 && share < scale.most, `${share}`);
  t.equal(shareWith(share - 0.0001), share);
  t.equal(shareWith(share + 0.0001), 0.9899);
  t.end();
});

test('what the text loses the others gain, and none of them gets ahead of it', (t) => {
  const { confidence, alternatives } = calibrated(claim, { ...clear, clarity: 0.8, shown: 0.7 }, scale);
  t.ok(confidence < claim.confidence);
  t.ok(alternatives[0]!.confidence > 0.01);
  t.same(
    alternatives.map(({ text }) => text),
    ['1ABC128', 'IABC123'],
  );
  const poor = calibrated(claim, { ...clear, clarity: 0.1, shown: 0.1 }, scale);
  for (const other of poor.alternatives) t.ok(other.confidence <= poor.confidence);
  t.end();
});

test('a reader that nobody calibrated is not believed beyond a limit', (t) => {
  t.equal(calibrated(claim, clear, null).confidence, UNCALIBRATED_MOST);
  t.equal(calibrated({ ...claim, confidence: 0.4 }, clear, null).confidence, 0.4, 'below it, it is');
  t.equal(calibrated({ confidence: 1, alternatives: [] }, clear, null).confidence, UNCALIBRATED_MOST);
  t.end();
});

test('clarity is comparable between short and long texts', (t) => {
  const slots = (n: number) => Array.from({ length: n }, () => []);
  t.ok(Math.abs(clarityOf({ slots: slots(4), confidence: 0.9 ** 4 }) - 0.9) < 1e-9);
  t.ok(Math.abs(clarityOf({ slots: slots(8), confidence: 0.9 ** 8 }) - 0.9) < 1e-9);
  t.equal(clarityOf({ slots: [], confidence: 1 }), 0);
  t.ok(clarityOf({ slots: slots(2), confidence: 0 }) > 0);
  t.end();
});
