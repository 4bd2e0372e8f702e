import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { createEvidenceStore } from '../../agent/evidence/index.ts';
import { newRing, rotatedRing } from '../../agent/seal/index.ts';

const AT = Date.UTC(2026, 10, 22, 23, 59, 59, 999);
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);

test('a picture is kept under its day and its read, for the group to read', async (t) => {
  const directory = join(t.testdir({}), 'evidence');
  const store = createEvidenceStore({ directory });
  const kept = await store.put('id-1', 'plate', AT, JPEG);
  t.match(kept, {
    kind: 'plate',
    mediaType: 'image/jpeg',
    sizeBytes: 4,
    sha256: createHash('sha256').update(JPEG).digest('hex'),
    file: join(directory, '2026-11-22', 'id-1-plate.jpg'),
  });
  t.same(await readFile(kept.file), JPEG);
  t.equal((await stat(kept.file)).mode & 0o777, 0o640);
  t.same(await readdir(join(directory, '2026-11-22')), ['id-1-plate.jpg'], 'nothing else lies about');
  t.same(await store.get('id-1', 'plate', AT), JPEG);
});

test('put again replaces; removed is gone; removing nothing is fine', async (t) => {
  const store = createEvidenceStore({ directory: t.testdir({}) });
  await store.put('id-1', 'plate', AT, JPEG);
  await store.put('id-1', 'plate', AT, Buffer.from('other'));
  await store.put('id-1', 'overview', AT, JPEG);
  t.same(await store.get('id-1', 'plate', AT), Buffer.from('other'));
  await store.remove('id-1', AT);
  t.equal(await store.get('id-1', 'plate', AT), undefined);
  t.equal(await store.get('id-1', 'overview', AT), undefined);
  await store.remove('id-1', AT);
});

test('who was not told finds what is there, as it was kept', async (t) => {
  const store = createEvidenceStore({ directory: t.testdir({}), keys: newRing() });
  t.same(await store.find('id-1', AT), []);
  const { file, ...plate } = await store.put('id-1', 'plate', AT, JPEG);
  t.same(await store.find('id-1', AT), [plate]);
  const { file: other, ...overview } = await store.put('id-1', 'overview', AT, Buffer.from('other'));
  t.same(await store.find('id-1', AT), [plate, overview]);
});

test('a folder that is no folder says what to do', async (t) => {
  const directory = t.testdir({ evidence: 'a file' });
  const store = createEvidenceStore({ directory: join(directory, 'evidence') });
  await t.rejects(store.put('id-1', 'plate', AT, JPEG), {
    code: 'evidence.not-writable',
    remedy: /evidence.directory/,
  });
});

test('a folder without permission', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async (t) => {
  const directory = t.testdir({});
  await chmod(directory, 0o500);
  await t.rejects(createEvidenceStore({ directory }).put('id-1', 'plate', AT, JPEG), {
    code: 'evidence.not-writable',
  });
});

test('a full disk', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'small-disk-'));
  const skip = !mountSmallDisk(directory) && 'needs the right to mount a small disk';
  t.teardown(async () => {
    if (!skip) execFileSync('umount', ['-l', directory]);
    await rmdir(directory);
  });
  await t.test('leaves no half picture, and goes on when there is room again', { skip }, async (t) => {
    const store = createEvidenceStore({ directory });
    await store.put('id-1', 'plate', AT, JPEG);
    const filler = join(directory, 'filler');
    await t.rejects(writeFile(filler, Buffer.alloc(2 ** 20)), { code: 'ENOSPC' });
    const picture = Buffer.alloc(20_000, 1);
    await t.rejects(store.put('id-2', 'plate', AT, picture), {
      code: 'evidence.disk-full',
      remedy: /Make room/,
    });
    t.same(await readdir(join(directory, '2026-11-22')), ['id-1-plate.jpg']);
    await rm(filler);
    t.ok(await store.put('id-2', 'plate', AT, picture));
  });
});

test('an id that is a path is refused', async (t) => {
  const store = createEvidenceStore({ directory: t.testdir({}) });
  await t.rejects(store.put('../x', 'plate', AT, JPEG), { code: 'evidence.bad-id' });
});

function mountSmallDisk(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('with the keys of the box a picture lies sealed, belongs to its read, and comes out as it was', async (t) => {
  const directory = t.testdir({});
  const keys = newRing();
  const sealed = createEvidenceStore({ directory, keys });
  const { file, sha256, sizeBytes } = await sealed.put('id-1', 'plate', AT, JPEG);
  t.equal(sha256, createHash('sha256').update(JPEG).digest('hex'), 'the hash is that of the picture');
  t.equal(sizeBytes, JPEG.length);
  t.notOk((await readFile(file)).includes(JPEG));
  t.same(await sealed.get('id-1', 'plate', AT), JPEG);
  t.same(await createEvidenceStore({ directory, keys: rotatedRing(keys) }).get('id-1', 'plate', AT), JPEG);

  await copyFile(file, file.replace('id-1', 'id-2'));
  await t.rejects(sealed.get('id-2', 'plate', AT), { code: 'seal.broken' }, 'under the name of another read');
  await t.rejects(createEvidenceStore({ directory }).get('id-1', 'plate', AT), { code: 'seal.no-keys' });
  await t.rejects(createEvidenceStore({ directory, keys: newRing() }).get('id-1', 'plate', AT), {
    code: 'seal.key-lost',
  });
});

test('a picture from before the box had keys still comes out', async (t) => {
  const directory = t.testdir({});
  await createEvidenceStore({ directory }).put('id-1', 'overview', AT, JPEG);
  t.same(await createEvidenceStore({ directory, keys: newRing() }).get('id-1', 'overview', AT), JPEG);
});
