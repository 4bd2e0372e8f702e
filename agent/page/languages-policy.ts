// In which language a page speaks to a browser that has no page yet. Pure.

import { type Language, languages } from '../shared/languages.ts';

/** @param accepted the header Accept-Language, like `nl-BE,nl;q=0.9,en;q=0.8`: browsers put the best first */
export function languageOf(accepted: string | undefined): Language {
  for (const tag of (accepted ?? '').split(',')) {
    const code = tag.trim().slice(0, 2).toLowerCase();
    const known = languages.find((language) => language === code);
    if (known) return known;
  }
  return 'en';
}
