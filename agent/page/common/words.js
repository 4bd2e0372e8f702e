// The page's words, in the language that was asked for, else the browser's, else English.

const LANGUAGES = ['en', 'nl', 'fr'];
const root = document.documentElement;
const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());

export const language = root.dataset.language ?? wanted.find((code) => LANGUAGES.includes(code)) ?? 'en';

const answer = await fetch(`/words-${language}.json`);
const texts = await answer.json();

/** The text of a key, filled in. */
export function say(key, values = {}) {
  const text = texts[key] ?? key;
  return text.replaceAll(/\{(\w+)\}/g, (whole, name) => decimal(String(values[name] ?? whole)));
}

/** Whether there is a text: a newer agent may know states that this page does not. */
export const hasWord = (key) => key in texts;

/** A number as the language writes it; other texts have no point between digits. */
export const decimal = (text) => (language === 'en' ? text : text.replaceAll(/(?<=\d)\.(?=\d)/g, ','));

root.lang = language;
for (const element of document.querySelectorAll('[data-text]')) element.textContent = say(element.dataset.text);
for (const element of document.querySelectorAll('[data-label]'))
  element.setAttribute('aria-label', say(element.dataset.label));
