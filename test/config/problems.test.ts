// A configuration with mistakes: each is told with its line, what was wanted, what came, and what was probably meant.

import { test } from 'tap';
import { ConfigError, parseConfig } from '../../agent/config/index.ts';

const HEAD = 'version: 1\nsite: e19\nbox: north\n';

/** `line:column message` of each problem. */
function problemsIn(text: string): string[] {
  try {
    parseConfig(text, '/etc/anpr/agent.yaml', { environment: {} });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
  return [];
}

const camera = (...lines: string[]) =>
  `${HEAD}cameras:\n  - id: a\n    url: rtsp://192.0.2.1/x\n${lines.map((line) => `    ${line}\n`).join('')}`;
const uplink = (...lines: string[]) => `${HEAD}uplink:\n${lines.map((line) => `  ${line}\n`).join('')}`;

const table: [name: string, text: string, problems: string[]][] = [
  ['nothing wrong', camera('username: anpr'), []],
  [
    'a policy that there is not',
    camera('overview: mask'),
    ['7:15 cameras[0].overview: wanted one of none, masked, full, found "mask"; did you mean "masked"?'],
  ],
  [
    'a mistyped key',
    `${HEAD}cameras:\n  - id: a\n    urll: rtsp://192.0.2.1/x\n`,
    ['6:5 unknown key "urll" in cameras[0]; did you mean "url"?'],
  ],
  ['a mistyped group', `${HEAD}lgo:\n  level: info\n`, ['4:1 unknown key "lgo"; did you mean "log"?']],
  [
    'a key in other letters',
    camera('stall_seconds: 5'),
    ['7:5 unknown key "stall_seconds" in cameras[0]; did you mean "stallSeconds"?'],
  ],
  [
    'a key of another group',
    `${HEAD}jpegQuality: 80\n`,
    ['4:1 unknown key "jpegQuality"; it belongs to evidence.jpegQuality'],
  ],
  [
    'a key of nowhere',
    `${HEAD}api:\n  zzzzzz: 80\n`,
    ['5:3 unknown key "zzzzzz" in api; wanted one of socket'],
  ],
  [
    'a missing key',
    'version: 1\nsite: a\n',
    ['1:1 box is missing; wanted text (name of this box in topics)'],
  ],
  [
    'a wrong type',
    camera('stallSeconds: ten'),
    ['7:19 cameras[0].stallSeconds: wanted a number from 1 to 60, found "ten"'],
  ],
  [
    'a quoted number',
    camera('stallSeconds: "10"'),
    ['7:19 cameras[0].stallSeconds: wanted a number from 1 to 60, found the text "10": leave the quotes out'],
  ],
  [
    'a number where text is wanted',
    `version: 1\nsite: a\nbox: 12\n`,
    ['3:6 box: wanted text, found the number 12: put it in quotes'],
  ],
  [
    'a version number that YAML takes for a number',
    uplink('url: mqtt://broker', 'protocol: 5'),
    ['6:13 uplink.protocol: wanted one of 5, auto, 3.1.1, found the number 5: put it in quotes'],
  ],
  [
    'yes for true',
    camera('enabled: yes'),
    ['7:14 cameras[0].enabled: wanted true or false, found "yes" (YAML 1.2 knows only true and false)'],
  ],
  [
    'a choice in other letters',
    camera('transport: TCP'),
    ['7:16 cameras[0].transport: wanted one of tcp, udp, found "TCP"; did you mean "tcp"?'],
  ],
  [
    'a number out of range, deep in a list',
    camera('masks: [[[0, 0], [1, 0], [1, 2]]]'),
    ['7:34 cameras[0].masks[0][2][1]: wanted a number from 0 to 1, found 2'],
  ],
  [
    'a value where a group is wanted',
    camera('motion: 5'),
    ['7:13 cameras[0].motion: wanted a group of keys (enabled, threshold, minShare), found 5'],
  ],
  [
    'a list where a group is wanted',
    `${HEAD}uplink:\n  - url: x\n`,
    [
      '4:1 uplink: wanted a group of keys (url, protocol, clientId, username, passwordFile, caFile, certFile, keyFile, fallbacks, keepAliveSeconds, window, reconnectSeconds, pictures), found a list of 1',
    ],
  ],
  [
    'another scheme',
    `${HEAD}cameras:\n  - id: a\n    url: http://camera\n`,
    [
      '6:10 cameras[0].url: wanted an address that starts with rtsp://, rtsps:// or file://, found "http://camera"',
    ],
  ],
  [
    'a percent sign in the name of a recording',
    `${HEAD}cameras:\n  - id: a\n    url: file:///videos/100%.mp4\n`,
    [
      '6:10 cameras[0].url: wanted an address that can be understood, like scheme://host:port/path, found "file:///videos/100%.mp4"',
    ],
  ],
  [
    'a name that no topic can hold',
    'version: 1\nsite: my site\nbox: b\n',
    ['2:7 site: wanted letters, digits, "_" and "-" only, found "my site"'],
  ],
  [
    'a camera id used twice',
    `${HEAD}cameras:\n  - {id: a, url: "rtsp://x/1"}\n  - {id: a, url: "rtsp://x/2"}\n`,
    ['6:10 camera id "a" is used twice; wanted another one than entry 1 has'],
  ],
  [
    'a password file without a user',
    camera('passwordFile: secret'),
    ['7:5 "passwordFile" needs "username" beside it, which is missing'],
  ],
  [
    'TLS files without TLS',
    uplink('url: mqtt://broker', 'certFile: /dev/null', 'keyFile: /dev/null'),
    ['6:3 uplink.certFile is for TLS; wanted an uplink.url that starts with mqtts://, found mqtt://'],
  ],
  [
    "a further broker's certificate without TLS",
    uplink('url: mqtts://broker', 'fallbacks:', '  - url: mqtt://other', '    caFile: /dev/null'),
    [
      '8:7 uplink.fallbacks[0].caFile is for TLS; wanted an uplink.fallbacks[0].url that starts with mqtts://, found mqtt://',
    ],
  ],
  [
    'a certificate that is not there',
    uplink('url: mqtts://broker', 'caFile: ./nowhere/ca.pem'),
    ['6:11 uplink.caFile: wanted a file at /etc/anpr/nowhere/ca.pem, found no such file'],
  ],
  [
    "a further broker's file that is missing",
    uplink('url: mqtts://broker', 'fallbacks:', '  - url: mqtts://other', '    caFile: ./nowhere/ca.pem'),
    ['8:15 uplink.fallbacks[0].caFile: wanted a file at /etc/anpr/nowhere/ca.pem, found no such file'],
  ],
  [
    'a group whose keys are all commented out stands for the defaults',
    `${HEAD}log:\n  # level: debug\ncameras:\n`,
    [],
  ],
  [
    'all problems at once, in the order of the file',
    'version: 2\nsite: a\nbxo: b\ncameras:\n  - id: a\n    url: rtsp://x\n    looks: 3\n  - id: a\n    url: ftp://x\nlog: {level: loud}\n',
    [
      '1:10 version: wanted 1, found 2',
      '3:1 unknown key "bxo"; did you mean "box"?',
      '7:5 unknown key "looks" in cameras[0]; did you mean "looksPerSecond"?',
      '8:9 camera id "a" is used twice; wanted another one than entry 1 has',
      '9:10 cameras[1].url: wanted an address that starts with rtsp://, rtsps:// or file://, found "ftp://x"',
      '10:14 log.level: wanted one of debug, info, warn, error, silent, found "loud"',
    ],
  ],
  ['an empty file', '', ['1:1 wanted keys like "version: 1", found an empty file']],
  ['a file of text', 'hello\n', ['1:1 wanted keys like "version: 1", found no keys']],
  [
    'a problem behind an alias is shown where it stands',
    `${HEAD}cameras:\n  - {id: a, url: "rtsp://x/1", motion: &m {threshold: 0}}\n  - {id: b, url: "rtsp://x/2", motion: *m}\n`,
    [
      '5:55 cameras[0].motion.threshold: wanted a number from 1 to 255, found 0',
      '5:55 cameras[1].motion.threshold: wanted a number from 1 to 255, found 0',
    ],
  ],
];

for (const [name, text, problems] of table)
  test(name, (t) => {
    t.same(problemsIn(text), problems);
    t.end();
  });

const syntax: [name: string, text: string, problem: RegExp][] = [
  ['an unclosed quote', `${HEAD}log: "info\n`, /^5:1 not YAML: /],
  ['a tab', `${HEAD}log:\n\tlevel: info\n`, /^5:1 found a tab/],
  ['a key twice', `${HEAD}box: south\n`, /^4:1 this key was there before/],
  ['two documents', `${HEAD}---\nversion: 1\n`, /^4:1 found a second YAML document/],
];

for (const [name, text, problem] of syntax)
  test(`${name} is a mistake of syntax, with its line`, (t) => {
    t.throws(() => parseConfig(text, 'agent.yaml'), { code: 'config.syntax' });
    t.match(problemsIn(text)[0], problem);
    t.end();
  });

test('an alias bomb is refused', (t) => {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `l${i}: &l${i} [${Array(9).fill(i ? `*l${i - 1}` : 'x')}]`,
  );
  t.throws(() => parseConfig(levels.join('\n'), 'agent.yaml'), { code: 'config.syntax', message: /alias/ });
  t.end();
});

