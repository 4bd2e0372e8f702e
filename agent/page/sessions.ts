// One-time tokens and the sessions that they begin. All in memory: they end with the page.

import { randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 24;
/** a second and a third viewer; older ones that nobody used are forgotten */
const MOST_TOKENS = 8;

export interface Sessions {
  /** A token for one more browser. */
  token(): string;
  isFresh(token: string): boolean;
  /** Uses a token up. Returns the cookie's value. */
  begin(token: string): string;
  /** @param cookies the header */
  has(cookies: string | undefined): boolean;
  cookieName: string;
}

/** @param port tells the cookies of two pages of one name apart: cookies know no ports */
export function createSessions(name: string, port: number): Sessions {
  const tokens = new Set<string>();
  const sessions = new Set<string>();
  const cookieName = `anpr-${name}-${port}`;
  const secret = () => randomBytes(SECRET_BYTES).toString('base64url');
  return {
    cookieName,
    token() {
      const token = secret();
      tokens.add(token);
      for (const oldest of tokens) if (tokens.size > MOST_TOKENS) tokens.delete(oldest);
      return token;
    },
    isFresh: (token) => isAmong(tokens, token),
    begin(token) {
      tokens.delete(token);
      const session = secret();
      sessions.add(session);
      return session;
    },
    has(cookies = '') {
      const own = cookies.split(/;\s*/).filter((cookie) => cookie.startsWith(`${cookieName}=`));
      return own.some((cookie) => isAmong(sessions, cookie.slice(cookieName.length + 1)));
    },
  };
}

function isAmong(secrets: Iterable<string>, given: string): boolean {
  const bytes = Buffer.from(given);
  let found = false;
  for (const secret of secrets) {
    const own = Buffer.from(secret);
    if (own.length === bytes.length && timingSafeEqual(own, bytes)) found = true;
  }
  return found;
}
