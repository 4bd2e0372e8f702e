// The way to the centre is changed while the agent runs: another broker, another password, none.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { parse, stringify } from 'yaml';
import { anpr } from '../cli/anpr.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { freePort, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';

const noPasswd = (() => {
  try {
    execFileSync('mosquitto_passwd', ['--help'], { stdio: 'ignore' });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'mosquitto_passwd is not installed' : false;
  }
})();

test('config reload: another broker, its right password, none, and nothing at all', {
  skip: noMosquitto || noPasswd,
  timeout: 240_000,
}, async (t) => {
  const folder = agentFolder({
    cameras: [],
    uplink: { url: `mqtt://127.0.0.1:${await freePort()}`, reconnectSeconds: 1 },
  });
  t.teardown(() => folder.close());
  const passwords = join(folder.directory, 'passwords');
  execFileSync('mosquitto_passwd', ['-c', '-b', passwords, 'box', 'right']);
  const broker = await startMosquitto({ allowAnonymous: false, config: [`password_file ${passwords}`] });
  t.teardown(() => broker.stop());
  const write = (uplink: object | undefined) => {
    const { uplink: _, ...config } = parse(readFileSync(folder.configPath, 'utf8'));
    writeFileSync(folder.configPath, stringify({ ...config, ...(uplink && { uplink }) }));
  };
  const reload = async () =>
    (await anpr(['config', 'reload', '--config', folder.configPath], {})).stdout.trim();

  const agent = await folder.start();
  await agent.until(({ uplink }) => uplink.state === 'waiting');
  const passwordFile = join(folder.directory, 'broker-password');
  writeFileSync(passwordFile, 'wrong\n', { mode: 0o600 });
  write({ url: broker.url, username: 'box', passwordFile, reconnectSeconds: 1 });
  t.match(await reload(), /^Connects anew to the broker/);
  const refused = await agent.until(({ uplink }) => uplink.state === 'refused');
  t.equal(refused.uplink.broker, broker.url);

  writeFileSync(passwordFile, 'right\n');
  t.match(await reload(), /^Connects anew to the broker/);
  await agent.until(({ uplink, journal }) => uplink.state === 'connected' && journal.pending === 0);
  t.equal(await reload(), 'Nothing in it has changed.');

  write(undefined);
  t.match(await reload(), /^No broker is configured any more/);
  t.match(await agent.status(), { uplink: { state: 'off' }, config: { atNextStart: [] } });
  t.equal(await agent.stop(), 0);
});
