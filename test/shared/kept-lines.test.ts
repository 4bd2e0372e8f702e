// Lines put aside in a file: each whole, or not there.

import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { addLine, linesIn } from '../../agent/shared/kept-lines.ts';

test('lines come back in their order; one that a power cut has cut spoils no other', (t) => {
  const file = join(t.testdir(), 'lines');
  t.same(linesIn(file), []);
  addLine(file, 'one', 0o640);
  appendFileSync(file, 'tw');
  addLine(file, 'three', 0o640);
  t.same(linesIn(file), ['one', 'tw', 'three']);
  t.equal(statSync(file).mode & 0o777, 0o640 & ~process.umask());
  t.end();
});

test('where there is room for half a line only, none is added', (t) => {
  const file = join(t.testdir(), 'lines');
  const LIMIT_BYTES = 1024;
  const before = `${'x'.repeat(LIMIT_BYTES - 20)}\n`;
  writeFileSync(file, before);
  const script = `
    import { addLine } from ${JSON.stringify(new URL('../../agent/shared/kept-lines.ts', import.meta.url).href)};
    try { addLine(process.argv[1], 'y'.repeat(200), 0o640); } catch (error) { console.log(error.code); }`;
  // A file may not grow beyond the limit: the system writes what fits, as on a full disk.
  const limited = ['-c', `trap '' XFSZ; ulimit -f ${LIMIT_BYTES / 1024}; exec "$@"`, 'bash'];
  const told = execFileSync('bash', [
    ...limited,
    process.execPath,
    '--input-type=module',
    '-e',
    script,
    file,
  ]);
  t.equal(told.toString(), 'ENOSPC\n');
  t.equal(readFileSync(file, 'utf8'), before);
  t.end();
});
