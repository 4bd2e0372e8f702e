import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import {
  explain,
  explainReading,
  explainSeen,
  likeliestCountry,
  loadGrammars,
  NO_GRAMMARS,
} from '../../agent/grammar/index.ts';
import { ALPHABET, type Slot } from '../../agent/vision/index.ts';

const grammars = loadGrammars();

/** `A` for sure, or `O9|05`: O with 0.9, else 0 with 0.05, the rest spread evenly. */
function slotsOf(...seen: string[]): Slot[] {
  return seen.map((told) => {
    const shares = new Map(
      told.split('|').map((part) => [part[0]!, part.length > 1 ? Number(`0.${part.slice(1)}`) : 0.999]),
    );
    const rest = 1 - [...shares.values()].reduce((sum, share) => sum + share, 0);
    const slot = new Array<number>(37).fill(rest / (37 - shares.size));
    for (const [character, share] of shares) slot[ALPHABET.indexOf(character) + 1] = share;
    return slot;
  });
}
const confidenceOf = (slots: Slot[]) => slots.reduce((product, slot) => product * Math.max(...slot), 1);
const explained = (slots: Slot[], countries = {}) => explain(slots, confidenceOf(slots), countries, grammars);

test('a zero that looks like an O is a zero where every country has digits', (t) => {
  const { text, confidence } = explained(slotsOf('R', 'K', 'O6|039', '0', '3', 'A', 'B'));
  t.equal(text, 'RK003AB');
  t.ok(confidence > 0.9, 'the picture left no doubt but between these two');
  t.end();
});

test('where a country draws two characters the same, their place tells which it is', (t) => {
  const seen = slotsOf('L', 'K', 'I99', 'I99', 'G', 'R', 'X');
  const { text, confidence, slots } = explained(seen, { GB: 0.9, unknown: 0.05 });
  t.equal(text, 'LK11GRX', 'British 1 and I are one shape');
  t.ok(confidence > 0.9, 'so it was as clearly seen');
  t.ok(slots[2]![ALPHABET.indexOf('1') + 1]! > 0.9);
  t.equal(explained(seen, { unknown: 0.99 }).text, 'LKIIGRX', 'elsewhere they are two');
  const personal = slotsOf('1', 'F', 'A', 'B', 'U', 'L', 'O');
  t.equal(explained(personal, { GB: 0.9, unknown: 0.05 }).text, '1FABULO', 'no pattern, no change');
  t.end();
});

test('a Belgian index is 1 or 2, unless another was clearly seen', (t) => {
  t.equal(explained(slotsOf('898|101', 'R', 'T', 'K', '1', '8', '2'), { B: 0.95 }).text, '8RTK182');
  t.equal(explained(slotsOf('765|13', 'R', 'T', 'K', '1', '8', '2'), { B: 0.95 }).text, '1RTK182');
  t.equal(explained(slotsOf('999', 'R', 'T', 'K', '1', '8', '2'), { B: 0.95 }).text, '9RTK182');
  t.end();
});

test('a personal plate keeps what was read: letters are as likely as digits there', (t) => {
  t.equal(explained(slotsOf('6', 'C', 'I94|105', 'G', '6', 'I', '7'), { B: 0.99 }).text, '6CIG6I7');
  t.equal(
    explained(slotsOf('A', 'U', 'D', 'A', 'C', 'I', 'O56|043'), { B: 0.9, unknown: 0.1 }).text,
    'AUDACIO',
  );
  t.end();
});

test('a character that was clearly seen is not overruled', (t) => {
  t.equal(explained(slotsOf('R', 'K', 'O9999', '0', '3', 'A', 'B')).text, 'RKO03AB');
  t.end();
});

test('a foreign plate is not forced into the home grammar', (t) => {
  const belgian = { B: 0.9, unknown: 0.05 };
  t.equal(
    explained(slotsOf('A', 'B', '1', '2', '3', 'C', 'D'), belgian).text,
    'AB123CD',
    'French, however Belgian it looks',
  );
  t.equal(explained(slotsOf('M', '5', 'X', 'S', 'X')).text, 'M5XSX', 'of no pattern at all');
  t.end();
});

