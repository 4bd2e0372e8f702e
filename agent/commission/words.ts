// The report's words in one language, and its dates and numbers as that language writes them.

import type { Language } from '../shared/languages.ts';
import { textsIn } from '../shared/texts.ts';

export { type Language, languages } from '../shared/languages.ts';

export interface Words {
  language: Language;
  /** The text of a key like `head.camera`, filled in. Throws for a key that there is not. */
  text(key: string, values?: Record<string, string | number>): string;
  number(value: number, digits?: number): string;
  percent(share: number, digits?: number): string;
  date(iso: string): string;
  dateTime(iso: string): string;
  duration(seconds: number): string;
  ms(value: number): string;
}

/** Every key of a language's file with its text. */
export const textsOf = (language: Language) => textsIn(new URL('./texts/', import.meta.url), language);

/** @param timeZone of the box: its times are what the people there had on their watches */
export function wordsIn(language: Language, timeZone: string): Words {
  const texts = textsOf(language);
  const locale = texts.get('locale') ?? language;
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
      value,
    );
  const unit = (value: number, name: string, digits: number) =>
    new Intl.NumberFormat(locale, {
      ...{ style: 'unit', unit: name, unitDisplay: 'short' },
      ...{ minimumFractionDigits: digits, maximumFractionDigits: digits },
    }).format(value);
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone });
  return {
    language,
    text(key, values = {}) {
      const text = texts.get(key);
      if (text === undefined) throw new Error(`no text for ${key} in ${language}`);
      return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
    },
    number,
    // Belgian usage has a space before the sign in Dutch too, where the locale data have none.
    percent: (share, digits = 1) => `${number(100 * share, digits)}${language === 'en' ? '' : '\u00a0'}%`,
    date: (iso) => day.format(new Date(iso)),
    dateTime: (iso) => moment.format(new Date(iso)),
    duration(seconds) {
      if (seconds < 120) return unit(seconds, 'second', 0);
      const minutes = Math.round(seconds / 60);
      return minutes < 120
        ? unit(minutes, 'minute', 0)
        : `${unit(Math.floor(minutes / 60), 'hour', 0)} ${unit(minutes % 60, 'minute', 0)}`;
    },
    ms: (value) =>
      Math.abs(value) < 1000
        ? unit(value, 'millisecond', Math.abs(value) < 10 && value % 1 ? 1 : 0)
        : unit(value / 1000, 'second', value % 1000 ? 2 : 0),
  };
}
