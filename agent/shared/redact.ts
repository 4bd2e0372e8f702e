// Addresses without their secrets, for whatever is printed, logged or sent.

/**
 * An address with what may be a secret taken out: everything between `//` and the last `@` before the path (cameras
 * take passwords with slashes in them, so a doubtful `@` counts), and values of keys that sound like a password.
 */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^?#\s]*@/i, '$1***@')
    .replaceAll(/((?:pass(?:word|wd|phrase)?|pwd|secret|token|key)[=:])[^&;/\s]*/gi, '$1***');
}
