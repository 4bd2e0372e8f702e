// The broker probe against real brokers: mosquitto with and without TLS, aedes for MQTT 3.1.1, and what else may
// answer on a port.

import { execFileSync } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { type Test, test } from 'tap';
import type { AgentStatus } from '../../agent/api/index.ts';
import { schema } from '../../agent/config/index.ts';
import type { ProbeResult } from '../../agent/health/index.ts';
import { probe } from '../../agent/health/probes/broker.ts';
import { loadKeys, openRing, sealPassword } from '../../agent/seal/index.ts';
import { status } from '../api/answers.ts';
import {
  freePort,
  type Mosquitto,
  makeCertificates,
  noMosquitto,
  startMosquitto,
} from '../fixtures/mosquitto.ts';

async function probed(
  uplink: Record<string, unknown>,
  more: object = {},
  agent?: AgentStatus,
): Promise<ProbeResult> {
  const config = schema.parse({ version: 1, site: 'e19', box: 'north', uplink, ...more });
  const context = { configFile: '/x', config, agent };
  return [await probe.run(context, new AbortController().signal)].flat()[0]!;
}

test('further brokers are looked at too, side by side, each under its own name', {
  skip: noMosquitto,
}, async (t) => {
  const [first, second] = await Promise.all([mosquitto(t), mosquitto(t)]);
  const closed = await freePort();
  const folder = t.testdir({ password: 'hunter2' });
  const config = schema.parse({
    version: 1,
    site: 'e19',
    box: 'north',
    uplink: {
      url: first.url,
      fallbacks: [
        { url: second.url },
        { url: `mqtt://127.0.0.1:${closed}` },
        { url: second.url, username: 'box', passwordFile: join(folder, 'none') },
      ],
    },
  });
  const context = { configFile: '/x', config, agent: undefined };
  const results = [await probe.run(context, new AbortController().signal)].flat();
  t.match(results, [
    { id: 'broker', finding: 'good' },
    { id: 'broker/2', finding: 'good', measured: new RegExp(new URL(second.url).port) },
    { id: 'broker/3', finding: 'nothing-listens', advice: /uplink\.fallbacks\[1\]\.url/ },
    { id: 'broker/4', finding: 'no-secret' },
  ]);
});

async function mosquitto(t: Test, ...options: Parameters<typeof startMosquitto>): Promise<Mosquitto> {
  const broker = await startMosquitto(...options);
  t.teardown(() => broker.stop());
  return broker;
}

test('mosquitto answers with MQTT 5 and its limits, or 3.1.1 when that is wanted', {
  skip: noMosquitto,
}, async (t) => {
  const { url } = await mosquitto(t, { config: ['max_inflight_messages 7'] });
  t.match(await probed({ url }), {
    finding: 'good',
    measured:
      /MQTT 5 in \d+ ms, round trip \d+ ms, Receive Maximum 7, .*may publish and subscribe on all topics/,
  });
  t.match(await probed({ url, protocol: '3.1.1' }), { finding: 'good', measured: /MQTT 3\.1\.1/ });
});

test('aedes speaks MQTT 3.1.1 only, and that is good enough', async (t) => {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    aedes.close();
    server.close();
  });
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.match(await probed({ url }), { finding: 'good', measured: /MQTT 3\.1\.1/ });
});

test('a wrong password is told apart from no login, and shown nowhere', { skip: noMosquitto }, async (t) => {
  const folder = t.testdir({ right: 'hunter2\n', wrong: 'hunter3' });
  execFileSync('mosquitto_passwd', ['-b', '-c', join(folder, 'users'), 'box', 'hunter2']);
  const { url } = await mosquitto(t, {
    allowAnonymous: false,
    config: [`password_file ${join(folder, 'users')}`],
  });
  const as = (name: string) => probed({ url, username: 'box', passwordFile: join(folder, name) });
  t.match(await as('right'), { finding: 'good' });
  const wrong = await as('wrong');
  t.match(wrong, { finding: /login-refused|not-authorised/, verdict: 'fail', measured: /refused: / });
  t.match(await probed({ url }), { verdict: 'fail', measured: /refused: / });
  t.match(await as('none'), { finding: 'no-secret', verdict: 'fail' });
  t.notMatch(JSON.stringify(wrong), /hunter/);
});

