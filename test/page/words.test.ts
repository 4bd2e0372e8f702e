// The words of the pages: no language lacks one, a page asks for none that there is not, and the preview's English is that of
// `anpr aim`.

import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { cameraStates } from '../../agent/contract/index.ts';
import { languageOf } from '../../agent/page/languages-policy.ts';
import { refusalPage, refusalsIn } from '../../agent/page/refusal.ts';
import { previewFiles } from '../../agent/preview/files.ts';
import { knownReason } from '../../agent/preview/reasons.ts';
import { AIM_ADVICE, AIM_NAMES } from '../../agent/shared/aim-words.ts';
import { languages } from '../../agent/shared/languages.ts';
import { textsIn } from '../../agent/shared/texts.ts';

const agent = new URL('../../agent/', import.meta.url);
const preview = new URL('preview/texts/', agent);
const gateway = new URL('../../scripts/gateway/texts/', import.meta.url);
const texts = [preview, new URL('commission/review-texts/', agent), new URL('page/texts/', agent), gateway];
const pages: [page: URL, texts: URL][] = [
  [new URL('preview/page/', agent), preview],
  [new URL('commission/review-page/', agent), new URL('commission/review-texts/', agent)],
  [new URL('../../scripts/gateway/page/', import.meta.url), gateway],
];

test('no language lacks a text, and each text has the same places to fill in', async (t) => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const folder of texts) {
    const english = textsIn(folder, 'en');
    for (const language of languages) {
      const own = textsIn(folder, language);
      t.same([...own.keys()].sort(), [...english.keys()].sort(), language);
      for (const [key, text] of own) {
        t.same(places(text), places(english.get(key)!), `${language}: ${key}`);
        t.not(text.trim(), '', `${language}: ${key}`);
      }
    }
  }
});

test('what a page asks for is there', async (t) => {
  for (const [folder, texts] of pages) {
    const english = textsIn(texts, 'en');
    const page = readdirSync(folder)
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n');
    const asked = [
      ...page.matchAll(/say\('([\w.]+)'/g),
      ...page.matchAll(/data-(?:text|label)="([\w.]+)"/g),
    ].map(([, key]) => key!);
    t.ok(asked.length > 20);
    for (const key of asked) t.ok(english.has(key), key);
    // English stands in the page itself too, for the moment before its words are there
    for (const [, key, text] of page.matchAll(/data-text="([\w.]+)">([^<]+)</g))
      t.equal(text, english.get(key!));
  }
});

test('a reason why a camera sends no pictures has words of its own', async (t) => {
  const english = textsIn(preview, 'en');
  const sources = ['ffmpeg-messages.ts', 'stream-run.ts', 'run-end-policy.ts'].map((name) =>
    readFileSync(new URL(`capture/${name}`, agent), 'utf8'),
  );
  const fixed = sources.flatMap((source) =>
    [...source.matchAll(/(?:\(\) => |reason: |OTHER_SIZE = )'([^']+)'/g)].map(([, reason]) => reason!),
  );
  t.ok(fixed.length > 18);
  for (const reason of fixed) t.equal(english.get(knownReason(reason)?.is ?? ''), reason);
  for (const [reason, is, values] of [
    ['the name cam.example cannot be resolved', 'noName', { text: 'cam.example' }],
    ['the camera answers "500 Internal Server Error"', 'answer', { text: '500 Internal Server Error' }],
    ['no frame for 12 s', 'noFrame', { seconds: '12' }],
    ['no first frame for 20 s', 'noFirst', { seconds: '20' }],
    ['ffmpeg ended with status 187', 'status', { text: '187' }],
    ['ffmpeg was ended by SIGKILL', 'signal', { text: 'SIGKILL' }],
    ['process ended: signal SIGSEGV', 'process', { text: 'signal SIGSEGV' }],
  ] as const)
    t.same(knownReason(reason), { is: `reasons.${is}`, values });
  for (const reason of ['something new', '', null]) t.equal(knownReason(reason), null);
  for (const state of cameraStates.filter((each) => each !== 'streaming'))
    t.ok(english.has(`state.${state}`), state);
  for (const code of ['api.lost', 'api.not-running', 'api.failed', 'preview.video'])
    t.ok(english.has(`trouble.${code}`), code);
});

test('names and advice are those of the command', async (t) => {
  const english = textsIn(preview, 'en');
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

test('who is not let in is told so in the language of the browser', async (t) => {
  for (const [accepted, language] of [
    ['nl-BE,nl;q=0.9,en;q=0.8', 'nl'],
    ['de-DE, FR;q=0.7, en;q=0.5', 'fr'],
    ['de', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ] as const)
    t.equal(languageOf(accepted), language, String(accepted));
  const dutch = refusalPage(refusalsIn(preview), 'nl', 'token');
  t.match(
    dutch,
    /<html lang="nl">[\s\S]*Livebeeld: niet getoond[\s\S]*al gebruikt[\s\S]*<code>anpr preview<\/code>/,
  );
  t.match(refusalPage(refusalsIn(gateway), 'en', 'failed', '<b>'), 'The box could not answer: &#60;b&#62;');
});
