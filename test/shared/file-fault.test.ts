// Files that are none, as whoever named them is told.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { foundInstead, whyNotWritten } from '../../agent/shared/file-fault.ts';
import { anpr } from '../cli/anpr.ts';

const fault = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

test('what was found, and why nothing was written', async (t) => {
  const folder = t.testdir({ file: '' });
  const below = join(folder, 'file', 'below');
  t.equal(foundInstead(fault(() => readFileSync(folder))), 'a folder');
  t.equal(foundInstead(fault(() => readFileSync(join(folder, 'none')))), 'no such file');
  t.equal(foundInstead(fault(() => readFileSync(below))), 'no such file');
  t.equal(whyNotWritten(fault(() => writeFileSync(folder, ''))), 'it is a folder');
  t.equal(whyNotWritten(fault(() => writeFileSync(join(folder, 'a', 'b'), ''))), 'there is no such folder');
  t.equal(whyNotWritten(fault(() => writeFileSync(below, ''))), 'a part of its path is no folder');
  for (const [code, read, write] of [
    ['EACCES', 'a file that this user may not read', 'this user may not write there'],
    ['EROFS', 'words', 'the file system is read-only'],
    ['ENOSPC', 'words', 'the disk is full'],
    ['EIO', 'words', 'words'],
  ] as const) {
    const error = Object.assign(new Error('words'), { code });
    t.equal(foundInstead(error), read, code);
    t.equal(whyNotWritten(error), write, code);
  }
});

test('a folder in the place of a file, at the command line', { timeout: 240_000 }, async (t) => {
  const folder = t.testdir();
  mkdirSync(join(folder, 'pictures'));
  for (const [args, stderr] of [
    [['status', '--config', folder], /found a folder\n +Name the file in it, like .*agent\.yaml/],
    [
      ['config', 'init', folder, '--force'],
      /wanted a file to write, found the folder .*\n +Name a file in it/,
    ],
    [['journal', 'verify', folder], /wanted a journal or an export in .*, found a folder/],
    [['commission', '--verify', folder], /wanted a report in .*, found a folder/],
    [['replay', folder, '--expect', folder], /wanted what was read in .*, found a folder/],
    [['restore', folder], /found a folder/],
    [['journal', 'export', '--to', 'never'], /\(anpr journal export --help shows what it takes\)/],
  ] as const) {
    const ran = await anpr(args);
    t.match(ran, { stderr }, args.join(' '));
    t.not(ran.exitCode, 0);
  }
});
