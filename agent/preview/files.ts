// What the page is made of, and with which headers it goes out: nothing is loaded from anywhere else.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  type: string;
  bytes: Buffer;
}

const here = (name: string) => new URL(`./page/${name}`, import.meta.url);
const SCRIPT = 'text/javascript; charset=utf-8';

/** By address. */
export function pageFiles(): Map<string, PageFile> {
  const own: Record<string, [name: string, type: string]> = {
    '/': ['index.html', 'text/html; charset=utf-8'],
    '/page.css': ['page.css', 'text/css; charset=utf-8'],
    '/page.js': ['page.js', SCRIPT],
    '/video.js': ['video.js', SCRIPT],
    '/boxes.js': ['boxes.js', SCRIPT],
    '/numbers.js': ['numbers.js', SCRIPT],
    '/reads.js': ['reads.js', SCRIPT],
    '/icon.svg': ['icon.svg', 'image/svg+xml'],
  };
  const files = new Map<string, PageFile>();
  for (const [path, [name, type]] of Object.entries(own))
    files.set(path, { type, bytes: readFileSync(here(name)) });
  const player = fileURLToPath(import.meta.resolve('@cycjimmy/jsmpeg-player'));
  files.set('/jsmpeg.js', { type: SCRIPT, bytes: readFileSync(player) });
  return files;
}

/** jsmpeg puts a style of its own into the page as soon as it is loaded, empty at first; no other one is let in. */
function styleHashes(files: Map<string, PageFile>): string {
  const source = files.get('/jsmpeg.js')?.bytes.toString() ?? '';
  const styles = [...source.matchAll(/^var css_\w+ = ("(?:[^"\\]|\\.)*");$/gm)];
  return ['', ...styles.map(([, literal]) => JSON.parse(literal ?? '""') as string)]
    .map((style) => ` 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    .join('');
}

/** @returns headers for a page that was asked for under that (checked) Host */
export function pageHeaders(files: Map<string, PageFile>): (host: string) => Record<string, string> {
  const styles = styleHashes(files);
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
