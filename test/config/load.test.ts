// A configuration file that is right: defaults, paths, where it is looked for; and files that are not.

import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'tap';
import {
  checkConfig,
  configPath,
  initConfig,
  loadConfig,
  namedFiles,
  resolvedConfig,
} from '../../agent/config/index.ts';
import { readSecret } from '../../agent/shared/secret-file.ts';

const TEXT = `version: 1
site: e19
box: north
journal: {path: data/journal.db}
cameras:
  - {id: a, url: 'rtsp://192.0.2.1/x?password=hunter2', username: u, passwordFile: ./secrets/a}
  - {id: b, url: 'rtsp://192.0.2.2/x', username: u, passwordFile: cam-b}
hits: {alarms: {webhook: {url: 'https://siren.example/hit?token=hunter2'}}}
`;

test('relative paths start at the folder of the file, and defaults are filled in', (t) => {
  const folder = t.testdir({ 'agent.yaml': TEXT, secrets: { a: 'one\n' }, credentials: { 'cam-b': 'two' } });
  const config = loadConfig(join(folder, 'agent.yaml'), {
    environment: { CREDENTIALS_DIRECTORY: join(folder, 'credentials') },
  });
  t.equal(config.journal.path, join(folder, 'data/journal.db'));
  t.equal(config.cameras[0]!.passwordFile, join(folder, 'secrets/a'));
  t.equal(config.cameras[1]!.passwordFile, join(folder, 'credentials/cam-b'), 'a bare name is a credential');
  t.equal(config.cameras[0]!.stallSeconds, 8);
  t.match(config, { evidence: { overview: 'masked' }, cameras: [{ overview: undefined }] });
  t.equal(config.api.socket, '/run/anpr/anpr.sock');
  t.notMatch(JSON.stringify(resolvedConfig(config)), /hunter2/, 'what is shown holds no secret');
  t.end();
});

test('a credential that the unit lacks is told of, outside the unit it may be there', (t) => {
  const folder = t.testdir({ 'agent.yaml': TEXT, secrets: { a: 'one' }, credentials: {} });
  const file = join(folder, 'agent.yaml');
  t.throws(() => loadConfig(file, { environment: { CREDENTIALS_DIRECTORY: join(folder, 'credentials') } }), {
    code: 'config.invalid',
    message: /agent\.yaml:7:\d+: cameras\[1\]\.passwordFile: wanted a file/,
  });
  t.doesNotThrow(() => loadConfig(file, { environment: {} }));
  t.doesNotThrow(() => loadConfig(file, { checkFiles: false }));
  t.end();
});

test('no file, a folder and a file that is too big are config.missing', (t) => {
  const folder = t.testdir({ 'big.yaml': '#'.repeat(1024 * 1024 + 1) });
  t.throws(() => loadConfig(join(folder, 'none.yaml')), {
    code: 'config.missing',
    message: /no such file/,
    remedy: /anpr config init/,
  });
  t.throws(() => loadConfig(folder), { code: 'config.missing', message: /a folder/ });
  t.throws(() => loadConfig(join(folder, 'big.yaml')), { code: 'config.missing', message: /bytes/ });
  t.end();
});

test('the file is --config, else $ANPR_CONFIG, else /etc/anpr/agent.yaml', (t) => {
  const before = process.env.ANPR_CONFIG;
  t.teardown(() => {
    if (before === undefined) delete process.env.ANPR_CONFIG;
    else process.env.ANPR_CONFIG = before;
  });
  process.env.ANPR_CONFIG = '/from/environment.yaml';
  t.equal(configPath('/from/option.yaml'), '/from/option.yaml');
  t.equal(configPath(), '/from/environment.yaml');
  delete process.env.ANPR_CONFIG;
  t.equal(configPath(), '/etc/anpr/agent.yaml');
  t.end();
});

