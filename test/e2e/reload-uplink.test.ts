// The way to the centre is changed while the agent runs: another broker, another password, other pictures, none.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { test } from 'tap';
import { parse, stringify } from 'yaml';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { openJournal } from '../../agent/journal/index.ts';
import { loadKeys } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { anpr } from '../cli/anpr.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { freePort, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { readPayload } from '../uplink/read-payload.ts';

const noPasswd = (() => {
  try {
    execFileSync('mosquitto_passwd', ['--help'], { stdio: 'ignore' });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'mosquitto_passwd is not installed' : false;
  }
})();

/** A read with its plate patch, kept before the agent starts. Resolves with its id. */
async function keepRead({
  journalPath,
  directory,
}: {
  journalPath: string;
  directory: string;
}): Promise<string> {
  const { ring: keys } = loadKeys(journalPath);
  const address = { site: 'test-site', box: 'test-box' };
  const journal = await openJournal({ path: journalPath, log: createLog('silent'), address, keys });
  const payload = { ...readPayload(), ...address };
  const { id, plate } = payload;
  const at = Date.now();
  const evidence = createEvidenceStore({ directory: join(directory, 'evidence'), keys });
  const { kind, sizeBytes, sha256 } = await evidence.put(id, 'plate', at, Buffer.from('jpeg'));
  const pictures = [{ kind, at, sizeBytes, sha256 }];
  await journal.append({ id, type: 'read', at, text: plate.text, payload, pictures });
  await journal.close();
  return id;
}

test('config reload: another broker, its right password, pictures, none, and nothing at all', {
  skip: noMosquitto || noPasswd,
  timeout: 240_000,
}, async (t) => {
  const folder = agentFolder({
    cameras: [],
    uplink: { url: `mqtt://127.0.0.1:${await freePort()}`, reconnectSeconds: 1 },
  });
  t.teardown(() => folder.close());
  const readId = await keepRead(folder);
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

  const login = { username: 'box', password: 'right', reconnectPeriod: 0 };
  const centre = await mqtt.connectAsync(broker.url, login);
  t.teardown(() => centre.endAsync(true));
  await centre.subscribeAsync(`anpr/1/test-site/test-box/evidence/${readId}`, { qos: 1 });
  const arrived = new Promise<Buffer>((resolve) => centre.once('message', (_topic, jpeg) => resolve(jpeg)));
  write({ url: broker.url, username: 'box', passwordFile, reconnectSeconds: 1, pictures: { send: 'plate' } });
  t.match(await reload(), /^Connects anew to the broker/);
  t.equal(String(await arrived), 'jpeg', 'the picture goes that waited');
  t.same((await agent.status()).config.atNextStart, []);

  write(undefined);
  t.match(await reload(), /^No broker is configured any more/);
  t.match(await agent.status(), { uplink: { state: 'off' }, config: { atNextStart: [] } });
  t.equal(await agent.stop(), 0);
});
