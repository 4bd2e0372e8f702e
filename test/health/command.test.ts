// Other programs: what they said, that they are gone, and that none is missed.

import { test } from 'tap';
import { runCommand } from '../../agent/health/command.ts';
import { clockState } from '../../agent/health/facts.ts';

const PATIENT = { timeoutMs: 60_000 };

test('what a program says and how it ends', async (t) => {
  t.match(await runCommand('/bin/sh', ['-c', 'cat; echo no >&2; exit 3'], { ...PATIENT, input: 'yes' }), {
    exitCode: 3,
    stdout: 'yes',
    stderr: 'no\n',
    missing: false,
    ended: false,
  });
});

test('a program that is not there, or does not read its input, is a result', async (t) => {
  t.match(await runCommand('/nonexistent/program', [], PATIENT), { missing: true, exitCode: null });
  t.match(await runCommand('/bin/true', [], { ...PATIENT, input: 'x'.repeat(1_000_000) }), { exitCode: 0 });
});

test('a machine that has nothing left for a child is a result too', async (t) => {
  // Node throws this one at once, as it does when there is no memory.
  t.match(await runCommand('/bin/true', ['\0'], PATIENT), { exitCode: null, stderr: /null bytes/ });
  const script = `
    import { openSync } from 'node:fs';
    import { runCommand } from ${JSON.stringify(new URL('../../agent/health/command.ts', import.meta.url).href)};
    try { for (;;) openSync('/dev/null'); } catch {}
    const { exitCode, stderr } = await runCommand('/bin/true', [], { timeoutMs: 60_000 });
    console.log(exitCode, stderr);`;
  const shell = [
    '-c',
    'ulimit -n 64; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ];
  t.match(await runCommand('/bin/sh', shell, PATIENT), { exitCode: 0, stdout: /^null spawn .*EMFILE/ });
});

test('a program that takes too long is ended, politely and then not', async (t) => {
  t.match(await runCommand('/bin/sleep', ['600'], { timeoutMs: 1 }), { exitCode: null, ended: true });
  const deaf = await runCommand('/bin/sh', ['-c', 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'], {
    timeoutMs: 300,
  });
  t.match(deaf, { exitCode: null, ended: true });
});

test('a program is ended when nobody waits any more', async (t) => {
  const abort = new AbortController();
  const running = runCommand('/bin/sleep', ['600'], { ...PATIENT, signal: abort.signal });
  abort.abort();
  t.match(await running, { ended: true });
  t.match(await runCommand('/bin/sleep', ['600'], { ...PATIENT, signal: abort.signal }), { ended: true });
});

test('the clock tells what it knows, and is not asked twice within a moment', async (t) => {
  const [first, second] = await Promise.all([clockState(), clockState()]);
  t.same(first, second);
  t.ok(first.synchronised === null || typeof first.synchronised === 'boolean');
});
