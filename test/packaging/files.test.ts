import { statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { elfMachine, filesBelow, setTimes, sizeBytes } from '../../scripts/packaging/files.ts';
import { targets } from '../../scripts/packaging/target.ts';

test('files and sizes below a folder', async (t) => {
  const folder = t.testdir({ b: { c: 'x'.repeat(4097), d: '' }, a: 'xy' });
  symlinkSync('a', join(folder, 'link'));
  t.same(filesBelow(folder), ['a', 'b/c', 'b/d', 'link']);
  t.equal(sizeBytes(folder, 4096), 4096 + 8192 + 4096, 'in blocks, the folder b too');
  setTimes(folder, 1000);
  for (const path of ['a', 'b/c', 'b', '.']) t.equal(statSync(join(folder, path)).mtimeMs, 1_000_000);
});

test('the machine that a binary is for', async (t) => {
  const own = process.arch === 'arm64' ? targets.arm64 : targets.amd64;
  t.equal(elfMachine(process.execPath), own.elfMachine);
  const folder = t.testdir({ text: '#!/bin/sh\necho this is a script\n', short: '\x7fELF' });
  t.equal(elfMachine(join(folder, 'text')), undefined);
  t.equal(elfMachine(join(folder, 'short')), undefined);
});
