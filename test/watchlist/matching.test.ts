// The probability that the plate which passed is the listed one.

import { test } from 'tap';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { loadThresholds } from '../../agent/hits/index.ts';
import {
  candidatesOf,
  evidenceOf,
  loadLost,
  matchEntries,
  plausibility,
  probabilityOf,
  type SeenPlate,
  withOneMoreOrLess,
} from '../../agent/watchlist/index.ts';
import { seenAs } from './seen.ts';

const grammars = loadGrammars();
const SMALL = { expectedPer10000: 1, entries: 100 };
const LARGE = { expectedPer10000: 1, entries: 1_000_000 };

const entry = (plate: string, country: string | null = null) => ({ plate, country });
const matchOf = (plate: string, seen: SeenPlate, prior = SMALL, country: string | null = null) =>
  matchEntries([entry(plate, country)], seen, evidenceOf(seen), prior, grammars)[0]!.probability;

test('the texts that a read can be have its calibrated confidence, and the rest in proportion', (t) => {
  const doubtful = { 0: { O: 0.6, '0': 0.39 } };
  for (const confidence of [0.2, 0.55, 0.8, 0.97]) {
    const evidence = evidenceOf(seenAs('OAB123', doubtful, { confidence }));
    t.ok(Math.abs(probabilityOf('OAB123', evidence) - confidence) < 1e-3, `${confidence}`);
    t.ok(probabilityOf('0AB123', evidence) > probabilityOf('OAB12Z', evidence));
  }
  const all = evidenceOf(seenAs('OAB123', doubtful));
  t.ok(Math.abs(probabilityOf('*', all) - 1) < 1e-9, 'all texts together are certain');
  t.end();
});

test('O and 0, I and 1: what looked alike is found by the other character, and what did not is not', (t) => {
  const seen = seenAs('1OAI12', { 1: { O: 0.55, '0': 0.44 }, 3: { I: 0.7, '1': 0.29 } });
  const evidence = evidenceOf(seen);
  const share = (text: string) => probabilityOf(text, evidence);
  t.ok(Math.abs(share('10AI12') / share('1OAI12') - 0.44 / 0.55) < 0.01);
  t.ok(share('10A112') > 0.1);
  t.ok(share('1XAI12') < 0.001, 'one edit away, and plainly not seen');
  t.ok(matchOf('10AI12', seen) > 100 * matchOf('1XAI12', seen));
  t.end();
});

test('a thin character that may be missing: out of a slot, and into an alternative', (t) => {
  const extra = evidenceOf(seenAs('1ABI23', { 3: { I: 0.6, '': 0.38 } }));
  t.ok(probabilityOf('1AB23', extra) > 0.3);
  const alternatives = [{ text: '1ABI23', confidence: 0.3 }];
  const missing = evidenceOf(seenAs('1AB23', {}, { confidence: 0.65, alternatives }));
  t.equal(probabilityOf('1ABI23', missing), 0.3);
  t.ok(Math.abs(probabilityOf('1AB23', missing) - 0.65) < 1e-3);
  t.ok(probabilityOf('*', missing) <= 1 + 1e-9);
  t.end();
});

test('a character that was lost without a trace: thin ones are looked up, as probable as the doubt allows', (t) => {
  const losses = loadLost();
  t.equal(losses.reader, loadThresholds().reader, 'measured together');
  for (const confidence of [0.3, 0.8, 0.9]) {
    const seen = seenAs('1KT562', {}, { confidence });
    const evidence = evidenceOf(seen, losses);
    const share = (text: string) => probabilityOf(text, evidence);
    t.ok(Math.abs(share('1KT562') - confidence) < 1e-3, 'the text keeps its confidence');
    t.ok(share('1KTI562') > share('1KT5A62'), 'a thin one is likelier');
    t.ok(share('1KTI562') < 1 - confidence && share('*') <= 1 + 1e-9);
    const found = candidatesOf(evidence).map(({ text }) => text);
    for (const text of ['1KTI562', '1KTJ562', 'I1KT562', '1KT562I'])
      t.ok(found.includes(text), `${text} at ${confidence}`);
    t.ok(found.length <= 128 + 7 * 36 + 6);
  }
  const two = evidenceOf(seenAs('IKT562', {}, { confidence: 0.3 }), losses);
  t.ok(probabilityOf('IIKT562', two) > probabilityOf('IKIT562', two), 'there are two places for the same');
  const alternatives = [{ text: '1KTI562', confidence: 0.15 }];
  const told = evidenceOf(seenAs('1KT562', {}, { confidence: 0.8, alternatives }), losses);
  t.equal(probabilityOf('1KTI562', told), 0.15, 'what the read itself says counts');
  const invented = evidenceOf(seenAs('1KTI562', {}, { confidence: 0.8 }), losses);
  t.ok(probabilityOf('1KT562', invented) > 1e-4, 'one that it invented');
  t.ok(candidatesOf(invented).some(({ text }) => text === '1KT562'));
  t.equal(withOneMoreOrLess('1KT562', 0, losses).size, 0, 'no doubt, nothing lost');
  t.equal(withOneMoreOrLess('', 1, losses).size, 0);
  t.equal(withOneMoreOrLess('ABCDEFGHIJKL', 1, losses).size, 12, 'no plate is longer');
  t.ok(withOneMoreOrLess('ABCDEFGHIJK', 1, losses).size <= 443);
  const sum = [...withOneMoreOrLess('1KT562', 1, losses).values()].reduce((all, each) => all + each, 0);
  t.ok(sum <= losses.share + losses.inventedShare + 1e-9);
  t.end();
});

