// Who may see a page: a table of knocks at its door.

import { test } from 'tap';
import { judgeKnock, type Knock } from '../../agent/page/gate-policy.ts';
import { createSessions } from '../../agent/page/sessions.ts';

const isFresh = (token: string) => token === 'fresh';
const visitor: Knock = {
  method: 'GET',
  host: '127.0.0.1:8470',
  origin: undefined,
  isSocket: false,
  token: null,
  hasSession: false,
};
const viewer: Knock = { ...visitor, hasSession: true };
const own = 'http://127.0.0.1:8470';

const cases: [what: string, knock: Knock, is: string, status?: number][] = [
  ['the printed address', { ...visitor, token: 'fresh' }, 'entered'],
  ['it again, elsewhere', { ...visitor, token: 'used' }, 'refused', 403],
  ['it again, in the browser that was let in', { ...viewer, token: 'used' }, 'again'],
  ['a fresh one in a browser that is in: not used up', { ...viewer, token: 'fresh' }, 'again'],
  ['an empty token', { ...visitor, token: '' }, 'refused', 403],
  ['no token', visitor, 'refused', 403],
  ['a session', viewer, 'admitted'],
  ['a tunnel that ends on another port', { ...viewer, host: 'localhost:9000' }, 'admitted'],
  ['IPv6', { ...viewer, host: '[::1]:8470' }, 'admitted'],
  ['a name that resolves to 127.0.0.1', { ...viewer, host: 'evil.example:8470' }, 'refused', 421],
  ['a name that begins like ours', { ...viewer, host: '127.0.0.1.evil.example' }, 'refused', 421],
  [
    'a name that begins like ours, with our token',
    { ...visitor, host: 'localhost.evil.example', token: 'fresh' },
    'refused',
    421,
  ],
  ['no host', { ...viewer, host: undefined }, 'refused', 421],
  ['asked for by another page', { ...viewer, origin: 'https://evil.example' }, 'refused', 403],
  ['asked for by a page without an origin', { ...viewer, origin: 'null' }, 'refused', 403],
  ['asked for by another port here', { ...viewer, origin: 'http://127.0.0.1:9999' }, 'refused', 403],
  ['asked for by its own page', { ...viewer, origin: own }, 'admitted'],
  [
    'its own page, the name in capitals',
    { ...viewer, host: 'LocalHost:1', origin: 'http://localhost:1' },
    'admitted',
  ],
  ['a socket of its own page', { ...viewer, isSocket: true, origin: own }, 'admitted'],
  ['a socket of nobody', { ...viewer, isSocket: true }, 'refused', 403],
  ['a socket without a session', { ...visitor, isSocket: true, origin: own }, 'refused', 403],
  [
    'a socket with the token in place of a session',
    { ...visitor, isSocket: true, origin: own, token: 'fresh' },
    'refused',
    403,
  ],
  ['something sent', { ...viewer, method: 'POST', origin: own }, 'refused', 405],
];

for (const [what, knock, is, status] of cases)
  test(`${is}: ${what}`, (t) => {
    t.match(judgeKnock(knock, isFresh), { is, ...(status === undefined ? {} : { status }) });
    t.end();
  });

test('a token works once, and its session for as long as its page', (t) => {
  const sessions = createSessions('preview', 8470);
  const [one, other] = [sessions.token(), sessions.token()];
  t.not(one, other);
  t.ok(sessions.isFresh(one));
  const cookie = sessions.begin(one);
  t.notOk(sessions.isFresh(one), 'used up');
  t.ok(sessions.isFresh(other), 'the other one is not');
  t.ok(sessions.has(`theme=dark; anpr-preview-8470=${cookie}`));
  t.notOk(sessions.has(`anpr-preview-8470=${cookie}x`));
  t.notOk(sessions.has(`anpr-preview-9999=${cookie}`));
  t.notOk(sessions.has(undefined));
  t.ok(one.length >= 32, 'long enough not to be guessed');
  for (let count = 0; count < 20; count++) sessions.token();
  t.notOk(sessions.isFresh(other), 'nobody keeps addresses that were never used');
  t.end();
});
