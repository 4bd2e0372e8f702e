// A box is replaced: what its backup carries, what it does not, and everything that can be wrong with the file or with the
// box that takes it.

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { contentOf, restore, restorePublicKeyOf, writeContainer } from '../../agent/backup/index.ts';
import { announces, isPlainName, journalObjection, objectionTo } from '../../agent/backup/restore-policy.ts';
import { loadConfig } from '../../agent/config/index.ts';
import { openJournal } from '../../agent/journal/index.ts';
import {
  type KeyRing,
  loadKeys,
  openPassword,
  openRing,
  sealPassword,
  sealPrivateKey,
} from '../../agent/seal/index.ts';
import { importList } from '../../agent/watchlist/index.ts';
import { anpr } from '../cli/anpr.ts';
import { agentFolder } from '../fixtures/agent.ts';
import { newRead, silent } from '../journal/records.ts';

const PASSPHRASE = 'seven dry words';
const PASSWORD = 'hunter2-of-the-camera';

interface Box {
  folder: string;
  config: string;
  journal: string;
  ring: KeyRing;
}

/** A folder as /etc/anpr and /var/lib/anpr in one. */
function newBox(t: Test, text?: (folder: string) => string): Box {
  const folder = mkdtempSync(join(tmpdir(), 'box-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'agent.yaml');
  const journal = join(folder, 'journal.db');
  if (text) writeFileSync(config, text(folder), { mode: 0o640 });
  return {
    folder,
    config,
    journal,
    ring: loadKeys(journal, { environment: {}, credential: '/nonexistent' }).ring,
  };
}

const fullText = (folder: string) => `# the gate of e19
version: 1
site: e19
box: north
journal: {path: journal.db}
evidence: {directory: evidence}
watchlists: {directory: lists, lists: [{id: stolen}]}
api: {socket: ${folder}/none.sock}
uplink: {url: "mqtts://broker.example", username: box, passwordFile: secrets/broker, caFile: ca.pem, certFile: tls/identity.pem, keyFile: tls/identity.pem}
hits: {alarms: {mqtt: {url: "mqtts://siren.example", caFile: siren.pem}}}
cameras:
  - {id: gate, url: "rtsp://192.0.2.10/1", username: anpr, passwordFile: secrets/camera-gate}
`;

async function fullBox(t: Test): Promise<Box> {
  const box = newBox(t, fullText);
  const file = (name: string, text: string) => {
    mkdirSync(join(box.folder, name, '..'), { recursive: true });
    writeFileSync(join(box.folder, name), text, { mode: 0o600 });
  };
  file('secrets/camera-gate', sealPassword(openRing(box.ring).current, PASSWORD));
  file('secrets/broker', 'another one\n');
  file('secrets/loose', 'for the unit alone\n');
  file('ca.pem', 'an authority\n');
  file('siren.pem', 'another authority\n');
  file('tls/identity.pem', sealPrivateKey(openRing(box.ring).current, 'a private key'));
  file('stolen.csv', 'plate,country,reason\n1ABC234,B,stolen\nK?Z*,,gang\n');
  const config = loadConfig(box.config, { checkFiles: false });
  const { directory, lists } = config.watchlists;
  importList({
    ...{ directory, list: lists[0]!, ring: openRing(box.ring), version: 7 },
    ...{ file: join(box.folder, 'stolen.csv'), format: 'csv' },
  });
  rmSync(join(box.folder, 'stolen.csv'));
  const { ring: keys } = box;
  const journal = await openJournal({
    path: box.journal,
    log: silent,
    address: { site: 'e19', box: 'north' },
    keys,
  });
  for (const number of [1, 2, 3]) await journal.append(newRead(number));
  await journal.close();
  return box;
}

async function backedUp(
  box: Box,
  recipient: Parameters<typeof writeContainer>[2] = { passphrase: PASSPHRASE },
) {
  const file = join(box.folder, 'north.anpr');
  const ring = openRing(box.ring);
  const { values, counted } = contentOf(box.config, ring);
  const about = { kind: 'backup' as const, agent: '0', site: 'e19', box: 'north', createdAt: Date.now() };
  await writeContainer(file, about, recipient, ring.current, values);
  return { file, counted };
}

/** A key that lies in a safe. */
function safe() {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    privateKey,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
  };
}

const restored = (box: Box, file: string, more: Partial<Parameters<typeof restore>[0]> = {}) =>
  restore({
    ...{
      file,
      configFile: box.config,
      trusted: [],
      passphrase: PASSPHRASE,
      force: false,
      keepJournal: false,
    },
    ringFor: async () => box.ring,
    ownRing: box.ring,
    agentRuns: async () => false,
    ...more,
  });

/** Everything in a folder, to see that nothing changed. */
function picture(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    names.map(({ parentPath, name }) => [
      join(parentPath, name),
      readFileSync(join(parentPath, name), 'base64'),
    ]),
  );
}

