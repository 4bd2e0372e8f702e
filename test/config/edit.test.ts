// The configuration as a command changes it: what a person wrote stays.

import { lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import {
  addCamera,
  exampleFor,
  loadConfig,
  removeCamera,
  setCameraPassword,
} from '../../agent/config/index.ts';
import { withLinesAsBefore } from '../../agent/config/lines-policy.ts';

const WRITTEN = `# north of the bridge
version: 1
site: e19
box: north # the older one
cameras:
  # the one at the gate
  - id: gate
    url: rtsp://192.0.2.10/s1 # main stream
    masks:
      - [[0.8, 0], [1, 0], [1, 0.3]]

# where it all goes
uplink: {url: 'mqtt://broker.example'}
`;

test('a configuration that is a link stays one: what it leads to is changed', (t) => {
  const folder = t.testdir({ kept: { 'north.yaml': WRITTEN }, etc: {} });
  const link = join(folder, 'etc/agent.yaml');
  symlinkSync('../kept/north.yaml', link);
  addCamera(link, { id: 'exit', url: 'rtsp://192.0.2.11/s1' });
  t.ok(lstatSync(link).isSymbolicLink());
  t.equal(loadConfig(join(folder, 'kept/north.yaml')).cameras.length, 2);
  t.end();
});

test('a camera is added at the end, every comment stays, the password lies apart', (t) => {
  const file = join(t.testdir({ 'agent.yaml': WRITTEN }), 'agent.yaml');
  const secret = addCamera(
    file,
    { id: 'exit', url: 'rtsp://192.0.2.11/s1', username: 'anpr' },
    'it\'s "secret"',
  );
  const text = readFileSync(file, 'utf8');
  for (const comment of [
    '# north of the bridge',
    '# the older one',
    '# the one at the gate',
    '# main stream',
    '# where it all goes',
  ])
    t.ok(text.includes(comment), comment);
  t.notMatch(text, /secret"/);
  const { cameras } = loadConfig(file);
  t.match(cameras, [
    { id: 'gate', masks: [[[0.8, 0]]] },
    { id: 'exit', username: 'anpr', transport: 'tcp' },
  ]);
  t.equal(secret, 'secrets/camera-exit');
  const path = join(file, '..', secret!);
  t.equal(readFileSync(path, 'utf8'), 'it\'s "secret"\n');
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.throws(() => addCamera(file, { id: 'gate', url: 'rtsp://192.0.2.12/' }), { code: 'config.exists' });

  t.equal(removeCamera(file, 'exit'), 'secrets/camera-exit', 'its password goes with it');
  t.notOk(statSync(path, { throwIfNoEntry: false }));
  const after = readFileSync(file, 'utf8');
  t.ok(after.includes('# the one at the gate'));
  t.same(
    loadConfig(file).cameras.map(({ id }) => id),
    ['gate'],
  );
  t.throws(() => removeCamera(file, 'exit'), { code: 'config.no-camera' });
  t.end();
});

test('the examples in a configuration stay where they are, to be used by taking a # away', (t) => {
  const before = exampleFor('e19', 'north');
  const file = join(t.testdir({ 'agent.yaml': before }), 'agent.yaml');
  addCamera(file, { id: 'gate', url: 'rtsp://192.0.2.10/s1' });
  const added = readFileSync(file, 'utf8');
  t.ok(added.startsWith(before.trimEnd()), 'nothing but the camera has come');
  writeFileSync(file, added.replace(/^#uplink:$/m, 'uplink:').replace(/^ {2}#url: mqtts:/m, '  url: mqtts:'));
  t.match(loadConfig(file), { uplink: { url: 'mqtts://broker.example:8883' }, cameras: [{ id: 'gate' }] });
  addCamera(file, { id: 'exit', url: 'rtsp://192.0.2.11/s1' });
  removeCamera(file, 'gate');
  const comments = (text: string) => text.split('\n').filter((line) => /^ *#/.test(line));
  t.same(
    comments(readFileSync(file, 'utf8')),
    comments(before).filter((line) => !/^#uplink:$|^ {2}#url: mqtts:\/\/broker/.test(line)),
  );
  t.end();
});

const changes: [what: string, before: string, after: string, wanted: string][] = [
  ['an example stays indented', 'a:\n  #x: 1\nb: 1\n', 'a:\n#x: 1\nb: 2\n', 'a:\n  #x: 1\nb: 2\n'],
  ['what comes last stands last', 'a: 1\n  #x\n', 'a: 1\nb: 2\n', 'a: 1\n  #x\nb: 2\n'],
  [
    'what comes between stands behind its line',
    'a:\n  b: 1\n  #x\nc: 1',
    'a:\n  b: 1\n  d: 1\nc: 1\n',
    'a:\n  b: 1\n  d: 1\n  #x\nc: 1\n',
  ],
  ['a comment of what goes stays', '# of a\na: 1\nb: 1\n', 'b: 1\n', '# of a\nb: 1\n'],
  ['a text with lines like comments', 'a: |\n  x\n  # y\nb: 1\n', 'a: |\n  x\nb: 1\n', 'a: |\n  x\nb: 1\n'],
  ['nothing before', '', 'a: 1\n', '\na: 1\n'],
];
test('what is changed, line by line', (t) => {
  for (const [what, before, after, wanted] of changes)
    t.equal(withLinesAsBefore(before, after), wanted, what);
  t.end();
});

test('the first camera of a file whose cameras are all commented out', (t) => {
  const file = join(t.testdir({ 'agent.yaml': exampleFor('e19', 'north') }), 'agent.yaml');
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('#'));
  t.equal(addCamera(file, { id: 'gate', url: 'rtsp://192.0.2.10/s1', transport: 'udp' }), undefined);
  const after = readFileSync(file, 'utf8');
  for (const line of lines) t.ok(after.includes(line.trim()), line);
  t.match(loadConfig(file).cameras, [{ id: 'gate', transport: 'udp' }]);
  t.end();
});

test('a file that is wrong is left as it is', (t) => {
  const file = join(t.testdir({ 'agent.yaml': `${WRITTEN}lgo: {}\n` }), 'agent.yaml');
  t.throws(() => addCamera(file, { id: 'exit', url: 'rtsp://192.0.2.11/' }), { code: 'config.invalid' });
  writeFileSync(file, WRITTEN);
  t.throws(() => addCamera(file, { id: 'no spaces', url: 'rtsp://192.0.2.11/' }, 'x'), {
    code: 'config.invalid',
  });
  t.equal(readFileSync(file, 'utf8'), WRITTEN);
  t.throws(() => addCamera(`${file}.none`, { id: 'a', url: 'rtsp://192.0.2.11/' }), {
    code: 'config.missing',
  });
  t.end();
});

test("a camera's password is changed where it lies, or gets its place", (t) => {
  const file = join(
    t.testdir({
      'agent.yaml': `# keep me
version: 1
site: e19
box: north
cameras:
  - {id: own, url: 'rtsp://192.0.2.1/', username: u, passwordFile: mine/own.txt} # by hand
  - {id: none, url: 'rtsp://192.0.2.2/', username: u}
  - {id: open, url: 'rtsp://192.0.2.3/'}
`,
    }),
    'agent.yaml',
  );
  const before = readFileSync(file, 'utf8');
  t.equal(setCameraPassword(file, 'own', 'a'), 'mine/own.txt');
  t.equal(readFileSync(file, 'utf8'), before);
  t.equal(readFileSync(join(file, '../mine/own.txt'), 'utf8'), 'a\n');
  t.equal(setCameraPassword(file, 'none', 'b'), 'secrets/camera-none');
  t.match(readFileSync(file, 'utf8'), /^# keep me[\s\S]*# by hand/);
  t.match(loadConfig(file).cameras[1], { passwordFile: join(file, '../secrets/camera-none') });
  t.throws(() => setCameraPassword(file, 'open', 'c'), { code: 'config.no-user' });
  t.throws(() => setCameraPassword(file, 'nobody', 'c'), { code: 'config.no-camera' });
  t.end();
});
