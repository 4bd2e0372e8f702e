// How a plate is written in a list, in whatever way its source writes it, and how it is compared: the characters that a
// reader can say. Pure. Says nothing of the plate itself in its errors: it is personal data.

import { ALPHABET } from '../shared/alphabet.ts';

/** longer than any plate that is issued */
export const MAX_CHARACTERS = 12;
const MIN_CHARACTERS = 2;
/** a pattern that names fewer would match the traffic */
const MIN_KNOWN = 2;

/** Letters of other alphabets that plates carry because they look like Latin ones (Vienna convention, annex 2). */
const LOOKS_LATIN = new Map(
  [...'АВЕКМНОРСТУХІΑΒΕΖΗΙΚΜΝΟΡΤΥΧ'].map((letter, index) => [letter, 'ABEKMHOPCTYXIABEZHIKMNOPTYX'[index]!]),
);
const NOT_DECOMPOSED = new Map([
  ['Đ', 'D'],
  ['Ø', 'O'],
  ['Ł', 'L'],
]);
/** spaces, hyphens, dots, bullets, seals: they separate */
const SEPARATOR = /[\s\-‐‑–.·•:/_'’]/u;

export type PlateProblem =
  | 'empty'
  | 'a character that no plate has'
  | 'too few characters'
  | 'too many characters'
  | 'a pattern that matches nearly every plate';

export type NormalisedPlate = { plate: string; wildcard: boolean } | { problem: PlateProblem };

/** The plate as it is compared: capital letters A–Z and digits, with `?` and `*` where the source has them. */
export function normalisePlate(written: string): NormalisedPlate {
  let plate = '';
  for (const character of written.normalize('NFKD').toUpperCase()) {
    if (/\p{M}/u.test(character) || SEPARATOR.test(character)) continue;
    const latin = LOOKS_LATIN.get(character) ?? NOT_DECOMPOSED.get(character) ?? character;
    if (latin === '*' ? plate.endsWith('*') : false) continue;
    if (latin !== '?' && latin !== '*' && !ALPHABET.includes(latin))
      return { problem: 'a character that no plate has' };
    plate += latin;
    if (plate.length > MAX_CHARACTERS * 2) return { problem: 'too many characters' };
  }
  if (plate === '') return { problem: 'empty' };
  const known = plate.replaceAll(/[?*]/g, '').length;
  const wildcard = known < plate.length;
  if (plate.replaceAll('*', '').length > MAX_CHARACTERS) return { problem: 'too many characters' };
  if (wildcard && known < MIN_KNOWN) return { problem: 'a pattern that matches nearly every plate' };
  if (!wildcard && known < MIN_CHARACTERS) return { problem: 'too few characters' };
  return { plate, wildcard };
}
