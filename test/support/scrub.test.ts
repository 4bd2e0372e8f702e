// What is taken out of a text before it leaves the box, and what is not.

import { test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import { scrubbed, scrubbedData, scrubbedLog } from '../../agent/support/scrub.ts';
import { knownSecrets } from '../../agent/support/secrets.ts';

const SECRET = `p@ss "w/ord"`;
const forms: [name: string, text: string][] = [
  ['as it is', `login ${SECRET} failed`],
  ['in JSON', JSON.stringify({ message: `tried ${SECRET}` })],
  ['percent-encoded', `rtsp://h/?x=${encodeURIComponent(SECRET)}`],
  ['in base64', `Authorization: ${Buffer.from(SECRET).toString('base64')}`],
];
for (const [name, text] of forms)
  test(`a known secret ${name}`, (t) => {
    const clean = scrubbed(text, [SECRET]);
    for (const part of ['w/ord', 'w%2Ford', Buffer.from(SECRET).toString('base64')])
      t.notOk(clean.includes(part), clean);
    t.end();
  });

const unknown: [text: string, secret: string][] = [
  ['rtsp://adm:hunter2@192.0.2.1/x refused', 'hunter2'],
  ['http://cam/cgi?user=a&password=hunter2', 'hunter2'],
  ['password: hunter2', 'hunter2'],
  ['# old password = "hunter 2"', 'hunter 2'],
  ['{"mqttPassword":"hunter\\"2"}', 'hunter'],
  ['MQTT_TOKEN=hunter2 anpr run', 'hunter2'],
  ['anpr --password hunter2', 'hunter2'],
  ['Authorization: Basic YWRtOmh1bnRlcjI=', 'YWRtOmh1bnRlcjI'],
  ['Digest username="adm", response="0123456789abcdef"', '0123456789abcdef'],
  ['-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n-----END PRIVATE KEY-----', 'MC4CAQAwBQ'],
  ['-----BEGIN EC PRIVATE KEY-----\nMC4CAQAwBQ\ncut off here', 'MC4CAQAwBQ'],
];
for (const [text, secret] of unknown)
  test(`what looks like a secret in ${JSON.stringify(text).slice(0, 50)}`, (t) => {
    t.notMatch(scrubbed(text, []), secret);
    t.end();
  });

test('what is no secret stays', (t) => {
  for (const text of [
    '"passwordFile": "/etc/anpr/secrets/camera-gate"',
    'camera gate: login-refused, digest login',
    '2026-11-22T10:00:00.000Z 25.0/s, 1920x1080',
    'keyFrameDistance 50, key frame each 50',
  ])
    t.equal(scrubbed(text, ['abc', '']), text);
  t.end();
});

test('secrets are known from files, environment and where they should not stand', (t) => {
  const folder = t.testdir({
    pw: 'from-a-file\n',
    siren: 'of-the-siren\n',
    key: '-----BEGIN PRIVATE KEY-----\nkeyline1\n-----END PRIVATE KEY-----\n',
  });
  const config = schema.parse({
    ...{ version: 1, site: 's', box: 'b' },
    cameras: [{ id: 'a', url: 'rtsp://h/', username: 'u', passwordFile: `${folder}/pw` }],
    uplink: {
      url: 'mqtts://b',
      certFile: '/c',
      keyFile: `${folder}/key`,
      username: 'u',
      passwordFile: `${folder}/none`,
    },
    hits: { alarms: { mqtt: { url: 'mqtt://s', username: 'u', passwordFile: `${folder}/siren` } } },
  });
  const text =
    'cameras: [{url: "rtsp://u:in-a-url@h/"}] # password: in-a-comment\npasswordFile: not-a-secret\n';
  const found = knownSecrets(config, text, { MY_TOKEN: 'in-the-environment', HOME: '/root' });
  for (const secret of [
    'from-a-file',
    'of-the-siren',
    'keyline1',
    'in-a-url',
    'in-a-comment',
    'in-the-environment',
  ])
    t.ok(
      found.some((one) => one.includes(secret)),
      secret,
    );
  t.notOk(found.includes('/root') || found.includes('not-a-secret'));
  t.end();
});

test('data and logs stay what they are', (t) => {
  t.same(scrubbedData({ a: ['x=1', { token: 'hunter2', passwordFile: '/p', n: 3, none: null }] }, []), {
    a: ['x=1', { token: '***', passwordFile: '/p', n: 3, none: null }],
  });
  const log = scrubbedLog('{"msg":"password=hunter2"}\nplain secret: hunter2\n{"broken": "pwd=hunter2\n', [
    'other',
  ]);
  t.notMatch(log, /hunter2/);
  t.same(JSON.parse(log.split('\n')[0]!), { msg: 'password=***' });
  t.end();
});
