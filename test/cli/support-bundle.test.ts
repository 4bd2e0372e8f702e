// The support bundle of a box with secrets planted everywhere: in files, addresses, the environment, logs, comments of
// the configuration and the journal. The archive is opened with the machine's own tar.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { startApi } from '../../agent/api/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { handlersOf, record, status } from '../api/answers.ts';
import { shortFolder } from '../api/short-folder.ts';
import { anpr } from './anpr.ts';

const SECRETS = {
  camera: 'cameraSecret71',
  broker: 'brokerSecret72',
  key: 'keyLineSecret73',
  query: 'querySecret74',
  comment: 'commentSecret75',
  environment: 'environmentSecret76',
  log: 'logSecret77',
  reason: 'reasonSecret78',
};
const PLATE = '1SECRET9';

function plantedBox(t: Parameters<typeof shortFolder>[0]) {
  const folder = shortFolder(t);
  writeFileSync(join(folder, 'camera-password'), `${SECRETS.camera}\n`);
  writeFileSync(join(folder, 'broker-password'), SECRETS.broker);
  writeFileSync(join(folder, 'box.pem'), 'no certificate\n');
  writeFileSync(
    join(folder, 'box.key'),
    `-----BEGIN PRIVATE KEY-----\n${SECRETS.key}\n-----END PRIVATE KEY-----\n`,
  );
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    `version: 1 # the old password: ${SECRETS.comment}
site: e19
box: north
api: {socket: ./anpr.sock}
journal: {path: ./journal.db}
evidence: {directory: ./evidence}
cameras:
  - {id: gate, url: 'rtsp://127.0.0.1:1/s?user=a&password=${SECRETS.query}', username: adm, passwordFile: ./camera-password}
uplink: {url: 'mqtts://127.0.0.1:1', username: box, passwordFile: ./broker-password, certFile: ./box.pem, keyFile: ./box.key}
`,
  );
  writeFileSync(
    join(folder, 'agent.log'),
    [
      `{"level":"warn","msg":"rtsp://adm:${SECRETS.log}@192.0.2.1/s refused"}`,
      `{"level":"info","msg":"camera said ${SECRETS.camera}, broker said ${Buffer.from(SECRETS.broker).toString('base64')}"}`,
      `{"level":"info","msg":"comment ${SECRETS.comment}, key ${SECRETS.key}, env ${SECRETS.environment}, plate ${PLATE}"}`,
      '{"level":"info","msg":"this line stays"}',
    ].join('\n'),
  );
  const env = { ANPR_CONFIG: file, ANPR_TEST_TOKEN: SECRETS.environment };
  return { folder, env };
}

/** Every file of the archive, by name. */
function unpacked(folder: string, archive: string): Record<string, string> {
  const into = join(folder, 'unpacked');
  mkdirSync(into, { recursive: true });
  execFileSync('tar', ['xzf', archive, '-C', into]);
  const names = readdirSync(into, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(into.length + 1), readFileSync(path, 'latin1')];
    }),
  );
}

const read = {
  ...record(1, PLATE),
  at: Date.now(),
  reason: `refused: password=${SECRETS.reason}`,
  payload: {
    plate: { text: PLATE, country: 'B', alternatives: [{ text: PLATE, confidence: 0.1 }], characters: [] },
    passage: { direction: 'approaching' },
  },
};

async function beside(t: Parameters<typeof shortFolder>[0], folder: string) {
  const api = await startApi({
    socketPath: join(folder, 'anpr.sock'),
    handlers: handlersOf({
      status: async () => ({
        ...status,
        cameras: [{ ...status.cameras[0]!, reason: `the camera says ${SECRETS.camera}` }],
      }),
      metrics: async () => 'anpr_reads_total{camera="north"} 3\n',
      reads: async () => [read],
      read: async () => read,
      picture: async () => Buffer.from('\xff\xd8picture', 'latin1'),
    }),
    log: createLog('silent'),
  });
  t.teardown(() => api.close());
}

