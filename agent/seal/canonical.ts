// The one way to write a JSON value: RFC 8785 (JSON Canonicalization Scheme). What is hashed and signed is this text
// as UTF-8, so that a consumer in another language, whose JSON library has other habits, comes to the same bytes.
// Numbers and strings need no work here: the RFC takes ECMAScript's own serialisation (3.2.2.2, 3.2.2.3).

import { AnprError } from '../shared/errors.ts';

/**
 * Members without a value (`undefined`) are left out, as JSON.stringify does.
 * @throws {AnprError} `seal.not-canonical`: a value that JSON cannot say (NaN, Infinity, a lone surrogate, a function)
 */
export function canonical(value: unknown): string {
  return isInOrder(value) ? JSON.stringify(value) : textOf(value);
}

/**
 * Whether JSON.stringify writes the value in canonical form already. So it is with all that was parsed from a canonical text,
 * which is what whoever verifies has: the check and the built-in take a third of the time.
 */
function isInOrder(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    case 'object':
      if (value === null) return true;
      if (Array.isArray(value)) return value.every(isInOrder);
      return Object.getPrototypeOf(value) === Object.prototype && hasNamesInOrder(value);
    default:
      return false;
  }
}

function hasNamesInOrder(value: object): boolean {
  let last = '';
  for (const [name, member] of Object.entries(value)) {
    if (name < last || !name.isWellFormed() || !isInOrder(member)) return false;
    last = name;
  }
  return true;
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw notCanonical('a string with half a character (a lone surrogate)');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw notCanonical(String(value));
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map((each) => textOf(each ?? null)).join(',')}]`;
      return objectOf(value as Record<string, unknown>);
    default:
      throw notCanonical(`a ${typeof value}`);
  }
}

/** Members in the order of their names' UTF-16 code units, which is how `sort` compares by itself (3.2.3). */
function objectOf(value: Record<string, unknown>): string {
  let text = '';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) text += `${text && ','}${written(name)}:${textOf(member)}`;
  }
  return `{${text}}`;
}

/** Names of members as JSON: the same few hundred come in each record. */
const names = new Map<string, string>();
const MAX_NAMES = 1000;

function written(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const text = textOf(name);
  if (names.size < MAX_NAMES) names.set(name, text);
  return text;
}

function notCanonical(found: string): AnprError {
  return new AnprError('seal.not-canonical', `wanted a value that JSON can say, found ${found}`);
}