test('a secret in the file is refused and not repeated', (t) => {
  const secrets = [
    camera('password: hunter2'),
    `${HEAD}cameras:\n  - id: a\n    url: rtsp://admin:hunter2@192.0.2.1/x\n`,
    `${HEAD}cameras:\n  - id: a\n    url: rtsp://admin:hun/ter2@192.0.2.1/x\n`,
    `${HEAD}cameras:\n  - id: a\n    url: "http://h/?user=admin&password=hunter2"\n`,
    uplink('url: mqtts://box:hunter2@broker'),
    uplink('url: mqtts://broker', 'passphrase: hunter2'),
  ];
  for (const text of secrets) {
    const problems = problemsIn(text);
    t.equal(problems.length, 1, problems.join('; '));
    t.notMatch(problems.join(), /hun|ter2/);
  }
  t.match(problemsIn(secrets[0]!)[0], /^7:5 .*wanted "passwordFile", the file that holds it/);
  t.end();
});

test('an @ in the path of an address is no login', (t) => {
  t.same(problemsIn(`${HEAD}cameras:\n  - id: a\n    url: rtsp://192.0.2.1/live@main\n`), []);
  t.end();
});

test('the message lists every problem with file, line and column', (t) => {
  t.throws(() => parseConfig('version: 1\nsite: a b\nbox: c d\n', '/x/agent.yaml'), {
    code: 'config.invalid',
    message: /^2 problems .*\n\/x\/agent\.yaml:2:7: site: .*\n\/x\/agent\.yaml:3:6: box: /,
  });
  t.end();
});
