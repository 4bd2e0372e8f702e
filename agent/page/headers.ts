// What a page's files are, and with which headers they go out: nothing is loaded from anywhere else.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Language, languages } from '../shared/languages.ts';
import { textsIn } from '../shared/texts.ts';

export interface PageFile {
  type: string;
  bytes: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The texts of a page that speaks several languages: its `words.js` has them, and `data-text` names them in its HTML. */
export interface PageWords {
  /** folder of the texts, with a slash at its end */
  texts: URL;
  /** undefined: the browser's */
  language: Language | undefined;
}

/**
 * By address: `index.html` is `/`. The style that all pages have in common (`/base.css`) and the icon are among them.
 * @param folder of the page, with a slash at its end
 */
export function pageFiles(folder: URL, names: readonly string[], words?: PageWords): Map<string, PageFile> {
  const common = new URL('./common/', import.meta.url);
  const all = [
    ...['base.css', 'icon.svg', ...(words ? ['words.js'] : [])].map((name) => [name, common] as const),
    ...names.map((name) => [name, folder] as const),
  ];
  const files = new Map(
    all.map(([name, from]): [string, PageFile] => {
      const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      return [name === 'index.html' ? '/' : `/${name}`, { type, bytes: readFileSync(new URL(name, from)) }];
    }),
  );
  if (words) addWords(files, words);
  return files;
}

function addWords(files: Map<string, PageFile>, { texts, language }: PageWords): void {
  for (const each of languages) {
    const words = JSON.stringify(Object.fromEntries(textsIn(texts, each)));
    files.set(`/words-${each}.json`, { type: 'application/json', bytes: Buffer.from(words) });
  }
  const page = files.get('/');
  if (language && page)
    page.bytes = Buffer.from(
      page.bytes
        .toString()
        .replace('<html lang="en">', `<html lang="${language}" data-language="${language}">`),
    );
}

/**
 * @param inlineStyles texts of style elements that a library puts into the page: no others are let in
 * @returns headers for a page that was asked for under that (checked) Host
 */
export function pageHeaders(inlineStyles: readonly string[]): (host: string) => Record<string, string> {
  const styles = inlineStyles
    .map((style) => ` 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    .join('');
  return (host) => ({
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self'${styles}`,
      "img-src 'self'",
      `connect-src 'self' ws://${host}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
}
