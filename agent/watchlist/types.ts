// What watchlists are made of. Plain data: it crosses to the commands and to whoever raises hits.

import type { PassageResult } from '../passage/index.ts';

/** A read, as far as matching needs it. */
export type SeenPlate = Pick<
  PassageResult,
  'text' | 'confidence' | 'slots' | 'alternatives' | 'country' | 'countryConfidence'
>;

/** One plate somebody looks for, or permits. Personal data. */
export interface Entry {
  /** normalised: A–Z, 0–9; `?` for one character, `*` for any number of them */
  plate: string;
  /** the country's sign (`B`, `NL`, …); null: any */
  country: string | null;
  /** the source's own name of the entry */
  reference: string | null;
  reason: string | null;
  /** what whoever meets it is to do */
  instruction: string | null;
  source: string | null;
  /** 1 is the most urgent; null: the list's */
  priority: number | null;
  validity: Validity;
}

/** When an entry counts. Everything null: always. */
export interface Validity {
  /** UTC epoch milliseconds, the first moment */
  from: number | null;
  /** UTC epoch milliseconds, the first moment that is too late */
  to: number | null;
  /** days of the week in the box's time zone, 1 is Monday; null: every day */
  days: readonly number[] | null;
  /** minutes of the day in the box's time zone, `[from, to)`; `from` after `to` goes over midnight; null: all day */
  minutes: readonly [number, number] | null;
  /** only in these zones; null: everywhere */
  zones: readonly string[] | null;
}
