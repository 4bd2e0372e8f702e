// The fit behind scripts/calibrate: it finds a scale that it is shown, and keeps grounds to their direction.

import { test } from 'tap';
import { calibrated, featureNames, featuresOf, type Grounds } from '../../agent/confidence/index.ts';
import { fitScale, type Sample, shareText } from '../../scripts/passages/fit.ts';
import { binsOf, reliabilityPlot } from '../../scripts/passages/plot.ts';
import { randomOf } from './road.ts';

const truth = { shown: 0.8, rival: 0.3, clarity: 0.6, agreement: 1.5, cut: -1, characters: 0 };

function samples(count: number, weights: typeof truth, seed: number): Sample[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => {
    const grounds: Grounds = {
      shown: random(),
      rival: 0.5 * random(),
      clarity: 0.3 + 0.7 * random(),
      agreement: random(),
      cut: random() < 0.2,
      characters: 5 + Math.floor(4 * random()),
    };
    const features = featuresOf(grounds);
    const z = featureNames.reduce((sum, name) => sum + weights[name] * features[name], -1);
    return { grounds, right: random() < 1 / (1 + Math.exp(-z)) };
  });
}

test('a fitted scale says what holds, also of what it was not fitted on', (t) => {
  const scale = fitScale(samples(6000, truth, 1));
  for (const name of ['shown', 'rival', 'clarity', 'agreement', 'cut'] as const)
    t.ok(Math.abs(scale.weights[name] - truth[name]) < 0.25, `${name} ${scale.weights[name]}`);
  const others = samples(8000, truth, 2)
    .filter(({ grounds }) => !grounds.cut) // never more than half sure, whatever the fit says
    .map(({ grounds, right }) => ({
      confidence: calibrated({ confidence: 0.5, alternatives: [] }, grounds, scale).confidence,
      right,
    }));
  for (const { claimed, right, from, to } of binsOf(others))
    if (right.n >= 300) t.ok(Math.abs(claimed - right.share!) < 0.05, `${from} to ${to}: ${right.share}`);
  t.ok(scale.most > 0.95 && scale.most < 1, `${scale.most}`);
  t.end();
});

test('a ground that works the wrong way in the samples is left out', (t) => {
  const { weights } = fitScale(samples(4000, { ...truth, agreement: -1.5, cut: 1 }, 3));
  t.equal(weights.agreement, 0);
  t.equal(weights.cut, 0);
  t.ok(weights.shown > 0.5);
  t.end();
});

test('shares are told with their interval', (t) => {
  t.equal(shareText(1, 940), '1 of 940, 0.11 % (0.02 to 0.60)');
  t.equal(shareText(0, 0), '0 of 0');
  t.end();
});

test('the plot is an SVG with a point for each bin that holds enough', (t) => {
  const reads = Array.from({ length: 40 }, (_, i) => ({
    confidence: i < 20 ? 0.6 : 0.97,
    right: i % 4 !== 0,
  }));
  const svg = reliabilityPlot('reader 1.0.0', [
    { name: 'passages', reads },
    { name: 'few', reads: reads.slice(0, 5) },
  ]);
  t.match(svg, /^<svg [^>]*role="img"/);
  t.equal(svg.match(/<circle class="s0" [^>]*fill-opacity/g)?.length, 2);
  t.equal(svg.match(/<circle class="s1" [^>]*fill-opacity/g), null);
  t.match(svg, /prefers-color-scheme: dark/);
  t.notMatch(svg, /NaN|undefined/);
  t.end();
});
