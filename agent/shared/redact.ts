// Addresses without their secrets, for whatever is printed, logged or sent.

/**
 * Text whose addresses have lost what may be a secret: everything between `//` and the last `@` before the query
 * (cameras take passwords with slashes in them, so a doubtful `@` counts), and secrets in the query.
 */
export function redactUrl(text: string): string {
  return redactQuery(text.replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^?#\s]*@/gi, '$1***@'));
}

/** Text without the values of keys that sound like a password: `…?user=a&password=b`. For addresses known to have no login. */
export function redactQuery(text: string): string {
  return text.replaceAll(/((?:pass(?:word|wd|phrase)?|pwd|secret|token|key)[=:])[^&;/\s]*/gi, '$1***');
}