test('a password that this user cannot open is no fault of a broker that the agent is connected with', async (t) => {
  const folder = t.testdir({ sealed: '' });
  const { ring } = loadKeys(join(folder, 'journal.db'), { environment: {}, credential: '/nonexistent' });
  const passwordFile = join(folder, 'sealed');
  writeFileSync(passwordFile, sealPassword(openRing(ring).current, 'hunter2'));
  const url = 'mqtt://127.0.0.1:1883';
  const journal = { path: join(folder, 'elsewhere', 'journal.db') };
  const as = (state: 'connected' | 'waiting', broker: string) =>
    probed(
      { url, username: 'box', passwordFile },
      { journal },
      { ...status, uplink: { ...status.uplink, state, broker } },
    );
  t.match(await as('connected', url), { finding: 'good', measured: /only root .* the agent is connected/ });
  t.match(await as('waiting', url), { finding: 'no-secret', advice: /sudo/ });
  t.match(await as('connected', 'mqtt://192.0.2.1:1883'), { finding: 'no-secret' }, 'with another one');
});

test('TLS: trusted, by a stranger, for another name, run out', { skip: noMosquitto }, async (t) => {
  const folder = t.testdir();
  const files = makeCertificates(folder);
  const { caFile, otherCaFile } = files;
  const with_ = (certFile: string, keyFile: string) => mosquitto(t, { tls: { caFile, certFile, keyFile } });

  const good = await with_(files.serverCertFile, files.serverKeyFile);
  const soon = await probed({ url: good.url, caFile });
  t.match(soon, {
    finding: 'expires-soon',
    verdict: 'warn',
    measured: /TLSv1\.3, certificates: server 1 d, ca 1 d.*MQTT 5/,
  });
  t.match(await probed({ url: good.url, caFile: otherCaFile }), { finding: 'untrusted', verdict: 'fail' });
  t.match(await probed({ url: good.url }), { finding: 'untrusted', verdict: 'fail' });

  signFor(folder, 'broker.example');
  const named = await with_(join(folder, 'broker.example.pem'), files.serverKeyFile);
  const wrongName = await probed({ url: named.url, caFile });
  t.match(wrongName, { finding: 'wrong-name', verdict: 'fail', measured: /it is for DNS:broker\.example/ });

  expire(folder);
  const late = await with_(join(folder, 'expired.pem'), files.serverKeyFile);
  t.match(await probed({ url: late.url, caFile }), { finding: 'expired', verdict: 'fail' });
});

/** Signs the server's request again, for another name. */
function signFor(folder: string, name: string): void {
  writeFileSync(join(folder, `${name}.ext`), `subjectAltName=DNS:${name}\n`);
  const args = `x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ${name}.ext -out ${name}.pem -days 90`;
  execFileSync('openssl', args.split(' '), { cwd: folder, stdio: 'pipe' });
}

/** Signs the server's request again, for a month that is over. */
function expire(folder: string): void {
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), '77\n');
  writeFileSync(
    join(folder, 'ca.cnf'),
    '[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n',
  );
  const args =
    'ca -batch -config ca.cnf -in server.csr -cert ca.pem -keyfile ca.key -extfile server.ext -notext';
  const dates = '-startdate 20260101000000Z -enddate 20260201000000Z -out expired.pem';
  execFileSync('openssl', `${args} ${dates}`.split(' '), { cwd: folder, stdio: 'pipe' });
}

test('a broker that wants a certificate of the box', { skip: noMosquitto }, async (t) => {
  const { caFile, serverCertFile, serverKeyFile, clientCertFile, clientKeyFile } = makeCertificates(
    t.testdir(),
  );
  const tls = { caFile, certFile: serverCertFile, keyFile: serverKeyFile, requireClientCertificate: true };
  const { url } = await mosquitto(t, { tls });
  t.match(await probed({ url, caFile, certFile: clientCertFile, keyFile: clientKeyFile }), {
    verdict: 'warn',
  });
  t.match(await probed({ url, caFile }), { finding: 'client-certificate', verdict: 'fail' });
});

test('ports without a broker', async (t) => {
  const web = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  t.teardown(() => web.close());
  const address = `127.0.0.1:${(web.address() as AddressInfo).port}`;
  t.match(await probed({ url: `mqtt://${address}` }), { finding: 'no-mqtt', verdict: 'fail' });
  t.match(await probed({ url: `mqtts://${address}` }), { finding: 'no-tls', verdict: 'fail' });
  const port = await freePort();
  t.match(await probed({ url: `mqtt://127.0.0.1:${port}` }), {
    finding: 'nothing-listens',
    advice: new RegExp(`port ${port}`),
  });
  t.match(await probed({ url: 'mqtt://no-such-broker.invalid' }), { finding: 'no-name', verdict: 'fail' });
});