test('a text that fits a pattern is no surer for it', (t) => {
  const slots = slotsOf('1', 'A7|H2', 'B', 'C', '2', '3', '4');
  const { text, confidence } = explained(slots, { B: 0.95 });
  t.equal(text, '1ABC234');
  t.ok(confidence <= confidenceOf(slots) * 1.02, 'A and H are no look-alikes: the doubt stays');
  t.end();
});

test('slots stay distributions, and so do countries', (t) => {
  const { slots, countries } = explained(slotsOf('1', 'O5|04', 'B', 'C', '2', '3', '4'), {
    B: 0.5,
    NL: 0.3,
    unknown: 0.2,
  });
  for (const slot of slots) t.ok(Math.abs(slot.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
  t.ok(Math.abs(Object.values(countries).reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
  t.ok(countries.B! > 0.9, 'only Belgium has this pattern');
  t.end();
});

test('no text explains itself', (t) => {
  const { text, confidence } = explain([], 0.4, {}, grammars);
  t.equal(text, '');
  t.equal(confidence, 0.4);
  t.end();
});

test('a broken grammar is refused with the file and what is wrong', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'plates-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const cases: [string, RegExp][] = [
    ["country: B\nname: Belgium\npatterns: [{ pattern: 'abc', share: 10 }]", /A, 9 and \[\.\.\] only/],
    [
      "country: B\nname: Belgium\npatterns: [{ pattern: 'A9', share: 60 }, { pattern: '9A', share: 60 }]",
      /add up to 120/,
    ],
    ["country: B\nname: Belgium\nletter: ABC\npatterns: [{ pattern: 'A9', share: 60 }]", /letter/],
  ];
  for (const [text, message] of cases) {
    writeFileSync(join(directory, 'B.yaml'), text);
    t.throws(() => loadGrammars(directory), { code: 'grammar.invalid', message });
  }
  t.end();
});

test('the country is the most probable one, or unknown', (t) => {
  t.same(likeliestCountry({ unknown: 0.2, B: 0.5, NL: 0.3 }, 0.5), ['B', 0.5]);
  t.same(likeliestCountry({ unknown: 0.2, B: 0.45, NL: 0.35 }, 0.5), ['unknown', 0.2]);
  t.same(likeliestCountry({}, 0.5), ['unknown', 0]);
  t.end();
});

test('a foreign plate is not claimed by a country that has a pattern of the same shape', (t) => {
  const { countries } = explained(slotsOf('8', '9', 'C', '2', '0', '3', '3', '9'), { unknown: 0.9 });
  t.not(likeliestCountry(countries, 0.5)[0], 'IRL', 'Vietnamese, and not Irish');
  const other = explained(slotsOf('3', '4', 'A', '3', '6', '8', '3', '7'), { B: 0.7, unknown: 0.3 });
  t.equal(likeliestCountry(other.countries, 0.5)[0], 'VN', 'no Irish year, no Irish county');
  const none = explained(slotsOf('9', '9', '9', 'X', '4', '4', 'K', 'K'), { B: 0.5, unknown: 0.5 });
  t.equal(likeliestCountry(none.countries, 0.5)[0], 'unknown', 'nobody has that');
  t.end();
});

test('the patterns of the rest of the world tell O from zero, and claim no country', (t) => {
  const doubt = (either: string) => `${either[0]}48|${either[1]}48`;
  const cases: [seen: string[], text: string][] = [
    [['Q', 'H', 'A', '1', doubt('O0'), '2', '7'], 'QHA1027'],
    [['4', 'K', doubt('O0'), 'B', '5', '1', '9'], '4KOB519'],
    [['M', 'H', '1', '2', 'A', doubt('8B'), '1', '2', '3', '4'], 'MH12AB1234'],
  ];
  for (const [seen, text] of cases) {
    const read = explained(slotsOf(...seen), { unknown: 0.9, B: 0.05 });
    t.equal(read.text, text);
    t.equal(likeliestCountry(read.countries, 0.5)[0], 'unknown', text);
    t.ok(read.confidence < 0.98, 'either was seen as well');
  }
  t.notOk(grammars.countries.includes('unknown'), 'it is no country');
  t.end();
});

test('a reading that the grammars change keeps what was read among its alternatives', (t) => {
  const slots = slotsOf('R', 'K', 'O6|039', '0', '3', 'A', 'B');
  const reading = {
    text: 'RKO03AB',
    confidence: confidenceOf(slots),
    slots,
    countries: {},
    lines: 1 as const,
  };
  const { text, alternatives } = explainReading(reading, grammars);
  t.equal(text, 'RK003AB');
  t.equal(alternatives?.[0]?.text, 'RKO03AB');
  const more = ['RKQ03AB', 'RK003AB', 'RK03AB', 'RKO03A', 'KO03AB', 'RKD03AB'].map((other, i) => ({
    text: other,
    confidence: 0.01 + 0.01 * i,
  }));
  const listed = explainReading({ ...reading, alternatives: more }, grammars).alternatives ?? [];
  t.equal(listed.length, 4);
  t.notOk(
    listed.some((other) => other.text === text),
    'without the text itself',
  );
  t.same(
    listed,
    [...listed].sort((a, b) => b.confidence - a.confidence),
    'best first',
  );
  t.end();
});

test('a text that is one too short for its country gives way to a longer one that the picture tells of too', (t) => {
  const seen = (
    text: string,
    confidence: number,
    other: string,
    otherwise: number,
    countries = { B: 0.97 },
  ) => ({
    text,
    confidence,
    slots: slotsOf(...text),
    alternatives: [{ text: other, confidence: otherwise }],
    countries,
  });
  const thin = explainSeen(seen('1QM180', 0.7, '1QIM180', 0.13), grammars);
  t.equal(thin.text, '1QIM180', 'an I that blur took away');
  t.equal(thin.slots.length, 7);
  t.ok(thin.confidence <= 0.2, `the picture said little of it: ${thin.confidence}`);
  t.equal(explainSeen(seen('1QM180', 0.95, '1QIM180', 0.02), grammars).text, '1QM180', 'next to nothing');
  t.equal(explainSeen(seen('1QIM180', 0.7, '1QM180', 0.2), grammars).text, '1QIM180');
  t.equal(
    explainSeen(seen('ABC123', 0.6, '1ABC123', 0.3), grammars).text,
    '1ABC123',
    'both are Belgian, one is much more',
  );
  const foreign = { ...seen('Q1M8', 0.7, 'Q1IM8', 0.1), countries: { unknown: 0.99 } };
  t.equal(explainSeen(foreign, grammars).text, 'Q1M8', 'a plate of no known pattern keeps its length');
  t.end();
});

test('weighing lengths makes no read surer', (t) => {
  const slots = slotsOf(...'1QIM180');
  const alone = { text: '1QIM180', confidence: 0.6, slots, countries: { B: 0.97 } };
  const before = explain(slots, 0.6, { B: 0.97 }, grammars).confidence;
  t.equal(explainSeen(alone, grammars).confidence, before, 'one length: nothing to weigh');
  const doubted = { ...alone, alternatives: [{ text: '1QM180', confidence: 0.3 }] };
  t.ok(explainSeen(doubted, grammars).confidence <= before);
  t.end();
});

test('without grammars, and without a text, nothing is weighed', (t) => {
  const slots = slotsOf(...'1QM180');
  const alternatives = [{ text: '1QIM180', confidence: 0.4 }];
  const seen = { text: '1QM180', confidence: 0.5, slots, alternatives, countries: {} };
  t.equal(explainSeen(seen, NO_GRAMMARS).text, '1QM180');
  t.equal(explainSeen({ ...seen, text: '', slots: [], confidence: 0.9 }, grammars).text, '');
  t.end();
});
