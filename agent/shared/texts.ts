// Texts in several languages: one YAML file for each, with the same keys.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Language } from './languages.ts';

/** Every key of a language's file, like `head.camera`, with its text. @param folder with a slash at its end */
export function textsIn(folder: URL, language: Language): Map<string, string> {
  const texts = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null)
      for (const [key, each] of Object.entries(value)) walk(each, path ? `${path}.${key}` : key);
    else texts.set(path, String(value ?? ''));
  };
  walk(parse(readFileSync(new URL(`${language}.yaml`, folder), 'utf8')), '');
  return texts;
}