test('a secret comes without its newline, from a file or a credential', (t) => {
  const folder = t.testdir({
    plain: 'hunter2\n',
    windows: 'hunter2\r\n',
    spaces: ' two words \n\n',
    empty: '\n',
    credentials: { plain: 'from systemd' },
  });
  const read = (name: string) => readSecret(name, { folder, environment: {} });
  t.equal(read('plain'), 'hunter2');
  t.equal(read('windows'), 'hunter2');
  t.equal(read('./spaces'), ' two words \n', 'one newline only');
  t.equal(
    readSecret('plain', { folder, environment: { CREDENTIALS_DIRECTORY: join(folder, 'credentials') } }),
    'from systemd',
  );
  t.equal(
    readSecret('plain', { folder, environment: {}, serviceCredentials: join(folder, 'credentials') }),
    'from systemd',
    'and what systemd shows the running agent, for whoever may look there',
  );
  t.throws(() => read('empty'), { code: 'config.secret', message: /empty/ });
  t.throws(() => read('none'), {
    code: 'config.secret',
    message: /no such file/,
    remedy: /LoadCredential=none/,
  });
  t.throws(() => read('credentials'), { code: 'config.secret' });
  t.end();
});

test('a secret that everybody may read is told of', (t) => {
  const folder = t.testdir({ secret: 'hunter2' });
  const warnings: string[] = [];
  const options = { folder, environment: {}, warn: (message: string) => warnings.push(message) };
  chmodSync(join(folder, 'secret'), 0o640);
  readSecret('secret', options);
  t.same(warnings, []);
  chmodSync(join(folder, 'secret'), 0o644);
  t.equal(readSecret('secret', options), 'hunter2', 'it is read all the same');
  t.match(warnings, [/everybody .* chmod 640/]);
  t.notMatch(warnings.join(), /hunter2/);
  t.end();
});

test('check tells of what is allowed and probably not meant', (t) => {
  const folder = t.testdir({ 'agent.yaml': TEXT, secrets: { a: 'one' } });
  chmodSync(join(folder, 'secrets/a'), 0o644);
  const { config, error, warnings } = checkConfig(join(folder, 'agent.yaml'), { environment: {} });
  t.ok(config);
  t.notOk(error);
  t.match(warnings, [/no uplink/, /everybody/]);
  t.end();
});

test('the files that it names: of cameras, brokers and alarms, each once', (t) => {
  const text = `version: 1
site: e19
box: north
cameras: [{id: a, url: 'rtsp://192.0.2.1/x', username: u, passwordFile: ./a}]
uplink:
  url: mqtts://broker
  certFile: ./identity
  keyFile: ./identity
  fallbacks: [{url: 'mqtts://other', caFile: ./other}]
hits:
  alarms:
    mqtt: {url: 'mqtts://siren', caFile: ./siren, username: u, passwordFile: ./a}
    webhook: {url: 'https://siren', certFile: ./hook, keyFile: ./hook-key}
`;
  const folder = t.testdir({ 'agent.yaml': text, a: 'x', identity: 'x', other: 'x', siren: 'x', hook: 'x' });
  writeFileSync(join(folder, 'hook-key'), 'x');
  chmodSync(join(folder, 'hook-key'), 0o604);
  const { config, warnings } = checkConfig(join(folder, 'agent.yaml'), { environment: {} });
  const named = namedFiles(config!).map(({ path, isSecret }) => `${basename(path)} ${isSecret}`);
  t.same(named, ['a true', 'identity true', 'other false', 'siren false', 'hook false', 'hook-key true']);
  t.ok(
    warnings.some((warning) => /everybody .*hook-key/.test(warning)),
    'and the secrets among them are looked at',
  );
  t.end();
});

test('init writes a file that is right, and overwrites none unasked', (t) => {
  const file = join(t.testdir(), 'new/agent.yaml');
  initConfig(file, { site: 'e19', box: '007' });
  const config = loadConfig(file);
  t.match(config, { site: 'e19', box: '007' });
  t.equal(statSync(file).mode & 0o777, 0o640);
  writeFileSync(file, 'mine');
  t.throws(() => initConfig(file, { site: 'e19', box: 'b' }), { code: 'config.exists' });
  t.equal(readFileSync(file, 'utf8'), 'mine');
  initConfig(file, { site: 'e19', box: 'b', force: true });
  t.equal(loadConfig(file).box, 'b');
  t.throws(() => initConfig(file, { site: 'my site', box: 'b', force: true }), { code: 'config.invalid' });
  t.end();
});
