// The rule that other platforms match by: for each length of a plate so many characters may differ, and so many more may be
// ones that look alike (0 for O). It knows nothing of what the camera saw; it is there for those who have to match an
// existing policy. Pure.

import { LOOK_ALIKES } from '../grammar/index.ts';
import { ALPHABET } from '../shared/alphabet.ts';

export interface LengthRule {
  /** characters of the read */
  length: number;
  /** characters that may be other ones, missing or too many */
  differences: 0 | 1;
  /** characters that may be ones that look alike */
  lookAlikes: number;
}

/** What Genetec's matcher begins with: from 5 characters on one look-alike and no difference. */
export const DEFAULT_RULES: readonly LengthRule[] = [5, 6, 7, 8, 9, 10, 11].map((length) => ({
  length,
  differences: 0,
  lookAlikes: 1,
}));

/**
 * Every text that the rule takes for the one that was read, and in how many places it differs.
 * Grows fast: with one difference and one look-alike some 7,000 texts for seven characters.
 */
export function textsWithin(text: string, rules: readonly LengthRule[]): Map<string, number> {
  const rule = rules.find(({ length }) => length === text.length) ?? {
    length: text.length,
    differences: 0,
    lookAlikes: 0,
  };
  const found = new Map([[text, 0]]);
  let last = [text];
  for (let changed = 1; changed <= rule.lookAlikes; changed++) {
    const next: string[] = [];
    for (const each of last)
      for (const other of withLookAlike(each))
        if (!found.has(other)) {
          found.set(other, changed);
          next.push(other);
        }
    last = next;
  }
  if (rule.differences === 0) return found;
  for (const [each, changed] of [...found])
    for (const other of withDifference(each)) if (!found.has(other)) found.set(other, changed + 1);
  return found;
}

function* withLookAlike(text: string): Generator<string> {
  for (const [place, character] of [...text].entries())
    for (const other of LOOK_ALIKES.find((group) => group.includes(character)) ?? '')
      if (other !== character) yield text.slice(0, place) + other + text.slice(place + 1);
}

function* withDifference(text: string): Generator<string> {
  for (let place = 0; place <= text.length; place++) {
    const [before, after] = [text.slice(0, place), text.slice(place)];
    for (const character of ALPHABET) {
      yield before + character + after;
      if (after !== '') yield before + character + after.slice(1);
    }
    if (after !== '') yield before + after.slice(1);
  }
}
