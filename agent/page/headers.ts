// With which headers a page's files go out: nothing is loaded from anywhere else.

import { createHash } from 'node:crypto';

/**
 * @param inlineStyles texts of style elements that a library puts into the page: no others are let in
 * @returns headers for a page that was asked for under that (checked) Host
 */
export function pageHeaders(inlineStyles: readonly string[]): (host: string) => Record<string, string> {
  const styles = inlineStyles
    .map((style) => ` 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    .join('');
  return (host) => ({
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self'${styles}`,
      "img-src 'self'",
      `connect-src 'self' ws://${host}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
}
