// The preview's words: no language lacks one, the page asks for none that there is not, and English is that of `anpr aim`.

import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { previewFiles } from '../../agent/preview/files.ts';
import { AIM_ADVICE, AIM_NAMES } from '../../agent/shared/aim-words.ts';
import { languages } from '../../agent/shared/languages.ts';
import { textsIn } from '../../agent/shared/texts.ts';

const folder = new URL('../../agent/preview/', import.meta.url);
const textsOf = (language: (typeof languages)[number]) => textsIn(new URL('texts/', folder), language);
const english = textsOf('en');

test('no language lacks a text, and each text has the same places to fill in', async (t) => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const language of languages) {
    const texts = textsOf(language);
    t.same([...texts.keys()].sort(), [...english.keys()].sort(), language);
    for (const [key, text] of texts) {
      t.same(places(text), places(english.get(key)!), `${language}: ${key}`);
      t.not(text.trim(), '', `${language}: ${key}`);
    }
  }
});

test('what the page asks for is there', async (t) => {
  const page = readdirSync(new URL('page/', folder))
    .map((name) => readFileSync(new URL(`page/${name}`, folder), 'utf8'))
    .join('\n');
  const asked = [
    ...page.matchAll(/say\('([\w.]+)'/g),
    ...page.matchAll(/data-(?:text|label)="([\w.]+)"/g),
  ].map(([, key]) => key!);
  t.ok(asked.length > 40);
  for (const key of asked) t.ok(english.has(key), key);
  // English stands in the page itself too, for the moment before its words are there
  for (const [, key, text] of page.matchAll(/data-text="([\w.]+)">([^<]+)</g))
    t.equal(text, english.get(key!));
});

test('names and advice are those of the command', async (t) => {
  for (const [name, text] of Object.entries(AIM_NAMES)) t.equal(english.get(`names.${name}`), text);
  for (const [is, text] of Object.entries(AIM_ADVICE)) t.equal(english.get(`advice.${is}`), text);
});

test('a language that was asked for stands in the page, else the browser chooses', async (t) => {
  const pageIn = (language?: 'nl') => previewFiles(language).get('/')?.bytes.toString();
  t.match(pageIn('nl'), '<html lang="nl" data-language="nl">');
  t.match(pageIn(), '<html lang="en">');
  const words = JSON.parse(String(previewFiles(undefined).get('/words-fr.json')?.bytes));
  t.equal(words['aim.heading'], 'Cadrage');
});