/** A broker that lets nobody subscribe to some topics. */
async function refusing(t: Test, isRefused: (topic: string) => boolean): Promise<string> {
  const aedes = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, isRefused(subscription.topic) ? null : subscription),
  });
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    aedes.close();
    server.close();
  });
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A broker that lets `box` do what its list says. */
async function withAcl(t: Test, acl: string, config: string[] = []): Promise<string> {
  const { url } = await mosquitto(t, {
    config: ['acl_file {dir}/acl', ...config],
    files: { acl },
  });
  return url;
}

test('a broker that does not allow every topic', { skip: noMosquitto }, async (t) => {
  const noPictures = await withAcl(
    t,
    'topic write anpr/1/+/+/read\ntopic write anpr/1/+/+/status\ntopic read anpr/#\n',
  );
  t.match(await probed({ url: noPictures }), {
    finding: 'may-not-publish',
    verdict: 'fail',
    measured: /no publishing on .*anpr\/1\/e19\/north\/evidence\/doctor \(/,
    advice: /anpr\/1\/e19\/north\//,
  });
  t.match(await probed({ url: noPictures, protocol: '3.1.1' }), {
    finding: 'good',
    measured: /MQTT 3\.1\.1 does not tell about publishing/,
  });
  const all = await withAcl(t, 'topic readwrite anpr/1/e19/north/#\n');
  t.match(await probed({ url: all }), { finding: 'good' });
});

const publishers = [{ name: 'police', publicKey: `${'A'.repeat(43)}=` }];

test('with the rights of the example every topic is allowed', { skip: noMosquitto }, async (t) => {
  const acl = readFileSync(new URL('../../config/mosquitto/anpr.acl', import.meta.url), 'utf8');
  const url = await withAcl(t, acl);
  t.match(await probed({ url, username: 'e19/north' }, { watchlists: { publishers } }), { finding: 'good' });
});

test('the topics of lists are asked for where lists come over MQTT', async (t) => {
  const url = await refusing(t, (topic) => topic.startsWith('anpr/1/watchlist/'));
  t.match(await probed({ url }), { finding: 'good' }, 'none come');
  t.match(await probed({ url }, { watchlists: { publishers } }), {
    finding: 'may-not-subscribe',
    measured: /anpr\/1\/watchlist\/doctor\b/,
  });
});

test('a broker that does not let this box subscribe', async (t) => {
  const url = await refusing(t, (topic) => topic.includes('/cmd/'));
  t.match(await probed({ url }), {
    finding: 'may-not-subscribe',
    verdict: 'warn',
    measured: /no subscribing to anpr\/1\/e19\/north\/cmd\/replay/,
  });
});

test('a broker that hangs up on who asks for what it may not', async (t) => {
  const aedes = await Aedes.createBroker({
    authorizePublish: (_client, _packet, done) => done(new Error('not yours')),
  });
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    aedes.close();
    server.close();
  });
  t.match(await probed({ url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}` }), {
    finding: 'hung-up',
    verdict: 'fail',
  });
});

test('a broker that takes small packets only', { skip: noMosquitto }, async (t) => {
  const { url } = await mosquitto(t, { config: ['max_packet_size 20000'] });
  t.match(await probed({ url }), {
    finding: 'small-packets',
    verdict: 'warn',
    measured: /packets up to 20\.0 kB/,
  });
});

test('what the doctor publishes is empty, not retained, and leaves nothing behind', {
  skip: noMosquitto,
}, async (t) => {
  const { url } = await mosquitto(t);
  const listener = mqtt.connect(url, { protocolVersion: 5 });
  t.teardown(() => listener.endAsync(true));
  const heard: { topic: string; length: number; retain: boolean; from: unknown }[] = [];
  listener.on('message', (topic, payload, { retain, properties }) => {
    heard.push({ topic, length: payload.length, retain, from: properties?.userProperties?.['anpr-probe'] });
  });
  await listener.subscribeAsync('#', { qos: 1 });
  t.match(await probed({ url }), { finding: 'good' });
  await listener.publishAsync('end', 'of test', { qos: 1 });
  while (!heard.some(({ topic }) => topic === 'end'))
    await once(listener as unknown as EventEmitter, 'message');
  const probes = heard.filter(({ topic }) => topic !== 'end');
  t.ok(
    probes.length >= 5 && probes.every(({ topic }) => topic.startsWith('anpr/1/e19/north/')),
    `${probes.length}`,
  );
  for (const { length, retain, from } of probes)
    t.same({ length, retain, from }, { length: 0, retain: false, from: 'doctor' });
});
