// The page and its words: every language has every text, nothing is loaded from anywhere, tables and pictures speak.

import { test } from 'tap';
import { csvOf } from '../../agent/commission/csv.ts';
import { pageOf } from '../../agent/commission/page.ts';
import { sealReport } from '../../agent/commission/sealing.ts';
import { languages, textsOf, wordsIn } from '../../agent/commission/words.ts';
import { parseCsv } from '../../agent/recognise/index.ts';
import { contentFrom, stateOf } from './state.ts';

const state = stateOf(30, {
  interruptions: [{ from: 1795352410000, to: 1795352440000, state: 'stalled', reason: '<no> frames' }],
});
state.answers['read-4'] = { kind: 'wrong', text: '1ABC1O4' };
const sample = {
  ...{ at: '2026-11-22T13:00:00.000Z', text: '1AB····', confidence: 0.98, widthPx: 120 },
  ...{ answer: 'right' as const, jpeg: 'AAAA' },
};
const report = sealReport(
  {
    ...contentFrom(state, { samples: [sample], view: 'BBBB' }),
    comparison: {
      ...{ id: state.id, writtenAt: '2025-11-22T13:00:00.000Z', sha256: 'c'.repeat(64), anpr: '0.1.0' },
      rows: [{ name: 'width', kind: 'number', unit: 'px', before: 140, now: 120, change: 'worse' }],
    },
  },
  null,
);

test('no language lacks a text, and each text has the same places to fill in', async (t) => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const english = textsOf('en');
  for (const language of languages) {
    const texts = textsOf(language);
    t.same([...texts.keys()].sort(), [...english.keys()].sort(), language);
    for (const [key, text] of texts) {
      t.same(places(text), places(english.get(key)!), `${language}: ${key}`);
      t.not(text.trim(), '', `${language}: ${key}`);
    }
  }
});

test('numbers and dates are written as each language writes them', async (t) => {
  const at = '2026-11-22T13:05:00.000Z';
  const [en, nl, fr] = languages.map((language) => wordsIn(language, 'Europe/Brussels'));
  t.equal(en!.percent(0.985), '98.5%');
  t.equal(nl!.percent(0.985), '98,5\u00a0%');
  t.equal(fr!.percent(0.985), '98,5\u00a0%');
  t.match(en!.dateTime(at), /22 November 2026.*14:05/);
  t.match(nl!.dateTime(at), /22 november 2026.*14:05/);
  t.match(fr!.dateTime(at), /22 novembre 2026.*14[:h ]/);
  t.throws(() => en!.text('head.nothing'), /no text for head.nothing/);
});

for (const language of languages)
  test(`the page in ${language} needs nothing else and keeps to the rules`, async (t) => {
    const page = pageOf(report, language, 'a.json');
    t.ok(page.startsWith('<!doctype html>'));
    t.match(page, `<html lang="${language}">`);
    t.match(
      page,
      /Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-/,
    );
    t.notMatch(
      page,
      /<script|<link|https?:|style="| on\w+="|url\((?!#)/,
      'nothing from outside, no script, no inline style',
    );
    t.notMatch(page, /\{\w+\}|undefined|NaN|\[object/, 'everything is filled in');
    t.match(page, /Jan &lt;Peeters&gt;, Verkeer &amp; Co/, 'what people type is text');
    t.match(page, /&lt;no&gt; frames/);
    t.notMatch(page, /<th(?![\w]| scope=)/, 'every head says what it is the head of');
    for (const [image] of page.matchAll(/<img[^>]*>/g)) t.match(image, / alt="/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    t.equal(new Set(ids).size, ids.length, 'each id once');
    for (const [, names] of page.matchAll(/aria-labelledby="([^"]+)"/g))
      for (const name of names!.split(' ')) t.ok(ids.includes(name), `${name} is there`);
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    t.equal(levels[0], 1);
    for (const [index, level] of levels.entries())
      if (index > 0) t.ok(level <= levels[index - 1]! + 1, 'no heading is skipped');
    t.equal(pageOf(report, language, 'a.json'), page, 'the same report gives the same page');
  });

test('a report without anything in it is a page too', async (t) => {
  const empty = sealReport(contentFrom(stateOf(0)), null);
  for (const language of languages) t.notMatch(pageOf(empty, language, 'a.json'), /undefined|NaN|Infinity/);
});

test('the CSV is read back, and no cell is a formula', async (t) => {
  const formula = sealReport(
    contentFrom(stateOf(5, { by: { name: '=HYPERLINK("http://x")', company: null } })),
    null,
  );
  const rows = parseCsv(csvOf(formula, 'nl'));
  t.match(
    rows.find(({ onderdeel }) => onderdeel === 'Uitgevoerd door'),
    { waarde: `'=HYPERLINK("http://x")` },
  );
  t.match(
    rows.find(({ onderdeel }) => onderdeel === 'Correct gelezen nummerplaten'),
    { waarde: '1', vereist: '0.95', n: '5' },
  );
});
