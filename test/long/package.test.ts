// What scripts/package gives: the same bytes twice, checksums that the documented commands verify, and for arm64 nothing
// but arm64, which runs (under qemu, where there is one).

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Test, t } from 'tap';
import { elfMachine, filesBelow } from '../../scripts/packaging/files.ts';
import { targets } from '../../scripts/packaging/target.ts';
import { notLong } from '../fixtures/needs.ts';

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));
const picture = fileURLToPath(new URL('../fixtures/plates/belgian.jpg', import.meta.url));
const skip = notLong || (existsSync('/usr/bin/dpkg-deb') ? false : 'needs dpkg-deb');
const HOUR_MS = 3_600_000;
t.setTimeout(HOUR_MS);

const folder = mkdtempSync(join(tmpdir(), 'anpr-package-test-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, args: string[], cwd = folder) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd });
  return { status, said: stdout + stderr };
}

function build(t: Test, into: string, ...args: string[]): string {
  const out = join(folder, into);
  const { status, said } = run(join(scripts, 'package'), [
    '--fast',
    '--out',
    out,
    '--version',
    '0.1.0',
    ...args,
  ]);
  if (status !== 0) throw new Error(said);
  t.comment(
    said
      .split('\n')
      .filter((line) => line.includes('MB'))
      .join('\n'),
  );
  return out;
}

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

t.test('twice the same bytes, signed', { skip, timeout: HOUR_MS }, async (t) => {
  run('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', 'signing.pem']);
  run('openssl', ['pkey', '-in', 'signing.pem', '-pubout', '-out', 'signing.pub']);
  const out = build(t, 'one', '--arch', 'amd64', '--sign', join(folder, 'signing.pem'));
  const again = build(t, 'two', '--arch', 'amd64');
  for (const file of ['anpr-edge_0.1.0_amd64.deb', 'anpr-edge_0.1.0_amd64.cdx.json', 'SHA256SUMS'])
    t.equal(sha256(join(out, file)), sha256(join(again, file)), file);

  const listed = run('dpkg-deb', ['-c', join(out, 'anpr-edge_0.1.0_amd64.deb')]).said.split('\n');
  t.same(
    listed
      .filter((line) => /^-..x/.test(line))
      .map((line) => line.replace(/^.* \.\/usr\/lib\/anpr-edge\//, '')),
    ['bin/node', 'scripts/anpr', 'scripts/anpr-service'],
    'nothing else can be executed',
  );
  t.same(
    listed.filter((line) => line && !/^.{10} root\/root /.test(line)),
    [],
    'and all is root’s',
  );

  const verify = () =>
    run(
      'openssl',
      ['pkeyutl', '-verify', '-pubin', '-inkey', join(folder, 'signing.pub')].concat([
        ...['-rawin', '-in', 'SHA256SUMS', '-sigfile', 'SHA256SUMS.sig'],
      ]),
      out,
    );
  t.match(verify(), { status: 0, said: /Signature Verified Successfully/ });
  t.match(run('sha256sum', ['-c', 'SHA256SUMS'], out), { status: 0, said: /amd64\.deb: OK/ });
  const sums = readFileSync(join(out, 'SHA256SUMS'), 'utf8');
  writeFileSync(
    join(out, 'SHA256SUMS'),
    sums.replace(/^./, (sign) => (sign === '0' ? '1' : '0')),
  );
  t.not(verify().status, 0, 'a changed sum');
  t.not(run('sha256sum', ['-c', 'SHA256SUMS'], out).status, 0);
});

t.test('arm64: nothing else is inside, and it runs', { skip, timeout: HOUR_MS }, async (t) => {
  const out = build(t, 'arm', '--arch', 'arm64');
  const root = join(folder, 'root');
  t.equal(run('dpkg-deb', ['-x', join(out, 'anpr-edge_0.1.0_arm64.deb'), root]).status, 0);
  const home = join(root, 'usr/lib/anpr-edge');
  const native = filesBelow(home).filter((path) => elfMachine(join(home, path)) !== undefined);
  for (const path of native) t.equal(elfMachine(join(home, path)), targets.arm64.elfMachine, path);
  for (const wanted of [
    /^bin\/node$/,
    /better-sqlite3/,
    /libonnxruntime/,
    /onnxruntime_binding/,
    /sharp-linux-arm64/,
    /libvips/,
  ])
    t.ok(
      native.some((path) => wanted.test(path)),
      String(wanted),
    );
  t.match(run('dpkg-deb', ['-f', join(out, 'anpr-edge_0.1.0_arm64.deb'), 'Architecture']).said, /^arm64/);

  const libraries = '/usr/aarch64-linux-gnu';
  const noQemu = ['/usr/bin/qemu-aarch64-static', `${libraries}/lib/libstdc++.so.6`].find(
    (file) => !existsSync(file),
  );
  await t.test('under qemu', { skip: noQemu ? `needs ${noQemu}` : false, timeout: HOUR_MS }, async (t) => {
    const node = (...args: string[]) =>
      run('/usr/bin/qemu-aarch64-static', ['-L', libraries, join(home, 'bin/node'), ...args]);
    t.match(node(join(home, 'agent/cli/start.mjs'), '--version'), { status: 0, said: /^0\.1\.0/ });
    const from = (name: string) => JSON.stringify(join(home, 'node_modules', name));
    const sqlite = `console.log(new (require(${from('better-sqlite3')}))(':memory:').prepare('SELECT 6 * 7').pluck().get())`;
    t.equal(node('-e', sqlite).said.trim(), '42', 'SQLite');
    const sharp = `import sharp from ${from('sharp/dist/index.mjs')};
console.log((await sharp(${JSON.stringify(picture)}).metadata()).format)`;
    t.equal(node('--input-type=module', '-e', sharp).said.trim(), 'jpeg', 'sharp with libvips');
    const reads = node(join(home, 'agent/cli/start.mjs'), 'recognise', picture, '--json');
    // qemu 7.2 ends with a segmentation fault while it loads ONNX Runtime's library, whatever processor it plays
    const fell = /qemu: uncaught target signal/.test(reads.said);
    t.test('reads a plate', { skip: fell ? 'this qemu falls over in ONNX Runtime' : false }, async (t) => {
      t.match(reads, { status: 0, said: /"plates":\[\{"text"/ });
    });
  });
});
