// What a page is made of. All pages have the same frame, style, icon and way to their words; a page of its own folder has
// `body.html`, `page.css`, `page.js` and what else its scripts load.

import { readFileSync } from 'node:fs';
import { type Language, languages } from '../shared/languages.ts';
import { textsIn } from '../shared/texts.ts';

export interface PageFile {
  type: string;
  bytes: Buffer;
}

export interface PageSource {
  /** with a slash at its end, as `texts` */
  folder: URL;
  /** the page's own scripts beside `page.js`, by name */
  scripts?: readonly string[];
  /** those of them that `page.js` loads only when it needs them */
  later?: readonly string[];
  /** folder of its texts: `words.js` has them, and `data-text` names them in its HTML */
  texts: URL;
  /** undefined: the browser's */
  language: Language | undefined;
}

const COMMON = new URL('./common/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
};

/** By address; the page itself is `/`. */
export function pageFiles(source: PageSource): Map<string, PageFile> {
  const { folder, scripts = [], texts } = source;
  const files = new Map<string, PageFile>();
  const add = (name: string, bytes: Buffer | string, address = `/${name}`) =>
    files.set(address, { type: TYPES[name.split('.').at(-1) ?? ''] ?? '', bytes: Buffer.from(bytes) });
  add('index.html', framed(source), '/');
  for (const name of ['base.css', 'icon.svg', 'words.js']) add(name, readFileSync(new URL(name, COMMON)));
  for (const name of ['page.css', 'page.js', ...scripts]) add(name, readFileSync(new URL(name, folder)));
  for (const each of languages)
    add(`words-${each}.json`, JSON.stringify(Object.fromEntries(textsIn(texts, each))));
  return files;
}

/** The page's body in the frame of all pages. */
function framed({ folder, scripts = [], later = [], texts, language }: PageSource): string {
  const read = (name: string, from: URL) => readFileSync(new URL(name, from), 'utf8');
  const sooner = ['words.js', ...scripts.filter((name) => !later.includes(name))];
  const values: Record<string, string> = {
    language: language ? `lang="${language}" data-language="${language}"` : 'lang="en"',
    title: textsIn(texts, language ?? 'en').get('refusal.title') ?? '',
    preloads: sooner.map((name) => `<link rel="modulepreload" href="/${name}">`).join('\n'),
    body: read('body.html', folder).trimEnd(),
  };
  return read('frame.html', COMMON).replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '');
}
