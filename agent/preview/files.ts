// What the preview's page is made of.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PageFile, pageFiles } from '../page/index.ts';
import type { Language } from '../shared/languages.ts';

export const TEXTS = new URL('./texts/', import.meta.url);

/** By address. @param language of the page; undefined: the browser's */
export function previewFiles(language: Language | undefined): Map<string, PageFile> {
  const files = pageFiles({
    ...{ folder: new URL('./page/', import.meta.url), texts: TEXTS, language },
    ...{ scripts: ['boxes.js', 'numbers.js', 'reads.js', 'video.js'], later: ['video.js'] },
  });
  const player = fileURLToPath(import.meta.resolve('@cycjimmy/jsmpeg-player'));
  files.set('/jsmpeg.js', { type: 'text/javascript; charset=utf-8', bytes: readFileSync(player) });
  return files;
}

/** jsmpeg puts a style of its own into the page as soon as it is loaded, empty at first. */
export function playerStyles(files: Map<string, PageFile>): string[] {
  const source = files.get('/jsmpeg.js')?.bytes.toString() ?? '';
  const styles = [...source.matchAll(/^var css_\w+ = ("(?:[^"\\]|\\.)*");$/gm)];
  return ['', ...styles.map(([, literal]) => JSON.parse(literal ?? '""') as string)];
}
