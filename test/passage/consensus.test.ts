import { test } from 'tap';
import { likeliestCountry } from '../../agent/grammar/index.ts';
import { bestTexts, consensusOf, evidenceOf, type LookEvidence } from '../../agent/passage/consensus.ts';
import { defaultPolicy } from '../../agent/passage/policy.ts';
import type { Reading } from '../../agent/vision/index.ts';
import { readingOf, slotOf } from './road.ts';

const look = (reading: Reading, trust = 1) => evidenceOf(reading, trust, defaultPolicy);
const consensus = (...looks: ReturnType<typeof look>[]) => consensusOf(looks, defaultPolicy);

/** `text` with one character shared between two. */
function doubtful(text: string, at: number, other: string, share: number): Reading {
  const reading = readingOf(text);
  reading.slots[at] = slotOf(text[at]!, share, other);
  return reading;
}

test('one look counts as itself', (t) => {
  const { text, confidence } = consensus(look(readingOf('1ABC123', 0.95)));
  t.equal(text, '1ABC123');
  t.ok(Math.abs(confidence - 0.95 ** 7) < 0.1, `${confidence}`);
  t.end();
});

test('a wrong single look is outvoted', (t) => {
  const right = look(readingOf('1ABC123'));
  const { text, alternatives } = consensus(right, look(readingOf('1ABC128')), right);
  t.equal(text, '1ABC123');
  t.ok(alternatives.some((each) => each.text === '1ABC128'));
  t.end();
});

test('many doubtful looks at one side beat one sure look at the other', (t) => {
  const doubt = look(doubtful('1ABC128', 6, '3', 0.8));
  const { text } = consensus(look(readingOf('1ABC123', 0.9)), doubt, doubt, doubt, doubt, doubt, doubt);
  t.equal(text, '1ABC128');
  t.end();
});

test('looks are no independent witnesses: a hundred of them are worth no more than four', (t) => {
  const one = look(doubtful('1ABC128', 6, '3', 0.6));
  const many = consensus(...Array.from({ length: 100 }, () => one));
  const four = consensusOf(Array(4).fill(one), { ...defaultPolicy, lookCorrelation: 0 });
  t.ok(many.confidence <= four.confidence + 1e-9, `${many.confidence} <= ${four.confidence}`);
  t.ok(many.confidence > consensus(one).confidence);
  t.end();
});

test('a look with little trust changes little', (t) => {
  const { text, confidence } = consensus(look(readingOf('1ABC123')), look(readingOf('7XYZ987'), 0.05));
  t.equal(text, '1ABC123');
  t.ok(confidence > 0.5, `${confidence}`);
  t.end();
});

test('readings of other lengths are lined up', (t) => {
  const whole = look(readingOf('1ABC123'));
  for (const other of ['ABC123', '1ABC12', '1AC123', 'I1ABC123', '1ABC1234', '1ABBC123']) {
    const { text, slots } = consensus(whole, look(readingOf(other)), whole);
    t.equal(text, '1ABC123', other);
    t.equal(slots.length, 7, other);
    t.equal(consensus(look(readingOf(other), 0.9), whole, whole).text, '1ABC123', `${other} among others`);
  }
  t.end();
});

test('a character that most looks miss is an alternative', (t) => {
  const short = look(readingOf('ABC123'));
  const { text, alternatives } = consensus(short, short, look(readingOf('1ABC123')));
  t.equal(text, 'ABC123');
  t.equal(alternatives[0]?.text, '1ABC123');
  t.end();
});

test('seconds of two characters combine to alternatives', (t) => {
  const reading = readingOf('1ABC123');
  reading.slots[0] = slotOf('1', 0.6, 'I');
  reading.slots[6] = slotOf('3', 0.7, '8');
  const { alternatives } = consensus(look(reading));
  t.same(
    alternatives.slice(0, 3).map(({ text }) => text),
    ['IABC123', '1ABC128', 'IABC128'],
  );
  t.end();
});

test('a format adds nothing: a text of the country is as sure as one of none', (t) => {
  const national = consensus(look(readingOf('1ABC123', 0.9)));
  const foreign = consensus(look(readingOf('XQ9ZZ0K', 0.9)));
  t.ok(Math.abs(national.confidence - foreign.confidence) < 1e-9);
  t.end();
});

test('slots are the ones of the characters, each a distribution', (t) => {
  const { text, slots } = consensus(look(readingOf('1ABC123')), look(readingOf('11ABC123')));
  t.equal(slots.length, text.length);
  for (const slot of slots) t.ok(Math.abs(slot.reduce((a, b) => a + b, 0) - 1) < 1e-9);
  t.end();
});

test('country by evidence, unknown when weak or when the reader has none', (t) => {
  const told = (countries: Record<string, number>) => look(readingOf('1ABC123', 0.98, countries));
  const country = (...looks: LookEvidence[]) =>
    likeliestCountry(consensus(...looks).countries, defaultPolicy.minCountry);
  const [sure, confidence] = country(
    told({ B: 0.7, NL: 0.2, unknown: 0.1 }),
    told({ B: 0.8, NL: 0.1, unknown: 0.1 }),
  );
  t.equal(sure, 'B');
  t.ok(confidence > 0.8);
  t.equal(country(told({ B: 0.4, NL: 0.4, unknown: 0.2 }))[0], 'unknown');
  t.same(country(told({})), ['unknown', 0]);
  t.end();
});

test('one clear look is not drowned by blurred ones', (t) => {
  const blurred = look(readingOf('7A8C123', 0.6));
  const { text } = consensus(look(readingOf('1ABC123', 0.99)), ...Array.from({ length: 7 }, () => blurred));
  t.equal(text, '1ABC123');
  t.end();
});

test('lines by trust', (t) => {
  const two: Reading = { ...readingOf('1ABC123'), lines: 2 };
  t.equal(consensus(look(two), look(two), look(readingOf('1ABC123'))).lines, 2);
  t.equal(consensus(look(two, 0.2), look(readingOf('1ABC123'))).lines, 1);
  t.end();
});

test('no reading, no text', (t) => {
  t.match(consensusOf([], defaultPolicy), { text: '', confidence: 0, slots: [], alternatives: [] });
  t.match(consensus(look(readingOf(''))), { text: '', confidence: 0 });
  t.end();
});

test('a reading without any confidence breaks nothing', (t) => {
  const { confidence } = consensus(look({ ...readingOf('1ABC123'), confidence: 0 }));
  t.ok(confidence > 0 && confidence <= 1);
  t.end();
});

test('ways to the same text are added up', (t) => {
  const aOrNothing = slotOf('A', 0.5).map((share, index) => (index === 0 || share === 0.5 ? 0.5 : 0));
  const texts = bestTexts([aOrNothing, aOrNothing]);
  t.match(texts[0], { text: 'A', confidence: 0.5 });
  t.same(texts.map(({ text }) => text).sort(), ['', 'A', 'AA']);
  t.end();
});