test('a dead box is replaced, from the command line', async (t) => {
  const old = await fullBox(t);
  const words = join(old.folder, 'words');
  writeFileSync(words, `${PASSPHRASE}\n`, { mode: 0o600 });
  const file = join(old.folder, 'north.anpr');
  const made = await anpr(['backup', file, '--passphrase-file', words, '--config', old.config]);
  t.match(
    made,
    { exitCode: 0, stdout: /configuration of e19\/north,\n5 files with it, and the lists stolen \(2\)/ },
    made.stderr,
  );
  t.match(
    made.stdout.replaceAll(/\s+/g, ' '),
    /left out .*tls\/identity\.pem: it holds a key that never leaves the box/,
  );
  t.equal(statSync(file).mode & 0o777, 0o600);
  const bytes = readFileSync(file);
  for (const secret of [PASSWORD, 'stolen', 'broker.example', 'rtsp', old.ring.keys[0]!.secret])
    t.notOk(bytes.includes(secret), 'nothing is in clear');

  const box = newBox(t);
  const done = await anpr(['restore', file, '--passphrase-file', words, '--config', box.config]);
  t.match(done, { exitCode: 0, stdout: /This box is e19\/north now/ }, done.stderr);
  t.match(done.stdout, /begins a new epoch/);
  t.match(done.stdout, /Next:\n {2}anpr enrol request/);
  t.ok(
    done.stdout.split('\n').every((line) => line.length <= 80),
    done.stdout,
  );
  t.equal(readFileSync(box.config, 'utf8'), readFileSync(old.config, 'utf8'), 'comments too');
  const kept = readFileSync(join(box.folder, 'secrets/camera-gate'), 'utf8');
  t.equal(openPassword(openRing(loadKeys(box.journal).ring), kept), PASSWORD, 'sealed for the new box');
  t.equal(statSync(join(box.folder, 'secrets/camera-gate')).mode & 0o777, 0o600);
  t.equal(readFileSync(join(box.folder, 'secrets/loose'), 'utf8'), 'for the unit alone\n');
  t.equal(readFileSync(join(box.folder, 'siren.pem'), 'utf8'), 'another authority\n', 'what alarms need too');
  t.notOk(existsSync(join(box.folder, 'tls/identity.pem')));
  const list = await anpr(['watchlist', 'list', '--json', '--config', box.config]);
  t.match(JSON.parse(list.stdout), [
    { list: 'stolen', meta: { version: 7, entries: 1, patterns: 1 }, problem: null },
  ]);
  t.match(
    (await anpr(['watchlist', 'export', 'stolen', '--config', box.config])).stdout,
    /1ABC234,B[\s\S]*K\?Z\*/,
  );
  t.same(
    readdirSync(box.folder).filter((name) => name.startsWith('.restore')),
    [],
  );

  // The new journal begins with the end of the old epoch.
  const before = await openEpoch(old);
  const journal = await openJournal({
    path: box.journal,
    log: silent,
    address: { site: 'e19', box: 'north' },
    keys: box.ring,
  });
  t.teardown(() => journal.close());
  await journal.append(newRead(9));
  t.not(journal.epoch, before.epoch);
  const records = await journal.pending({ after: 0, limit: 10 });
  const gaps = records.filter(({ type }) => type === 'gap').map(({ json }) => JSON.parse(`${json}`).gap);
  const end = gaps.find(({ reason }) => reason === 'new-epoch');
  t.match(end, { epoch: before.epoch, from: before.lastSeq + 1, to: null });
});

