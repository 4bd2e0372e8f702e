// Secrets planted in every place that a running box has them: none shows in its log, in the process list, in an environment,
// in its metrics, in what the broker gets, or in a support bundle.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import mqtt from 'mqtt';
import { test } from 'tap';
import { loadKeys, openRing, sealPassword } from '../../agent/seal/index.ts';
import { anpr } from '../cli/anpr.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic, trafficClip } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';

const SECRETS = {
  sealedCamera: 'zebra-Camera-4711',
  clearCamera: 'quagga-Camera-0815',
  broker: 'okapi-Broker-1234',
};

/** Every form in which one may be written. */
const formsOf = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(`anpr:${secret}`).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
];

/** Command lines and environments of the agent and all that it started. */
function processesOf(pid: number): string {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each)))
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // it has ended
    }
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  return [...family]
    .flatMap((each) => ['cmdline', 'environ'].map((name) => `/proc/${each}/${name}`))
    .map((file) => (existsSync(file) ? readFileSync(file, 'latin1') : ''))
    .join('\n');
}

const skip =
  noMosquitto ||
  noFfmpeg ||
  noRtspServer ||
  noTraffic ||
  (existsSync('/proc/self/environ') ? false : 'needs /proc');

test('planted secrets stay where they are', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  execFileSync('mosquitto_passwd', ['-b', '-c', join(folder, 'users'), 'box', SECRETS.broker]);
  const broker = await startMosquitto({ config: [`password_file ${join(folder, 'users')}`] });
  t.teardown(() => broker.stop());
  const said: string[] = [];
  const client = await mqtt.connectAsync(broker.url);
  t.teardown(() => client.endAsync(true));
  client.on('message', (topic, payload) => said.push(topic, payload.toString('latin1')));
  await client.subscribeAsync('#', { qos: 1 });
  const login = ['--loop', '--user', 'anpr', '--password', SECRETS.sealedCamera];
  const camera = await startRtspCamera(trafficClip, login);
  t.teardown(() => camera.close());

  mkdirSync(join(folder, 'state'));
  const journal = join(folder, 'state/journal.db');
  const { ring } = loadKeys(journal, { environment: {}, credential: '/nonexistent' });
  const cameraFile = file('camera', sealPassword(openRing(ring).current, SECRETS.sealedCamera));
  const config = {
    journal: { path: journal },
    log: { level: 'debug' },
    uplink: { url: broker.url, username: 'box', passwordFile: file('broker', SECRETS.broker) },
    cameras: [
      { id: 'right', url: camera.url, username: 'anpr', passwordFile: cameraFile },
      { id: 'wrong', url: camera.url, username: 'anpr', passwordFile: file('clear', SECRETS.clearCamera) },
    ],
  };
  await using agent = agentFolder(config);
  const running = await agent.start();
  await running.until(
    ({ cameras, uplink }) =>
      uplink.state === 'connected' &&
      cameras.some(({ id, state }) => id === 'right' && state === 'streaming') &&
      cameras.some(({ id, state, reason }) => id === 'wrong' && state !== 'streaming' && reason !== null),
  );
  const metrics = await new Promise<string>((resolve, reject) => {
    request({ socketPath: join(agent.directory, 'anpr.sock'), path: '/1/metrics' }, (response) => {
      text(response).then(resolve, reject);
    })
      .once('error', reject)
      .end();
  });
  const bundle = join(folder, 'bundle.tar.gz');
  const made = await anpr(['support-bundle', '--output', bundle, '--config', agent.configPath]);
  t.equal(made.exitCode, 0, made.stderr);
  const places = {
    processes: processesOf(running.pid),
    metrics,
    bundle: execFileSync('tar', ['xzOf', bundle], { maxBuffer: 1 << 28 }).toString('latin1'),
    command: made.stdout + made.stderr,
  };
  await running.stop();
  const all = { ...places, log: running.log(), messages: said.join('\n') };
  for (const [place, content] of Object.entries(all)) {
    t.ok(content.length > 50, `${place}: ${content.length} characters`);
    for (const [name, secret] of Object.entries(SECRETS))
      for (const form of formsOf(secret)) t.notOk(content.includes(form), `${name} in ${place}`);
  }
});