test('nothing secret leaves the box, and no plate', async (t) => {
  const { folder, env } = plantedBox(t);
  await beside(t, folder);
  const archive = join(folder, 'bundle.tar.gz');
  const made = await anpr(['support-bundle', '-o', archive, '--log', join(folder, 'agent.log')], env);
  t.match(made, { exitCode: 0, stderr: '', stdout: /Written: .*bundle\.tar\.gz/ });
  t.same(
    made.stdout.split('\n').filter((line) => line.length > 80 && !line.includes(folder)),
    [],
  );
  t.equal(statSync(archive).mode & 0o777, 0o600);
  const files = unpacked(folder, archive);
  t.same(Object.keys(files).sort(), [
    'README.txt',
    'configuration.json',
    'doctor.json',
    'logs/1.log',
    'logs/anpr.log',
    'metrics.txt',
    'reads.jsonl',
    'status.json',
    'versions.json',
  ]);
  const all = Object.values(files).join('\n');
  for (const [place, secret] of Object.entries(SECRETS)) {
    t.notOk(all.includes(secret), `the secret planted in ${place}`);
    t.notOk(
      all.includes(Buffer.from(secret).toString('base64')),
      `the secret planted in ${place}, in base64`,
    );
  }
  t.notOk(all.includes(PLATE), 'the plate');
  t.match(files['logs/1.log'], /this line stays/);
  t.match(files['metrics.txt'], /^anpr_reads_total/m);
  t.match(JSON.parse(files['reads.jsonl']!), { id: read.id, confidence: 0.9, plate: { country: 'B' } });
  t.match(
    JSON.parse(files['doctor.json']!).results.find((one: { probe: string }) => one.probe === 'camera'),
    {
      finding: 'nothing-listens',
    },
  );
  t.match(JSON.parse(files['status.json']!), {
    version: '0.1.0',
    cameras: [{ reason: 'the camera says ***' }],
  });
});

test('texts and pictures are in it when they are asked for; secrets still are not', async (t) => {
  const { folder, env } = plantedBox(t);
  await beside(t, folder);
  const archive = join(folder, 'bundle.tar.gz');
  await anpr(['support-bundle', '-o', archive, '--with-texts', '--with-pictures'], env);
  const files = unpacked(folder, archive);
  t.match(JSON.parse(files['reads.jsonl']!), { text: PLATE, plate: { text: PLATE } });
  t.match(files[`pictures/${read.id}-plate.jpg`], /picture/);
  for (const secret of Object.values(SECRETS)) t.notOk(Object.values(files).join('\n').includes(secret));
});

test('without an agent, and with a configuration that is wrong, there is a bundle all the same', async (t) => {
  const folder = shortFolder(t);
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    `version: 1\nsite: e19\nbox: north\napi: {socket: ./anpr.sock}\nuplink: {password: ${SECRETS.comment}}\n`,
  );
  const archive = join(folder, 'bundle.tar.gz');
  const made = await anpr(['support-bundle', '-o', archive, '--log', '/nonexistent.log'], {
    ANPR_CONFIG: file,
  });
  t.equal(made.exitCode, 0, made.stderr);
  const files = unpacked(folder, archive);
  t.notOk(Object.values(files).join('\n').includes(SECRETS.comment));
  t.match(files['logs/1.log'], /no such file/i);
  t.match(files['reads.jsonl'], /error/);
});

test('what could not be written at the end is refused before anything is gathered', async (t) => {
  const { folder, env } = plantedBox(t);
  const table: [where: string, why: RegExp][] = [
    [folder, /it is a folder/],
    [join(folder, 'no', 'where.tar.gz'), /there is no such folder/],
    [join(folder, 'agent.yaml', 'bundle.tar.gz'), /a part of its path is no folder/],
  ];
  for (const [where, why] of table) {
    const { exitCode, stdout, stderr } = await anpr(['support-bundle', '-o', where], env);
    t.equal(exitCode, 2);
    t.equal(stdout, '', 'nothing was gathered');
    t.match(stderr, why);
  }
});