async function openEpoch(box: Box): Promise<{ epoch: string; lastSeq: number }> {
  const journal = await openJournal({
    path: box.journal,
    log: silent,
    address: { site: 'e19', box: 'north' },
    keys: box.ring,
  });
  const { epoch, lastSeq } = await journal.counts();
  await journal.close();
  return { epoch, lastSeq };
}

test('a file that is cut, changed, foreign, newer, or locked with something else changes nothing', async (t) => {
  const old = await fullBox(t);
  const { file } = await backedUp(old);
  const box = newBox(t, fullText);
  const before = picture(box.folder);
  const other = join(old.folder, 'other.anpr');
  const size = statSync(file).size;
  const bad = async (code: string, make: () => void, more: Partial<Parameters<typeof restore>[0]> = {}) => {
    copyFileSync(file, other);
    make();
    await t.rejects(restored(box, other, { force: true, ...more }), { code }, code);
    t.same(picture(box.folder), before);
  };
  const change = (at: number) => {
    const bytes = readFileSync(other);
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
    writeFileSync(other, bytes);
  };
  await bad('backup.locked', () => {}, { passphrase: 'seven dry worms' });
  await bad('backup.wants-passphrase', () => {}, { passphrase: undefined });
  for (const length of [size - 1, size - 64, Math.floor(size / 2), 500])
    await bad('backup.damaged', () => truncateSync(other, length));
  for (const length of [0, 20]) await bad('backup.foreign', () => truncateSync(other, length));
  for (const at of [-1, -70, -400, 300]) await bad('backup.damaged', () => change(at));
  await bad('backup.foreign', () => writeFileSync(other, '{"format":"another"}\n'));
  await bad('backup.foreign', () => writeFileSync(other, Buffer.alloc(9000, 0x41)));
  const [head, ...rest] = readFileSync(file, 'latin1').split('\n');
  await bad('backup.newer', () =>
    writeFileSync(other, [head!.replace('"version":1', '"version":2'), ...rest].join('\n'), 'latin1'),
  );
  await bad('backup.unreadable', () => rmSync(other));
  await bad('restore.running', () => {}, { agentRuns: async () => true });
  await bad('restore.exists', () => {}, { force: false });
});

test('whoever signs another’s file again, or locks one of their own, is found out', async (t) => {
  const old = await fullBox(t);
  const { file } = await backedUp(old);
  const box = newBox(t);
  const stranger = openRing(newBox(t).ring).current;
  const [line, ...rest] = readFileSync(file, 'latin1').split('\n');
  const head = JSON.parse(line!);
  const body = Buffer.from(rest.join('\n'), 'latin1').subarray(0, -64);
  const { createHash } = await import('node:crypto');
  const text = `${JSON.stringify({ ...head, signer: stranger.publicKey })}\n`;
  const whole = Buffer.concat([Buffer.from(text), body]);
  const signature = stranger.sign(createHash('sha256').update(whole).digest('hex'));
  const forged = join(old.folder, 'forged.anpr');
  writeFileSync(forged, Buffer.concat([whole, Buffer.from(signature, 'base64')]));
  await t.rejects(restored(box, forged), { code: 'backup.locked' }, 'its first line belongs to every piece');

  const publicKey = restorePublicKeyOf(openRing(box.ring).current);
  const { file: sealed } = await backedUp(old, { publicKey });
  await t.rejects(restored(box, sealed), { code: 'restore.signer' }, 'anybody can lock for a public key');
  await t.rejects(restored(box, sealed, { trusted: [stranger.publicKey] }), { code: 'restore.signer' });
  const another = newBox(t);
  const trusted = [openRing(old.ring).current.publicKey];
  await t.rejects(restored(another, sealed, { trusted }), { code: 'backup.other-recipient' });
  t.match(await restored(box, sealed, { trusted }), { config: { box: 'north' } });
});

