// Patterns of plates as people write them: `*` stands for any characters, `?` for one; case, spaces and hyphens do not
// count.

/** Tells whether a plate's text (A–Z, 0–9) is like the pattern. */
export function plateMatcher(pattern: string): (text: string) => boolean {
  const source = pattern
    .toUpperCase()
    .replaceAll(/[^A-Z0-9*?]/g, '')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`);
  return (text) => expression.test(text);
}
