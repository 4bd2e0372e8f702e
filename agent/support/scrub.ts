// Text without secrets, for what leaves the box in somebody's hands: first every secret that is known, in each form it
// may have been written in, then whatever looks like one. Pure.

import { redactUrl } from '../shared/redact.ts';

const MASK = '***';
/** Shorter ones would blacken every text; a password of three letters is told of by the doctor's own means. */
const MIN_SECRET_CHARACTERS = 4;

/** What follows a name that sounds like a secret: `password: x`, `PASSWORD=x`, `"token": "x"`, `--password x`. */
const NAMED =
  /((?:["']?[\w.-]*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|private[-_]?key|psk|credential)["']?\s*[:=]|--pass(?:word)?)\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&}\]"']+)/gi;
/** Keys that end in File name a place, not a secret. */
const PLACE = /(?:file|directory|stdin)["']?\s*[:=]\s*$/i;
const PEM =
  /-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|SECRET)[A-Z0-9 ]*-----[\s\S]*?(?:-----END [A-Z0-9 ]*-----|$)/g;
const AUTHORIZATION = /\b((?:Basic|Bearer)\s+)[A-Za-z0-9+/=._~-]{4,}/g;
const DIGEST = /\b((?:response|nonce|cnonce)=")[^"]*"/g;

/** @param secrets known ones, as they are */
export function scrubbed(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const form of formsOf(secrets)) clean = clean.replaceAll(form, MASK);
  clean = clean.replaceAll(PEM, `${MASK} (a private key)`);
  clean = clean.replaceAll(AUTHORIZATION, `$1${MASK}`).replaceAll(DIGEST, `$1${MASK}"`);
  clean = clean.replaceAll(NAMED, (whole, before: string) =>
    PLACE.test(before) ? whole : `${before}${MASK}`,
  );
  return redactUrl(clean);
}

const SECRET_KEY = /pass(?:word|wd|phrase)?$|pwd$|secret$|token$|apikey$|private_?key$|psk$|credential$/i;

/** The same for data: each text in it, and all of what a key names that sounds like a secret. */
export function scrubbedData(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return scrubbed(value, secrets);
  if (Array.isArray(value)) return value.map((each) => scrubbedData(each, secrets));
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      scrubbed(key, secrets),
      SECRET_KEY.test(key) && typeof each === 'string' ? MASK : scrubbedData(each, secrets),
    ]),
  );
}

/** The same for a log: JSON lines stay JSON. */
export function scrubbedLog(text: string, secrets: readonly string[]): string {
  // What goes over several lines, a key for one, has to be found before they are taken apart.
  return text
    .replaceAll(PEM, `${MASK} (a private key)`)
    .split('\n')
    .map((line) => {
      if (!line.startsWith('{')) return scrubbed(line, secrets);
      try {
        return JSON.stringify(scrubbedData(JSON.parse(line), secrets));
      } catch {
        return scrubbed(line, secrets);
      }
    })
    .join('\n');
}

/** As it is, percent-encoded, inside JSON, in base64 (alone and at the end of a login), longest first. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => {
    if (secret.length < MIN_SECRET_CHARACTERS) return [];
    return [
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
      Buffer.from(secret).toString('hex'),
    ];
  });
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