test('a backup for a key that lies in a safe, and a passphrase that is too short', async (t) => {
  const old = await fullBox(t);
  const { privateKey, publicKey } = safe();
  const { file } = await backedUp(old, { publicKey });
  const trusted = [openRing(old.ring).current.publicKey];
  t.ok(await restored(newBox(t), file, { trusted, privateKeys: [privateKey] }));
  await t.rejects(backedUp(old, { passphrase: 'short' }), { code: 'backup.passphrase' });
  await t.rejects(backedUp(old, { publicKey: 'x' }), { code: 'backup.recipient' });
  t.notOk(existsSync(`${file}.new-${process.pid}`));
});

test('over a live configuration: the one before is kept, the journal goes on when it is the same', async (t) => {
  const old = await fullBox(t);
  const { file } = await backedUp(old);
  writeFileSync(old.config, `${fullText(old.folder)}# changed since\n`);
  const done = await restored(old, file, { force: true });
  t.match(readFileSync(done.before!, 'utf8'), /changed since/);
  t.notMatch(readFileSync(old.config, 'utf8'), /changed since/);
  t.equal(done.announced, null, 'its own epoch goes on');

  const box = await fullBox(t);
  await t.rejects(restored(box, file, { force: true }), { code: 'restore.journal' });
  t.match(await restored(box, file, { force: true, keepJournal: true }), { announced: null });
});

test('a running agent is not restored over', async (t) => {
  const old = await fullBox(t);
  const { file } = await backedUp(old);
  await using agent = agentFolder({ site: 'e19', box: 'south' });
  const running = await agent.start();
  const words = join(old.folder, 'words');
  writeFileSync(words, PASSPHRASE, { mode: 0o600 });
  const args = ['restore', file, '--force', '--passphrase-file', words, '--config', agent.configPath];
  t.match(await anpr(args), { exitCode: 1, stderr: /restore\.running/ });
  await running.stop();
});

const noSmallDisk =
  process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root, for a small disk';

