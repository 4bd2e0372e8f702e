// Getting to the broker and staying there: protocols, passwords, certificates, and every way that a connection fails.
// Each failure is a state with a reason, nothing hangs, and nothing secret is said.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { type Certificates, makeCertificates, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { appendReads, openTestJournal, reached, readsOf, startScene, startTestUplink } from './parts.ts';
import { startProxy } from './proxy.ts';
import { startScriptedBroker } from './scripted-broker.ts';

const skip = noMosquitto;

/** A TCP server that is no broker; `greet` is what it does with a caller. */
async function startServer(
  t: Test,
  greet: (socket: Socket) => void,
): Promise<{ url: string; calls: () => number }> {
  let calls = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    calls++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    greet(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

/** A broker that speaks MQTT 3.1.1 only. */
async function startAedes(t: Test) {
  const aedes = await Aedes.createBroker();
  const published: string[] = [];
  aedes.on('publish', ({ topic, payload }) => {
    if (topic.endsWith('/read')) published.push(JSON.parse(payload.toString()).seq);
  });
  const { url } = await startServer(t, (socket) => aedes.handle(socket));
  t.teardown(() => new Promise<void>((resolve) => aedes.close(() => resolve())));
  return { aedes, url, published };
}

const certificates = (t: Test): Certificates => {
  const dir = mkdtempSync(join(tmpdir(), 'certificates-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  return makeCertificates(dir);
};

test('a 3.1.1-only broker: falls back by itself, remembers it, and delivers', async (t) => {
  const { aedes, url, published } = await startAedes(t);
  const proxy = await startProxy(t, Number(new URL(url).port));
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 5);
  const uplink = startTestUplink(t, journal, { url: proxy.url });
  t.match(await reached(uplink, ({ state }) => state === 'connected'), { protocol: '3.1.1' });
  t.equal(proxy.accepted, 2, 'MQTT 5 was tried first');
  const again = once(aedes, 'clientReady');
  proxy.cut();
  await again;
  t.equal(proxy.accepted, 3, 'the second time it knows');
  await journal.delivered(5);
  await uplink.close();
  t.same([...new Set(published)], [1, 2, 3, 4, 5]);
  t.match(await journal.counts(), { pending: 0 });
});

test('a 3.1.1-only broker where MQTT 5 is demanded: refused, with the reason', async (t) => {
  const { url } = await startAedes(t);
  const uplink = startTestUplink(t, await openTestJournal(t), { url, protocol: '5' });
  const state = await reached(uplink, ({ state }) => state === 'refused' || state === 'waiting');
  t.match(state.reason, /MQTT 5|closed the connection/);
});

test('a wrong password: refused; the right one is taken up without a restart; none is said', {
  skip,
}, async (t) => {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const broker = await startMosquitto({
    allowAnonymous: false,
    config: ['password_file {dir}/passwords'],
    // mosquitto_passwd's form of agent / correct-horse: PBKDF2-SHA512, 101 rounds
    files: { passwords: await passwordLine('agent', 'correct-horse') },
  });
  t.teardown(() => broker.stop());
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 3);
  let password = 'wrong-battery';
  const config = { url: broker.url, username: 'agent' };
  const uplink = startTestUplink(t, journal, config, { log, secrets: async () => ({ password }) });
  t.match(await reached(uplink, ({ state }) => state === 'refused'), {
    reason: /refused the connection: (not authorised|bad user name or password)/,
  });
  password = 'correct-horse';
  await journal.delivered(3);
  t.ok(lines.length > 0);
  t.notMatch(lines.join(''), /wrong-battery|correct-horse/);
});

test('TLS with a certificate on both sides', { skip }, async (t) => {
  const files = certificates(t);
  const broker = await startMosquitto({
    tls: {
      caFile: files.caFile,
      certFile: files.serverCertFile,
      keyFile: files.serverKeyFile,
      requireClientCertificate: true,
    },
  });
  t.teardown(() => broker.stop());
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 3);
  const key = await readFile(files.clientKeyFile);
  const mutual = { url: broker.url, caFile: files.caFile, certFile: files.clientCertFile };

  await t.test('delivers', async (t) => {
    const uplink = startTestUplink(t, journal, mutual, { secrets: async () => ({ key }) });
    await journal.delivered(3);
    t.match(uplink.state(), { state: 'connected', sentTotal: 3 });
  });

  const refusals: [what: string, Parameters<typeof startTestUplink>[2], key: Buffer | undefined, RegExp][] = [
    ['another authority', { ...mutual, caFile: files.otherCaFile }, key, /TLS: .*certificate/],
    ['no authority named', { url: broker.url, certFile: files.clientCertFile }, key, /TLS: .*certificate/],
    ['no certificate of ours', { url: broker.url, caFile: files.caFile }, undefined, /TLS: |reset|closed/],
    ['a key that is none', mutual, Buffer.from('no key'), /certificate or key cannot be used/],
    ['a file that is missing', { ...mutual, caFile: '/nowhere/ca.pem' }, key, /ENOENT.*\/nowhere\/ca\.pem/],
  ];
  for (const [what, config, key, reason] of refusals)
    await t.test(`${what}: said, not connected`, async (t) => {
      const uplink = startTestUplink(t, journal, config, { secrets: async () => (key ? { key } : {}) });
      const state = await reached(uplink, ({ failures }) => failures > 0);
      t.match(state.reason, reason);
    });
});

test("a server's certificate for another name is refused", { skip }, async (t) => {
  const files = certificates(t);
  const broker = await startMosquitto({
    tls: { caFile: files.caFile, certFile: files.clientCertFile, keyFile: files.clientKeyFile },
  });
  t.teardown(() => broker.stop());
  const uplink = startTestUplink(t, await openTestJournal(t), { url: broker.url, caFile: files.caFile });
  t.match(await reached(uplink, ({ failures }) => failures > 0), { state: 'refused', reason: /TLS: / });
});

test('secrets that cannot be read are a state with a reason', async (t) => {
  const uplink = startTestUplink(
    t,
    await openTestJournal(t),
    { url: 'mqtt://127.0.0.1:1' },
    { secrets: () => Promise.reject(new Error('cannot read /etc/anpr/broker-password')) },
  );
  t.match(await reached(uplink, ({ state }) => state === 'refused'), {
    reason: 'cannot read /etc/anpr/broker-password',
  });
});

const strangers: [what: string, (socket: Socket) => void, RegExp][] = [
  ['closes at once', (socket) => socket.end(), /closed the connection before it answered/],
  ['resets at once', (socket) => socket.resetAndDestroy(), /reset/],
  ['speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), /./],
  ['says nothing', () => {}, /no answer from the broker for 0.3 s/],
];
for (const [what, greet, reason] of strangers)
  test(`a server that ${what}: both protocols are tried, again and again`, async (t) => {
    const server = await startServer(t, greet);
    const uplink = startTestUplink(
      t,
      await openTestJournal(t),
      { url: server.url },
      { times: { connectMs: 300 } },
    );
    const state = await reached(uplink, ({ failures }) => failures >= 3);
    t.equal(state.state, 'waiting');
    t.match(state.reason, reason);
    await uplink.close();
    t.equal(uplink.state().state, 'closed');
  });

for (const protocol of ['5', '3.1.1'] as const) {
  test(`MQTT ${protocol}: a link that goes silent is noticed, at rest and while publishing`, {
    skip,
  }, async (t) => {
    const { broker, centre, journal } = await startScene(t);
    for (const publishing of [false, true]) {
      const proxy = await startProxy(t, broker.port);
      const uplink = startTestUplink(t, journal, { url: proxy.url, protocol, keepAliveSeconds: 1 });
      await reached(uplink, ({ state }) => state === 'connected');
      // Listened for from now on: on a busy machine the appends take longer than the silence.
      const noticed = reached(uplink, ({ state }) => state === 'waiting');
      proxy.silence();
      if (publishing) await appendReads(journal, 1, 100);
      const state = await noticed;
      t.match(state.reason, 'no answer from the broker for 1.5 s');
      proxy.cut();
      proxy.open();
      if (publishing) await journal.delivered(100);
      await uplink.close();
    }
    t.ok(readsOf(100)(centre.received));
  });
}

test('a broker that answers pings but no PUBLISH is left, and the records go over the next connection', async (t) => {
  const broker = await startScriptedBroker(t, {
    puback: ({ connection }) => (connection === 1 ? undefined : 0),
  });
  const journal = await openTestJournal(t);
  await appendReads(journal, 1, 3);
  const uplink = startTestUplink(t, journal, { url: broker.url, keepAliveSeconds: 1 });
  t.match(await reached(uplink, ({ state }) => state === 'waiting'), { reason: /no answer from the broker/ });
  await journal.delivered(3);
  const first = broker.reads().filter(({ connection }) => connection === 1);
  t.ok(first.length <= 1, 'without an answer to the first no second one of the backlog goes');
});

test('another client with our client id: said in words that lead to it', async (t) => {
  const broker = await startScriptedBroker(t, { disconnect: () => 0x8e });
  const uplink = startTestUplink(t, await openTestJournal(t), { url: broker.url });
  t.match(await reached(uplink, ({ state }) => state === 'refused'), {
    reason: /session taken over: another client uses this client id/,
  });
});

test('closing while it connects, waits or is connected: soon, and nothing is left', async (t) => {
  const before = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const journal = await openTestJournal(t);
  const silentServer = await startServer(t, () => {});
  const closer = await startServer(t, (socket) => socket.end());
  const broker = await startScriptedBroker(t, { puback: () => undefined });
  const timers = before();
  for (const [url, state] of [
    [silentServer.url, 'connecting'],
    [closer.url, 'waiting'],
    [broker.url, 'connected'],
  ] as const) {
    const stop = new AbortController();
    const times = { firstMs: 60_000, maxMs: 60_000, closeMs: 50 };
    const uplink = startTestUplink(t, journal, { url }, { times, signal: stop.signal });
    await reached(uplink, (now) => now.state === state);
    const closed = reached(uplink, (now) => now.state === 'closed');
    stop.abort();
    await closed;
  }
  t.ok(before() <= timers, 'no timer is left');
});

test('a thousand connections leave nothing behind', async (t) => {
  const broker = await startScriptedBroker(t, { puback: (sent) => (sent.connection < 1000 ? 'close' : 0) });
  const journal = await openTestJournal(t);
  const unfollowed: number[] = [];
  let following = 0;
  const counting = Object.create(journal, {
    follow: {
      value: (listener: never) => {
        following++;
        const end = journal.follow(listener);
        return () => {
          unfollowed.push(--following);
          end();
        };
      },
    },
  });
  const uplink = startTestUplink(t, counting, { url: broker.url }, { times: { firstMs: 0, maxMs: 0 } });
  const resources = () => process.getActiveResourcesInfo().length;
  await broker.until(() => broker.connections >= 50);
  const early = resources();
  await broker.until(() => broker.connections >= 1000);
  t.ok(resources() <= early + 3, `${early} handles and timers after 50, ${resources()} after 1000`);
  t.ok(following <= 1, `${following} followers of the journal`);
  await uplink.close();
});

test('a defect in what goes over a connection ends that connection, and another one serves', async (t) => {
  const broker = await startScriptedBroker(t);
  const journal = await openTestJournal(t);
  let links = 0;
  const onLink = () => {
    if (++links === 1) throw new TypeError('nobody foresaw this');
  };
  const uplink = startTestUplink(t, journal, { url: broker.url }, { onLink });
  t.match(await reached(uplink, ({ state }) => state === 'waiting'), {
    reason: 'defect: nobody foresaw this',
    inFlight: 0,
  });
  await broker.until(() => broker.connections === 2 && broker.open === 1);
  await appendReads(journal, 1, 3);
  await broker.until(() => broker.reads().length >= 3);
  await uplink.close();
  await broker.until(() => broker.open === 0);
  t.pass('no connection is left open');
});

/** One line of a password file of mosquitto 2: `user:$7$rounds$salt$hash`. */
async function passwordLine(user: string, password: string): Promise<string> {
  const { pbkdf2Sync, randomBytes } = await import('node:crypto');
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  return `${user}:$7$101$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}
