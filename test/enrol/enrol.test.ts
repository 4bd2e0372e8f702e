// A box gets its certificate: the document's own commands against a plain OpenSSL authority, then a real broker with the
// list of rights that comes with the project.

import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mqtt, { type MqttClient } from 'mqtt';
import { type Test, test } from 'tap';
import { loadConfig } from '../../agent/config/index.ts';
import { channels, replyTopicOf, topicOf } from '../../agent/contract/index.ts';
import { acceptCertificate, enrolmentOf, makeRequest, usableKey } from '../../agent/enrol/index.ts';
import { findKeys, loadKeys } from '../../agent/seal/index.ts';
import { anpr } from '../cli/anpr.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { blocksOf, runBlock } from '../fixtures/doc-commands.ts';
import { makeCertificates, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';

const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'needs openssl';
const PAGE = 'docs/enrolment.md';
const acl = fileURLToPath(new URL('../../config/mosquitto/anpr.acl', import.meta.url));

interface Box {
  folder: string;
  config: string;
  journal: string;
  identity: string;
}

function newBox(
  t: Test,
  { site = 'e19', box = 'north', uplink = 'uplink: {url: "mqtts://127.0.0.1:8883"}' } = {},
): Box {
  const folder = mkdtempSync(join(tmpdir(), 'enrol-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'agent.yaml');
  const journal = join(folder, 'journal.db');
  const text = `# ours\nversion: 1\nsite: ${site}\nbox: ${box}\njournal: {path: ${journal}}\n${uplink}\n`;
  writeFileSync(config, text);
  return { folder, config, journal, identity: join(folder, 'tls/identity.pem') };
}

const openssl = (folder: string, line: string) =>
  execFileSync('openssl', line.split(' '), { cwd: folder, stdio: 'pipe', encoding: 'utf8' });

/** The authority's blocks and the box's, in their order, as far as `until`. */
function walk(box: Box, until = Number.POSITIVE_INFINITY): string[] {
  return blocksOf(PAGE)
    .slice(0, until)
    .map((block) => {
      const { status, stdout, stderr } = runBlock(block, box.folder, { ANPR_CONFIG: box.config });
      if (status !== 0) throw new Error(`${block.text}\n${stdout}${stderr}`);
      return stdout + stderr;
    });
}

/** Signs what the box asks for, with other things in the certificate. */
function sign(
  folder: string,
  { days = '365', extensions = 'extendedKeyUsage=clientAuth', ca = 'ca', subject = '' },
) {
  writeFileSync(join(folder, 'own.ext'), `${extensions}\n`);
  const named = subject ? ['-subj', subject] : [];
  const line = `x509 -req -in north.csr -CA ${ca}.pem -CAkey ${ca}.key -CAcreateserial -days ${days} -extfile own.ext -out signed.pem`;
  execFileSync('openssl', [...line.split(' '), ...named], { cwd: folder, stdio: 'pipe' });
  return join(folder, 'signed.pem');
}

function expired(folder: string): string {
  const lines = ['[ca]', 'default_ca=own', '[own]', 'database=index.txt', 'serial=serial', 'new_certs_dir=.'];
  lines.push('default_md=sha256', 'policy=any', '[any]', 'commonName=supplied', '');
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), '77\n');
  writeFileSync(join(folder, 'ca.cnf'), lines.join('\n'));
  const dates = '-startdate 20260101000000Z -enddate 20260201000000Z -out expired.pem';
  openssl(folder, `ca -batch -config ca.cnf -in north.csr -cert ca.pem -keyfile ca.key -notext ${dates}`);
  return join(folder, 'expired.pem');
}

/** A box whose request lies in north.csr, and the authority's files: as the document makes them, without its commands. */
function asking(t: Test): Box {
  const box = newBox(t);
  runBlock(blocksOf(PAGE)[0]!, box.folder);
  const { request } = makeRequest(box.config, { site: 'e19', box: 'north' }, loadKeys(box.journal).ring);
  writeFileSync(join(box.folder, 'north.csr'), request);
  return box;
}

const accept = (box: Box, file: string, ca?: string) =>
  acceptCertificate({
    configFile: box.config,
    config: loadConfig(box.config, { checkFiles: false }),
    ring: loadKeys(box.journal).ring,
    file,
    caFile: ca,
  });

test('the commands of docs/enrolment.md, run as they stand there', { skip: noOpenssl }, (t) => {
  const box = newBox(t);
  const said = walk(box);
  t.match(said[1], /New request for e19\/north: north\.csr/);
  t.match(said[2], /verify OK/i);
  t.match(said[2], /CN ?= ?e19\/north/);
  t.match(said[3], /Taken over, valid until .*364 days|Taken over, valid until .*365 days/);
  t.match(said[3], /uplink\.caFile, uplink\.certFile, uplink\.keyFile/);
  t.match(said[3], /Certificate {2}by CN=Boxes of e19/);
  t.equal(said[4], '', 'no renewal is due yet');
  const config = readFileSync(box.config, 'utf8');
  t.match(config, /^# ours/, 'the rest of the configuration stays');
  t.match(config, /keyFile: tls\/identity\.pem/);
  const request = openssl(box.folder, 'req -in north.csr -noout -text');
  t.match(request, /TLS Web Client Authentication/);
  t.match(request, /X509v3 Key Usage: critical\s+Digital Signature\n/);
  t.end();
});

test('the private key is nowhere in clear, and opens with the keys of the box alone', {
  skip: noOpenssl,
}, async (t) => {
  const box = asking(t);
  await accept(box, sign(box.folder, {}), join(box.folder, 'ca.pem'));
  const identity = readFileSync(box.identity, 'utf8');
  t.match(identity, /BEGIN CERTIFICATE[\s\S]+BEGIN ANPR SEALED PRIVATE KEY/);
  const ring = findKeys(box.journal, { environment: {} })!.ring;
  const key = usableKey(identity, box.journal, ring);
  const secret = key.split('\n').slice(1, -2).join('');
  const files = execFileSync('find', [box.folder, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n');
  for (const file of files) {
    const bytes = readFileSync(file);
    t.notOk(bytes.includes(Buffer.from(secret, 'base64').subarray(30, 60)), file);
    t.notOk(bytes.toString('latin1').includes(secret.slice(40, 80)), file);
  }
  const stranger = {
    version: 1 as const,
    keys: [{ createdAt: 0, secret: Buffer.alloc(32, 7).toString('base64') }],
  };
  t.throws(() => usableKey(identity, box.journal, stranger), { code: 'seal.key-lost' });
  const changed = identity.replace(
    /(SEALED PRIVATE KEY-----\n.{40})(.)/,
    (_, before, at) => before + (at === 'A' ? 'B' : 'A'),
  );
  t.throws(() => usableKey(changed, box.journal, ring), { code: /seal\./ });
});

test('a certificate that is not this box’s, or no good, is refused and changes nothing', {
  skip: noOpenssl,
}, async (t) => {
  const box = asking(t);
  const before = readFileSync(box.config, 'utf8');
  const { folder } = box;
  const file = (name: string) => join(folder, name);
  const ca = file('ca.pem');
  openssl(folder, 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.key');
  openssl(folder, 'req -x509 -new -key other.key -days 9 -subj /CN=Somebody -out other.pem');
  const cases: [code: string, make: () => string, ca?: string][] = [
    ['enrol.other-name', () => sign(folder, { subject: '/CN=e19\\/south' }), ca],
    ['enrol.usage', () => sign(folder, { extensions: 'extendedKeyUsage=serverAuth' }), ca],
    ['enrol.untrusted', () => sign(folder, { ca: 'other' }), ca],
    ['enrol.no-authority', () => sign(folder, {})],
    ['enrol.authority', () => ca, ca],
    ['enrol.no-certificate', () => file('north.csr'), ca],
    ['enrol.no-certificate', () => file('none.pem'), ca],
    ['enrol.expired', () => expired(folder), ca],
  ];
  for (const [code, make, authority] of cases)
    await t.rejects(accept(box, make(), authority), { code }, code);
  openssl(folder, 'req -new -key other.key -subj /CN=e19\\/north -out north.csr');
  await t.rejects(accept(box, sign(folder, {}), ca), { code: 'enrol.other-key' });
  t.equal(readFileSync(box.config, 'utf8'), before);
  t.equal(enrolmentOf(box.config).certificate, null);
  t.ok(enrolmentOf(box.config).pending, 'the request still waits');
});

test('an authority between: it comes in the file, and is shown to the broker', {
  skip: noOpenssl,
}, async (t) => {
  const box = asking(t);
  const { folder } = box;
  writeFileSync(join(folder, 'ca.ext'), 'basicConstraints=critical,CA:TRUE\n');
  openssl(folder, 'genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out between.key');
  openssl(folder, 'req -new -key between.key -subj /CN=Between -out between.csr');
  openssl(
    folder,
    'x509 -req -in between.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 99 -extfile ca.ext -out between.pem',
  );
  const file = sign(folder, { ca: 'between' });
  const ca = join(folder, 'ca.pem');
  await t.rejects(accept(box, file, ca), { code: 'enrol.untrusted' }, 'without it: no');
  writeFileSync(file, readFileSync(file, 'utf8') + readFileSync(join(folder, 'between.pem'), 'utf8'));
  await accept(box, file, ca);
  t.equal(readFileSync(box.identity, 'utf8').match(/BEGIN CERTIFICATE-/g)?.length, 2);
});

test('a request is kept until it is answered; a renewal leaves the old certificate in use', {
  skip: noOpenssl,
}, async (t) => {
  const box = asking(t);
  const { folder } = box;
  const ca = join(folder, 'ca.pem');
  const run = (...args: string[]) => anpr(['enrol', 'request', '--config', box.config, ...args]);
  const first = readFileSync(join(folder, 'north.csr'), 'utf8');
  t.equal((await run('--if-due')).stdout, first, 'asked again, by a timer too: the same one');
  const another = await run('--new');
  t.not(another.stdout, first);
  writeFileSync(join(folder, 'north.csr'), another.stdout);
  await accept(box, sign(folder, { days: '1' }), ca);
  const old = readFileSync(box.identity, 'utf8');
  t.match(await anpr(['doctor', '--only', 'certificate', '--config', box.config]), {
    exitCode: 4,
    stdout: /warn/,
  });

  const soon = new Date(Date.now() + 20 * 3_600_000);
  t.equal(enrolmentOf(box.config, soon).due, true, 'a third of its life is left');
  const renewal = await run();
  t.not(renewal.stdout, another.stdout, 'another key');
  t.equal(readFileSync(box.identity, 'utf8'), old);
  writeFileSync(join(folder, 'north.csr'), renewal.stdout);
  t.match(await accept(box, sign(folder, { days: '300' })), { configured: [] });
  const shown = JSON.parse((await anpr(['enrol', 'show', '--json', '--config', box.config])).stdout);
  t.match(shown, { name: 'e19/north', certificate: { daysLeft: 299 }, requestedAt: null, due: false });
});

test('what a box cannot be enrolled with', async (t) => {
  const long = newBox(t, { site: 's'.repeat(40), box: 'b'.repeat(40) });
  t.match(await anpr(['enrol', 'request', '--config', long.config]), { exitCode: 1, stderr: /enrol\.name/ });
  const plain = newBox(t, { uplink: 'uplink: {url: "mqtt://127.0.0.1"}' });
  t.match(await anpr(['enrol', 'request', '--config', plain.config]), { exitCode: 0 });
  await t.rejects(accept(plain, 'north.pem'), { code: 'enrol.no-uplink' });
  const place = join(plain.folder, 'nowhere/north.csr');
  t.match(await anpr(['enrol', 'request', '--out', place, '--config', plain.config]), {
    exitCode: 2,
    stderr: /usage\.unwritable/,
  });
});

test('a broker with the list of rights: a box writes its own topics and no others', {
  skip: noOpenssl || noMosquitto,
}, async (t) => {
  const files = t.testdir();
  const { serverCertFile, serverKeyFile, caFile: brokerCa } = makeCertificates(files);
  const box = asking(t);
  await accept(box, sign(box.folder, {}), join(box.folder, 'ca.pem'));
  openssl(
    box.folder,
    'req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout central.key -subj /CN=central -out north.csr',
  );
  sign(box.folder, {});
  const broker = await startMosquitto({
    tls: {
      caFile: join(box.folder, 'ca.pem'),
      certFile: serverCertFile,
      keyFile: serverKeyFile,
      requireClientCertificate: true,
    },
    allowAnonymous: false,
    config: ['use_identity_as_username true', `acl_file ${acl}`],
  });
  t.teardown(() => broker.stop());

  const central = await as(
    t,
    broker.url,
    brokerCa,
    join(box.folder, 'signed.pem'),
    readFileSync(join(box.folder, 'central.key')),
  );
  await central.subscribeAsync('anpr/#', { qos: 1 });
  const arrived: string[] = [];
  central.on('message', (topic) => arrived.push(topic));

  const ring = findKeys(box.journal, { environment: {} })!.ring;
  const key = usableKey(readFileSync(box.identity, 'utf8'), box.journal, ring);
  const north = await as(t, broker.url, brokerCa, box.identity, Buffer.from(key));
  const own = { site: 'e19', box: 'north' };
  const foreign = { site: 'e19', box: 'south' };
  const outgoing = (address: typeof own) =>
    Object.values(channels)
      .filter(({ direction, path }) => direction === 'out' && !path.startsWith('watchlist'))
      .map(({ path }) => topicOf(address, 'read').replace(/read$/, path.replaceAll(/\{\w+\}/g, 'x')));
  for (const topic of outgoing(own)) await t.resolves(north.publishAsync(topic, 'x', { qos: 1 }), topic);
  const strange = [
    ...outgoing(foreign),
    ...outgoing({ site: 'e20', box: 'north' }),
    topicOf(own, 'receipt'),
    'anpr/1/watchlist/stolen',
    'anpr/1/e19/north',
    'other',
    replyTopicOf(foreign, 'replay'),
  ];
  for (const topic of strange)
    await t.rejects(north.publishAsync(topic, 'x', { qos: 1 }), { code: 135 }, topic);

  const heard: string[] = [];
  north.on('message', (topic) => heard.push(topic));
  await north.subscribeAsync(['anpr/#', topicOf(own, 'receipt'), topicOf(foreign, 'cmd/+')], { qos: 1 });
  const last = topicOf(own, 'cmd/+').replace('+', 'last');
  const over = new Promise<void>((resolve) => {
    north.on('message', (topic) => topic === last && resolve());
  });
  for (const topic of [
    topicOf(foreign, 'receipt'),
    topicOf(foreign, 'read'),
    topicOf(foreign, 'cmd/+').replace('+', 'x'),
    topicOf(own, 'receipt'),
    last,
  ])
    await central.publishAsync(topic, 'x', { qos: 1 });
  await over;
  t.same([...new Set(heard)], [topicOf(own, 'receipt'), last], 'it hears what is meant for it');
  t.same(
    new Set(arrived.filter((topic) => topic.includes('/e19/south/') && topic.endsWith('/status'))),
    new Set(),
  );

  await t.test('and the agent itself, and the doctor, get along with it', async (t) => {
    const uplink = { url: broker.url, caFile: brokerCa, certFile: box.identity, keyFile: box.identity };
    await using agent = agentFolder({ ...own, journal: { path: box.journal }, uplink });
    const running = await agent.start();
    await running.until(({ uplink: { state } }) => state === 'connected');
    const doctor = await anpr(['doctor', '--only', 'broker', '--json', '--config', agent.configPath]);
    t.match(doctor.stdout, /may publish and subscribe on all topics/);
    await running.stop();
  });
});

async function as(t: Test, url: string, ca: string, cert: string, key: Buffer): Promise<MqttClient> {
  const certificate = readFileSync(cert, 'utf8');
  t.ok(new X509Certificate(certificate).validTo);
  const client = await mqtt.connectAsync(url, {
    ...{ ca: readFileSync(ca), cert: certificate, key, protocolVersion: 5, reconnectPeriod: 0 },
  });
  t.teardown(() => client.endAsync(true));
  return client;
}
