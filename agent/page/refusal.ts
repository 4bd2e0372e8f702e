// The page for who is not let in: it says why and what to do, and nothing of what there is.

import type { Language } from '../shared/languages.ts';
import { textsIn } from '../shared/texts.ts';

export interface Refusal {
  /** what the page is called: "Preview" */
  title: string;
  /** how to get in, HTML */
  help: string;
}

/** Why a request is not answered: the texts in agent/page/texts. `failed` comes with a message of its own. */
export type RefusalReason =
  | 'host'
  | 'origin'
  | 'method'
  | 'token'
  | 'session'
  | 'noPicture'
  | 'noPage'
  | 'failed';

const TEXTS = new URL('./texts/', import.meta.url);

/** `refusal.title` and `refusal.help` of a page's texts. @param texts folder, with a slash at its end */
export function refusalsIn(texts: URL): Record<Language, Refusal> {
  const one = (language: Language): Refusal => {
    const own = textsIn(texts, language);
    return { title: own.get('refusal.title') ?? '', help: own.get('refusal.help') ?? '' };
  };
  return { en: one('en'), nl: one('nl'), fr: one('fr') };
}

/** @param message what happened, for `failed`; English */
export function refusalPage(
  refusals: Record<Language, Refusal>,
  language: Language,
  reason: RefusalReason,
  message = '',
): string {
  const { title, help } = refusals[language];
  const texts = textsIn(TEXTS, language);
  const say = (key: string) =>
    escaped((texts.get(key) ?? key).replace('{message}', message).replace('{title}', title));
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${say('title')}</title>
<h1>${say('heading')}</h1>
<p>${say(`reasons.${reason}`)}</p>
<p>${help}</p>
</html>
`;
}

const escaped = (text: string) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