test('a pattern has the probability of all its texts', (t) => {
  const evidence = evidenceOf(seenAs('1ABC23', { 1: { A: 0.5, X: 0.5 }, 5: { '3': 0.7, '': 0.3 } }));
  const share = (pattern: string) => probabilityOf(pattern, evidence);
  t.ok(share('1?BC2*') > 0.98);
  t.ok(Math.abs(share('1A*') - 0.5) < 0.02);
  t.ok(Math.abs(share('1ABC2?') - 0.35) < 0.02);
  t.ok(Math.abs(share('*C2') - 0.3) < 0.02);
  t.ok(share('**1**23*') <= 1);
  t.end();
});

test('two texts equally likely: each has its half, alone or both listed', (t) => {
  const seen = seenAs('1OBC234', { 1: { O: 0.5, Q: 0.5 } });
  const both = matchEntries(
    [entry('1OBC234'), entry('1QBC234')],
    seen,
    evidenceOf(seen),
    { expectedPer10000: 5000, entries: 2 },
    grammars,
  );
  const [first, second] = both.map(({ probability }) => probability);
  t.ok(Math.abs(first! - 0.5) < 0.01 && Math.abs(second! - 0.5) < 0.01, `${first} ${second}`);
  const alone = matchOf('1QBC234', seen, { expectedPer10000: 0.01, entries: 1 });
  t.ok(alone > 0.5, 'a plate that is known to drive here is likelier than any that might be issued');
  t.end();
});

test('the same read, on a longer list, says less: misreads land on listed plates', (t) => {
  const seen = seenAs('1ABC234', {}, { confidence: 0.97 });
  const small = matchOf('1ABC234', seen, SMALL);
  const large = matchOf('1ABC234', seen, LARGE);
  t.ok(small > 0.99, `${small}`);
  t.ok(large < 0.7, `${large}`);
  // By hand: 1e-10 a listed plate against one of 9 × 26³ × 10³, times the odds of the read.
  const other = plausibility('1ABC234', 'B', grammars);
  const odds = ((1e-4 / 1e6 / (1 - 1e-4) / other) * 0.97) / 0.03;
  t.ok(Math.abs(large - odds / (1 + odds)) < 0.01, `${large} ${odds / (1 + odds)}`);
  const surer = matchOf('1ABC234', seenAs('1ABC234', {}, { confidence: 0.9995 }), LARGE);
  t.ok(surer > 0.9, 'a clear read outweighs it');
  t.end();
});

test('a foreign plate with the same text counts less, and one of no known country neither fully nor nothing', (t) => {
  const of = (country: string, countryConfidence: number) =>
    matchOf('AB123C', seenAs('AB123C', {}, { country, countryConfidence }), SMALL, 'S');
  const [own, other, unknown] = [of('S', 0.95), of('N', 0.95), of('unknown', 0.6)];
  t.ok(own > unknown && unknown > other, `${own} ${unknown} ${other}`);
  t.end();
});

test('entries of one plate do not take each other’s share', (t) => {
  const seen = seenAs('1ABC234', {}, { confidence: 0.9 });
  const twice = matchEntries([entry('1ABC234'), entry('1ABC234')], seen, evidenceOf(seen), SMALL, grammars);
  const once = matchOf('1ABC234', seen);
  for (const { probability } of twice) t.ok(Math.abs(probability - once) < 1e-9);
  t.end();
});

test('candidates come most probable first, agree with the probabilities, and keep to their bound', (t) => {
  const seen = seenAs('1OAI12', { 1: { O: 0.55, '0': 0.44 }, 3: { I: 0.7, '1': 0.2, '': 0.09 } });
  const evidence = evidenceOf({ ...seen, alternatives: [{ text: '11OAI12', confidence: 0.01 }] });
  const found = candidatesOf(evidence, { most: 60, least: 1e-9 });
  t.equal(found.length, 60);
  t.equal(found[0]!.text, '1OAI12');
  t.ok(found.some(({ text }) => text === '11OAI12'));
  t.ok(found.some(({ text }) => text === '10A12'));
  for (const [rank, { text, probability }] of found.entries()) {
    t.ok(rank === 0 || probability <= found[rank - 1]!.probability);
    const exact = probabilityOf(text, evidence);
    t.ok(probability <= exact * 1.0001 && probability > exact * 0.5, text);
  }
  t.same(new Set(found.map(({ text }) => text)).size, 60, 'none twice');
  t.same(candidatesOf(evidenceOf({ ...seen, text: '', slots: [], confidence: 0 })), []);
  t.end();
});

test('nothing is found that best-first should have found before: against every text of two places', (t) => {
  const evidence = evidenceOf(seenAs('AB', { 0: { A: 0.5, B: 0.3 }, 1: { B: 0.4, '': 0.2, '8': 0.3 } }));
  const brute = new Map<string, number>();
  for (const [i, p] of evidence.slots[0]!.entries())
    for (const [j, q] of evidence.slots[1]!.entries()) {
      const text = [i, j]
        .map((index) => (index ? '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'[index - 1] : ''))
        .join('');
      brute.set(text, (brute.get(text) ?? 0) + p * q);
    }
  const best = [...brute].sort((a, b) => b[1] - a[1]).slice(0, 6);
  t.same(
    candidatesOf(evidence, { most: 400, least: 0 })
      .slice(0, 6)
      .map(({ text }) => text),
    best.map(([text]) => text),
  );
  t.end();
});