test('a full disk: nothing has changed, and it says so', { skip: noSmallDisk }, async (t) => {
  const old = await fullBox(t);
  writeFileSync(join(old.folder, 'secrets/large'), Buffer.alloc(600_000, 7));
  const { file } = await backedUp(old);
  const small = mkdtempSync(join(tmpdir(), 'small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small], { stdio: 'pipe' });
  } catch {
    rmSync(small, { recursive: true });
    t.comment('not looked at: no file system may be mounted here');
    return;
  }
  t.teardown(() => {
    execFileSync('umount', [small]);
    rmSync(small, { recursive: true });
  });
  const box: Box = { ...newBox(t), folder: small, config: join(small, 'agent.yaml') };
  writeFileSync(box.config, fullText(small));
  const before = picture(small);
  await t.rejects(restored(box, file, { force: true }), { code: 'restore.unwritable' });
  t.same(picture(small), before);
  await t.rejects(
    writeContainer(
      join(small, 'north.anpr'),
      { kind: 'backup', agent: '0', site: 'e19', box: 'north', createdAt: 0 },
      { passphrase: PASSPHRASE },
      openRing(old.ring).current,
      [
        {
          noise: Buffer.from(Array.from({ length: 1_500_000 }, () => Math.random() * 256)).toString('base64'),
        },
      ],
    ),
    { code: 'backup.unwritable' },
  );
  t.same(picture(small), before);
});

test('what a file may not bring', async (t) => {
  const old = newBox(
    t,
    (folder) => `version: 1\nsite: e19\nbox: north\njournal: {path: ${folder}/journal.db}\n`,
  );
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const config = { kind: 'file', name: 'agent.yaml', base64: base64('version: 1\nsite: e19\nbox: north\n') };
  const cases: [string, unknown[]][] = [
    [
      'backup.strange',
      [config, { kind: 'file', name: '../cron.d/x', base64: '' }, { kind: 'end', values: 2 }],
    ],
    [
      'backup.strange',
      [config, { kind: 'file', name: '/etc/passwd', base64: '' }, { kind: 'end', values: 2 }],
    ],
    ['backup.strange', [config, { kind: 'virus' }, { kind: 'end', values: 2 }]],
    ['backup.strange', [config]],
    ['backup.strange', [config, { kind: 'end', values: 3 }]],
    ['backup.strange', [{ kind: 'end', values: 0 }]],
    [
      'backup.strange',
      [
        { ...config, base64: base64('version: 1\nsite: e19\nbox: south\n') },
        { kind: 'end', values: 1 },
      ],
    ],
    [
      'config.invalid',
      [
        { ...config, base64: base64('version: 1\nsite: e19\nbax: south\n') },
        { kind: 'end', values: 1 },
      ],
    ],
  ];
  const file = join(old.folder, 'x.anpr');
  const { privateKey, publicKey } = safe();
  const trusted = [openRing(old.ring).current.publicKey];
  for (const [code, values] of cases) {
    const about = { kind: 'backup' as const, agent: '0', site: 'e19', box: 'north', createdAt: 0 };
    await writeContainer(file, about, { publicKey }, openRing(old.ring).current, values);
    const box = newBox(t);
    await t.rejects(
      restored(box, file, { trusted, privateKeys: [privateKey] }),
      { code },
      JSON.stringify(values).slice(0, 90),
    );
    t.notOk(existsSync(box.config));
  }
  for (const name of ['secrets/a', 'ca.pem', 'a/b/c/d']) t.ok(isPlainName(name), name);
  for (const name of ['', '..', '../a', '/a', 'a/../b', '.hidden', 'a//b', 'a\0b', 'a/b/c/d/e', 'a b'])
    t.notOk(isPlainName(name), name);
});

test('who may be restored where, as a table', (t) => {
  const base = {
    head: {
      kind: 'backup' as const,
      lock: { passphrase: { salt: '', log2: 17 } },
      signer: 'S',
      site: 'e19',
      box: 'north',
    },
    ...{
      signerId: '1',
      trusted: [],
      agentRuns: false,
      configExists: false,
      force: false,
      keepJournal: false,
    },
    journal: { inBackup: null, here: null },
  };
  t.equal(objectionTo(base), undefined);
  t.match(objectionTo({ ...base, head: { ...base.head, kind: 'bundle' } }), { code: 'restore.signer' });
  t.equal(objectionTo({ ...base, head: { ...base.head, kind: 'bundle' }, trusted: ['S'] }), undefined);
  t.match(objectionTo({ ...base, agentRuns: true, force: true }), { code: 'restore.running' });
  const table: [string | null, string | null, boolean, boolean][] = [
    [null, null, false, false],
    ['a', null, true, false],
    ['a', 'a', false, false],
    ['a', 'b', false, true],
    [null, 'b', false, false],
  ];
  for (const [inBackup, here, told, refused] of table) {
    const journal = { inBackup, here };
    t.equal(announces(journal), told);
    t.equal(journalObjection({ journal, keepJournal: false }) !== undefined, refused);
    t.equal(journalObjection({ journal, keepJournal: true }), undefined);
  }
  t.end();
});
