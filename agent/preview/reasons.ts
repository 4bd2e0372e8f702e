// Why a camera sends no pictures the agent says in English, for logs and terminals; the page says it in its own language where
// its texts have that reason.

import { textsIn } from '../shared/texts.ts';
import { TEXTS } from './files.ts';

/** A key of the page's texts, and what is filled in there. */
export interface KnownReason {
  is: string;
  values: Record<string, string>;
}

const reasons = [...textsIn(TEXTS, 'en')]
  .filter(([key]) => key.startsWith('reasons.'))
  .map(([is, text]) => ({ is, pattern: patternOf(text) }));

/** null: not one of the page's */
export function knownReason(reason: string | null): KnownReason | null {
  for (const { is, pattern } of reasons) {
    const found = pattern.exec(reason ?? '');
    if (found) return { is, values: { ...found.groups } };
  }
  return null;
}

/** `{name}` stands for whatever is filled in there. */
function patternOf(text: string): RegExp {
  const literal = text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll(/\{(\w+)\}/g, '(?<$1>.+)')}$`);
}
