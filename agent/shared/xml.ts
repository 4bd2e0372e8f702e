// As much of XML as ONVIF's answers need: elements by their local names, whatever prefix a camera gives them. Text of a
// camera is not trusted: no entities but the five, no doctype, sizes bounded by who receives it. And text as it may stand in
// what is written. Pure.

export interface Element {
  /** without prefix */
  name: string;
  children: Element[];
  /** its own text, without its children's, trimmed */
  text: string;
  attributes: Record<string, string>;
}

const MAX_DEPTH = 60;

/** The outermost element; undefined for what is no XML. It takes time in proportion to the text, whatever is in it. */
export function parseXml(text: string): Element | undefined {
  const root: Element = { name: '', children: [], text: '', attributes: {} };
  const open: Element[] = [root];
  for (let at = 0; at < text.length; ) {
    const inner = open.at(-1)!;
    const token = tokenAt(text, at);
    if (!token) return undefined;
    at = token.end;
    if (token.is === 'text') inner.text += token.text;
    else if (token.is === 'closed') {
      if (open.length < 2 || inner.name !== localName(token.text)) return undefined;
      inner.text = inner.text.trim();
      open.pop();
    } else if (token.is === 'opened') {
      const empty = token.text.endsWith('/');
      const [, name, attributes] =
        /^([^\s/]+)([\s\S]*)$/.exec(empty ? token.text.slice(0, -1) : token.text) ?? [];
      if (!name) return undefined;
      const element: Element = {
        name: localName(name),
        children: [],
        text: '',
        attributes: attributesOf(attributes!),
      };
      inner.children.push(element);
      if (!empty) open.push(element);
      if (open.length > MAX_DEPTH) return undefined;
    }
  }
  return open.length === 1 ? root.children[0] : undefined;
}

interface Token {
  is: 'text' | 'opened' | 'closed' | 'nothing';
  text: string;
  end: number;
}

/** Undefined for one that does not end. A `<` or `>` in an attribute must be written as an entity, and is. */
function tokenAt(text: string, at: number): Token | undefined {
  if (text[at] !== '<') {
    const next = text.indexOf('<', at);
    const end = next < 0 ? text.length : next;
    return { is: 'text', text: decoded(text.slice(at, end)), end };
  }
  const until = (start: string, stop: string): { inside: string; end: number } | undefined => {
    const found = text.indexOf(stop, at + start.length);
    return found < 0 ? undefined : { inside: text.slice(at + start.length, found), end: found + stop.length };
  };
  for (const [start, stop, is] of SECTIONS)
    if (text.startsWith(start, at)) {
      const section = until(start, stop);
      return section && { is, text: section.inside, end: section.end };
    }
  return undefined;
}

const SECTIONS: readonly (readonly [start: string, stop: string, is: Token['is']])[] = [
  ['<!--', '-->', 'nothing'],
  ['<![CDATA[', ']]>', 'text'],
  ['<?', '?>', 'nothing'],
  ['</', '>', 'closed'],
  ['<', '>', 'opened'],
];

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, quoted, single] of text.matchAll(
    /([\w:.-]{1,100})\s{0,10}=\s{0,10}(?:"([^"<]*)"|'([^'<]*)')/g,
  ))
    attributes[localName(name!)] = decoded(quoted ?? single ?? '');
  return attributes;
}

/** All elements of this name, at any depth, in the order in which they stand. */
export function findAll(element: Element | undefined, name: string): Element[] {
  if (!element) return [];
  const below = element.children.flatMap((child) => findAll(child, name));
  return element.name === name ? [element, ...below] : below;
}

/** The first element at the end of this path of names, each anywhere below the one before. */
export function find(element: Element | undefined, ...path: string[]): Element | undefined {
  let found = element;
  for (const name of path) found = findAll(found, name)[0];
  return found;
}

/**
 * Text of an element or an attribute. What XML 1.0 has no way to write (most control characters, halves of surrogate pairs) becomes
 * U+FFFD.
 */
export function escapedXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => entities[character]!);
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, number, name) => {
    const code = hex ? Number.parseInt(hex, 16) : number ? Number(number) : undefined;
    if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    return ENTITIES[name] ?? whole;
  });
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1).trimEnd();
