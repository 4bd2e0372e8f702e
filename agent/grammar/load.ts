// Reads config/plates/*.yaml, one file a country, into patterns over slot indexes. Adding a country is adding a file.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ALPHABET } from '../shared/alphabet.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import type { Grammars, Pattern } from './grammar-policy.ts';

const countrySchema = z.strictObject({
  country: z.string().regex(/^([A-Z]{1,3}|unknown)$/),
  name: z.string(),
  letters: z
    .string()
    .regex(/^[A-Z]+$/)
    .optional(),
  /** groups of characters that the country's plates draw the same */
  same: z.array(z.string().regex(/^[A-Z0-9]{2,}$/)).optional(),
  patterns: z
    .array(
      z.strictObject({
        pattern: z.string().regex(/^(A|9|\[[A-Z0-9-]+\])+$/, 'A, 9 and [..] only'),
        letters: z
          .string()
          .regex(/^[A-Z]+$/)
          .optional(),
        share: z.number().positive().max(100),
        what: z.string().optional(),
      }),
    )
    .min(1),
});

const platesDirectory = resolve(import.meta.dirname, '../../config/plates');

/** @throws AnprError `grammar.invalid` with the file's name and what is wrong */
export function loadGrammars(directory = platesDirectory): Grammars {
  const files = readdirSync(directory).filter((file) => file.endsWith('.yaml'));
  const byLength = new Map<number, Pattern[]>();
  const free: Record<string, number> = {};
  const twins: Record<string, number[][]> = {};
  for (const file of files.sort()) {
    const { country, letters, patterns, same } = read(join(directory, file));
    if (same) twins[country] = same.map(indexesOf);
    let told = 0;
    for (const { pattern, share, letters: own } of patterns) {
      const classes = classesOf(pattern, own ?? letters ?? 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');
      byLength.set(classes.length, [
        ...(byLength.get(classes.length) ?? []),
        { country, share: share / 100, classes },
      ]);
      told += share / 100;
    }
    free[country] = Math.max(0, 1 - told);
  }
  return { countries: Object.keys(free).filter(isOne), byLength, free, twins };
}

/** What countries are called in English, lower case → their sign, as far as there are grammars. */
export function countrySigns(directory = platesDirectory): Map<string, string> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.yaml'));
  return new Map(
    files
      .map((file) => read(join(directory, file)))
      .filter(({ country }) => isOne(country))
      .map(({ country, name }) => [name.toLowerCase(), country]),
  );
}

/** `unknown` is not a country: its patterns are those of all that have no file. */
const isOne = (country: string) => country !== 'unknown';

function read(path: string): z.infer<typeof countrySchema> {
  try {
    const country = countrySchema.parse(parse(readFileSync(path, 'utf8')));
    const sum = country.patterns.reduce((all, { share }) => all + share, 0);
    if (sum > 100.001) throw new Error(`shares add up to ${sum}, wanted at most 100`);
    return country;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new AnprError(
      'grammar.invalid',
      `${path}: ${why}`,
      'Correct the file, or put back the one that came with the agent.',
    );
  }
}

/** `[1-9]A9` → the slot indexes of each position. */
function classesOf(pattern: string, letters: string): number[][] {
  return [...pattern.matchAll(/A|9|\[([A-Z0-9-]+)\]/g)].map(([mark, listed]) => {
    const characters = mark === 'A' ? letters : mark === '9' ? '0123456789' : rangesOf(listed!);
    return indexesOf(characters);
  });
}

const indexesOf = (characters: string) => [...characters].map((each) => ALPHABET.indexOf(each) + 1);

function rangesOf(listed: string): string {
  return listed.replace(/(.)-(.)/g, (_, from: string, to: string) =>
    ALPHABET.slice(ALPHABET.indexOf(from), ALPHABET.indexOf(to) + 1),
  );
}
