// The man page and the completion, both out of the command's help: man and bash themselves say whether they are right.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { buildProgram } from '../../agent/cli/program.ts';
import { completion, manPage } from '../../scripts/packaging/manual.ts';

const noGroff = spawnSync('groff', ['--version']).status === 0 ? false : 'needs groff';

test('each command stands in the man page', async (t) => {
  const page = manPage(buildProgram(), '1.2.3', '2026-11-22');
  t.match(page, /^\.TH ANPR 1 2026-11-22 "anpr-edge 1\.2\.3"/);
  for (const { name } of [{ name: 'anpr run' }, { name: 'anpr camera add' }, { name: 'anpr journal verify' }])
    t.ok(page.includes(`.SS ${name.replaceAll('-', '\\-')}\n`), name);
});

test('groff has no complaint about it', { skip: noGroff }, async (t) => {
  const file = join(t.testdir(), 'anpr.1');
  writeFileSync(file, manPage(buildProgram(), '1.2.3', '2026-11-22'));
  for (const device of ['utf8', 'ascii']) {
    const { status, stdout, stderr } = spawnSync('groff', ['-man', `-T${device}`, '-ww', file], {
      encoding: 'utf8',
    });
    t.equal(status, 0);
    t.equal(stderr, '', device);
    t.ok(stdout.includes('anpr reads --follow'), 'examples can be copied: a hyphen is a hyphen');
  }
});

test('bash completes commands and options', async (t) => {
  const file = join(t.testdir(), 'completion');
  writeFileSync(file, completion(buildProgram()));
  const of = (...words: string[]) => {
    const line = `. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _anpr; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line, 'bash', file, ...words], { encoding: 'utf8' });
    t.equal(stderr, '');
    return stdout.trim().split(' ');
  };
  t.same(of('anpr', 'doc'), ['doctor']);
  t.ok(of('anpr', '').includes('recognise'));
  t.ok(of('anpr', 'camera', '').includes('add'));
  t.same(of('anpr', 'reads', '--fol'), ['--follow']);
  t.ok(of('anpr', 'journal', 'verify', '--').includes('--json'));
  t.same(of('anpr', 'recognise', 'photo.j'), [''], 'files are left to bash');
  t.same(of('anpr', 'nonsense', ''), of('anpr', ''), 'an unknown word is no command');
});
