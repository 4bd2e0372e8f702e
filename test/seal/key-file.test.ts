// Where the keys lie: made once, private, never overwritten, and never a reason not to start.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import {
  findKeys,
  keyFileOf,
  loadKeys,
  newRing,
  openCredential,
  openRing,
  rotatedRing,
  sealKeys,
  writeCredential,
  writeKeys,
} from '../../agent/seal/index.ts';

const nowhere = { environment: {}, credential: '/nonexistent' };

test('at the first start keys are made, private; the second start finds them', async (t) => {
  const journal = join(t.testdir(), 'state', 'journal.db');
  t.equal(findKeys(journal, nowhere), undefined);
  const first = loadKeys(journal, nowhere);
  t.match(first, { made: true, place: 'file', path: keyFileOf(journal), problem: null });
  t.equal(statSync(first.path).mode & 0o777, 0o600);
  t.match(loadKeys(journal, nowhere), { made: false, ring: first.ring });
  t.same(readdirSync(join(journal, '..')), ['journal.db.keys'], 'nothing else is left');
});

test('a credential goes before the file', async (t) => {
  const dir = t.testdir({ credentials: {} });
  const journal = join(dir, 'journal.db');
  loadKeys(journal, nowhere);
  const ring = newRing();
  writeFileSync(join(dir, 'credentials', 'anpr.keys'), JSON.stringify(ring));
  const environment = { CREDENTIALS_DIRECTORY: join(dir, 'credentials') };
  t.match(loadKeys(journal, { environment }), { place: 'credential', ring, made: false });
  t.match(loadKeys(journal, { environment: { CREDENTIALS_DIRECTORY: join(dir, 'none') } }), {
    place: 'file',
  });
});

test('a file that others could read is made private again', async (t) => {
  const journal = join(t.testdir(), 'journal.db');
  const { path } = loadKeys(journal, nowhere);
  chmodSync(path, 0o644);
  loadKeys(journal, nowhere);
  t.equal(statSync(path).mode & 0o777, 0o600);
});

test('keys that make no sense are set aside, and new ones made', async (t) => {
  const journal = join(t.testdir(), 'journal.db');
  for (const damage of ['', '{"version":1', 'PRIVATE']) {
    writeFileSync(keyFileOf(journal), damage);
    t.throws(() => findKeys(journal, nowhere), { code: 'seal.key' });
    const found = loadKeys(journal, nowhere);
    t.match(found, { made: true, problem: /kept as .*unusable/ });
    t.equal(readFileSync(found.problem!.split('kept as ')[1]!, 'utf8'), damage);
  }
});

test('a place that cannot be written is a clear error', async (t) => {
  const dir = t.testdir({ file: '' });
  t.throws(() => loadKeys(join(dir, 'file', 'journal.db'), nowhere), {
    code: 'seal.key-file',
    remedy: String,
  });
  mkdirSync(keyFileOf(join(dir, 'journal.db')));
  t.throws(() => loadKeys(join(dir, 'journal.db'), nowhere), { code: 'seal.key-file' });
});

test('written anew, it holds the old keys and the new one', async (t) => {
  const journal = join(t.testdir(), 'journal.db');
  const { ring, path } = loadKeys(journal, nowhere);
  writeKeys(path, rotatedRing(ring));
  const again = openRing(loadKeys(journal, nowhere).ring);
  t.equal(again.ids[0], openRing(ring).current.id);
  t.equal(again.ids.length, 2);
});

const withSystemd = (() => {
  try {
    execFileSync('systemd-creds', ['setup'], { stdio: 'ignore' });
    return process.getuid?.() === 0 ? false : 'only root can seal a credential';
  } catch {
    return 'needs systemd-creds and its host key';
  }
})();

test('as a systemd credential', { skip: withSystemd }, async (t) => {
  const dir = t.testdir();
  const journal = join(dir, 'journal.db');
  const path = join(dir, 'credstore.encrypted', 'anpr.keys');

  await t.test('made, and there the next time; nothing of it is in clear', async (t) => {
    const first = sealKeys(journal, '', path);
    t.match(first, { origin: 'made', problem: null });
    t.match(sealKeys(journal, '', path), { origin: 'there', ring: first.ring });
    t.match(openCredential(path), first.ring);
    const sealed = Buffer.from(readFileSync(path, 'utf8'), 'base64');
    t.notOk(sealed.includes(first.ring.keys[0]!.secret));
  });

  await t.test(
    'root finds it without systemd, and an agent started by hand begins with no others',
    async (t) => {
      const found = loadKeys(journal, { environment: {}, credential: path });
      t.match(found, { place: 'credential', path, ring: openCredential(path), made: false, problem: null });
      writeFileSync(join(dir, 'broken'), 'from another machine');
      const other = join(dir, 'other.db');
      const made = loadKeys(other, { environment: {}, credential: join(dir, 'broken') });
      t.match(made, { place: 'file', made: true, problem: String });
    },
  );

  await t.test('the file beside the journal moves into it', async (t) => {
    const { ring, path: file } = loadKeys(journal, nowhere);
    const moved = join(dir, 'second.encrypted', 'anpr.keys');
    t.match(sealKeys(journal, '', moved), { origin: 'file', ring });
    t.notOk(existsSync(file));
    const { ring: byHand } = loadKeys(journal, nowhere);
    const joined = sealKeys(journal, '', moved);
    t.match(
      joined,
      { origin: 'there', ring: { keys: [...byHand.keys, ...ring.keys] } },
      'made beside it meanwhile',
    );
    t.match(openCredential(moved), joined.ring);
    t.notOk(existsSync(file));
  });

  await t.test('a key is added to it', async (t) => {
    const ring = rotatedRing(openCredential(path));
    writeCredential(path, ring, '');
    t.match(openCredential(path), ring);
  });

  await t.test('one that does not open here is set aside, and the agent starts with new keys', async (t) => {
    const foreign = join(dir, 'third.encrypted', 'anpr.keys');
    mkdirSync(join(dir, 'third.encrypted'));
    writeFileSync(foreign, Buffer.from('from another machine').toString('base64'));
    const sealed = sealKeys(journal, '', foreign);
    t.match(sealed, { origin: 'made', problem: /kept as/ });
    t.match(openCredential(foreign), sealed.ring);
  });
});
