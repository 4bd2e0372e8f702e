// Broken input, the same each time: what is right is cut, turned, doubled and mixed by a number that the failure names.

/** Mulberry32: 32 bits of state, good enough to stir bytes with. @returns 0 ≤ x < 1 */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What parsers trip over: ends of ranges, control characters, names that JavaScript's objects have, deep and long things. */
const NASTY = [
  ...[
    '',
    '\0',
    '\r\n',
    '\r\n\r\n',
    '-1',
    '0',
    '1e999',
    '9007199254740993',
    '4294967296',
    'NaN',
    'null',
    'true',
    '{}',
    '[]',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '"',
    "'",
    '\\',
    '\\u0000',
    '\ud800',
    '\ufeff',
    '<!DOCTYPE x>',
    ']]>',
    '&amp;',
  ],
  ...[
    '%00',
    '%s',
    '../../etc/passwd',
    '*',
    '?',
    '#',
    '+',
    '/',
    ':',
    ',',
    ';',
    '\t',
    '&a',
    '*a',
    '!!js/function',
    '- '.repeat(50),
  ],
  ...[
    '['.repeat(200),
    '{"a":'.repeat(200),
    '('.repeat(200),
    'a'.repeat(5000),
    '9'.repeat(400),
    '<a>'.repeat(200),
  ],
].map((text) => Buffer.from(text));
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x4e, 0x0a, 0x0d, 0x22, 0x2c, 0x3c, 0x7b];

/** One broken input out of the right ones. */
export function broken(seeds: readonly Buffer[], next: () => number): Buffer {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const below = (count: number) => Math.floor(next() * count);
  let bytes = Buffer.from(pick(seeds));
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(bytes.length + 1);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (below(7)) {
      case 0:
        bytes = Buffer.from(before);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = pick(EDGES);
        break;
      case 2:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 3:
        bytes = Buffer.concat([before, pick(NASTY), after]);
        break;
      case 4:
        bytes = Buffer.concat([before, after.subarray(below(after.length + 1))]);
        break;
      case 5:
        bytes = Buffer.concat([before, after.subarray(0, below(60)), after]);
        break;
      default:
        bytes = Buffer.concat([before, pick(seeds).subarray(below(100))]);
    }
  }
  return bytes;
}
