// The agent that runs takes up a changed configuration, one after the other, and keeps the old one when the new is wrong.

import { test } from 'tap';
import { createReloader } from '../../agent/box/reload.ts';
import { type Config, type ConfigChanges, parseConfig } from '../../agent/config/index.ts';
import { silent } from '../journal/records.ts';

const configOf = (...ids: string[]): Config =>
  parseConfig(
    `version: 1\nsite: s\nbox: b\ncameras: [${ids.map((id) => `{id: ${id}, url: 'rtsp://192.0.2.1/'}`)}]\n`,
    '/tmp/agent.yaml',
    { checkFiles: false },
  );

test('one that is wrong changes nothing, and the status says why until it is right', async (t) => {
  let text: Config | undefined = configOf('a');
  const applied: ConfigChanges[] = [];
  const reloader = createReloader({
    config: configOf('a'),
    load() {
      if (text) return text;
      return parseConfig('versoin: 1\n', '/tmp/agent.yaml');
    },
    apply: async (changes) => void applied.push(changes),
    log: silent,
  });
  text = undefined;
  await t.rejects(reloader.reload(), { code: 'config.invalid' });
  t.match(reloader.status(), { problem: /versoin/ });
  t.same(applied, []);
  t.same(
    reloader.config.cameras.map(({ id }) => id),
    ['a'],
  );
  text = configOf('a', 'b');
  t.match(await reloader.reload(), { added: ['b'], removed: [], changed: [] });
  t.match(reloader.status(), { problem: null });
  t.equal(applied.length, 1);
});

test('one that is right and cannot be taken up whole is told of, and keeps no later one out', async (t) => {
  const texts = [configOf('a', 'b'), configOf('a')];
  let failures = 1;
  const reloader = createReloader({
    config: configOf('a'),
    load: () => texts.shift() ?? configOf('a'),
    async apply() {
      if (failures-- > 0) throw new Error('the disk is full');
    },
    log: silent,
  });
  await t.rejects(reloader.reload(), { message: 'the disk is full' });
  t.match(reloader.status(), { problem: /in part only: the disk is full/ });
  t.match(await reloader.reload(), { removed: ['b'] });
  t.match(reloader.status(), { problem: null });
});

test('reloads go one after the other, and none begins once it is closed', async (t) => {
  const texts = [configOf('a', 'b'), configOf('b'), configOf('c')];
  let under = 0;
  const steps: string[] = [];
  const reloader = createReloader({
    config: configOf('a'),
    load: () => texts.shift() ?? configOf('c'),
    async apply({ added, removed }) {
      t.equal(++under, 1);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`+${added} -${removed}`);
      under--;
    },
    log: silent,
  });
  await Promise.all([reloader.reload(), reloader.reload(), reloader.reload()]);
  t.same(steps, ['+b -', '+ -a', '+c -b']);
  await reloader.close();
  t.match(await reloader.reload(), { added: [], removed: [], changed: [] });
  t.equal(steps.length, 3);
});

test('a broker with another password, or another broker, is a new connection', async (t) => {
  let password = 'old';
  let url = 'mqtt://192.0.2.2';
  const withUplink = (): Config => {
    return parseConfig(
      `version: 1\nsite: s\nbox: b\ncameras: []\nuplink: {url: '${url}'}\n`,
      '/tmp/agent.yaml',
      { checkFiles: false },
    );
  };
  const applied: ConfigChanges[] = [];
  const reloader = createReloader({
    config: withUplink(),
    load: withUplink,
    secretsOf: () => password,
    apply: async (changes) => void applied.push(changes),
    log: silent,
  });
  t.match(await reloader.reload(), { uplink: 'unchanged' });
  password = 'new';
  t.match(await reloader.reload(), { uplink: 'anew' });
  t.match(await reloader.reload(), { uplink: 'unchanged' });
  url = 'mqtt://192.0.2.3';
  t.match(await reloader.reload(), { uplink: 'anew', atNextStart: [] });
  t.equal(applied.at(-1)?.config.uplink?.url, url);
});

test('a camera with another password is started anew', async (t) => {
  let password = 'old';
  const reloader = createReloader({
    config: configOf('a', 'b'),
    load: () => configOf('a', 'b'),
    secretOf: ({ id }) => (id === 'a' ? password : ''),
    apply: async () => {},
    log: silent,
  });
  t.match(await reloader.reload(), { changed: [] });
  password = 'new';
  t.match(await reloader.reload(), { changed: ['a'] });
  t.match(await reloader.reload(), { changed: [] });
});
