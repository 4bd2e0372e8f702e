// Who may see a page. Pure. Three doors: the Host must be a name of this machine (else a page elsewhere could have its
// own name resolve to 127.0.0.1 and ask: DNS rebinding), an Origin must be this very page, and then a session that was
// begun with the one-time token of the printed address.

import type { RefusalReason } from './refusal.ts';

export interface Knock {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  /** a WebSocket is asked for: browsers always say their Origin then, and no other rule of theirs protects it */
  isSocket: boolean;
  /** from the address; null: none in it */
  token: string | null;
  hasSession: boolean;
}

export type Verdict =
  | { is: 'admitted' }
  /** a session begins, and the token is used up; `/` without it is where to go on */
  | { is: 'entered' }
  /** the token is used up, but by this very browser */
  | { is: 'again' }
  | { is: 'refused'; status: 403 | 405 | 421; reason: RefusalReason };

/** A tunnel may end on any port of the browser's machine. */
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** @param isFresh whether a token was printed and not used yet */
export function judgeKnock(knock: Knock, isFresh: (token: string) => boolean): Verdict {
  const { method, host, origin, isSocket, token, hasSession } = knock;
  if (host === undefined || !LOOPBACK.test(host)) return refused(421, 'host');
  if (origin === undefined ? isSocket : origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return refused(403, 'origin');
  if (method !== 'GET') return refused(405, 'method');
  if (token !== null && !isSocket) {
    if (hasSession) return { is: 'again' };
    if (isFresh(token)) return { is: 'entered' };
    return refused(403, 'token');
  }
  return hasSession ? { is: 'admitted' } : refused(403, 'session');
}

const refused = (status: 403 | 405 | 421, reason: RefusalReason): Verdict => ({
  is: 'refused',
  status,
  reason,
});
