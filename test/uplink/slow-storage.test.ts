// Storage whose fsync takes half a second (strace delays the system calls): the link stays up, urgent records go.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { subscribe } from './parts.ts';

const SYNCS = 'fsync,fdatasync';
const mayTrace = () =>
  spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', `inject=${SYNCS}:delay_exit=1`, 'true']).status === 0;
const skip = noMosquitto || (mayTrace() ? false : 'needs strace, and the right to trace');

test('fsyncs of 500 ms: no keep-alive is missed, and hits arrive over the same connection', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const centre = await subscribe(t, broker.url);
  const delay = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${SYNCS}`];
  const box = spawn(
    'strace',
    [
      ...delay,
      ...['-e', `inject=${SYNCS}:delay_exit=500000`],
      process.execPath,
      fileURLToPath(new URL('slow-box.ts', import.meta.url)),
      join(t.testdir(), 'journal.db'),
      broker.url,
    ],
    { stdio: 'ignore', detached: true },
  );
  const gone = once(box, 'exit');
  t.teardown(async () => {
    if (box.exitCode === null && box.signalCode === null) process.kill(-box.pid!, 'SIGKILL');
    await gone;
  });
  const hits = () => centre.received.filter(({ topic }) => topic.endsWith('/hit'));
  // Twelve commits of half a second each: six keep-alives of one second.
  await centre.until(() => hits().length >= 12);
  t.equal(new Set(hits().map(({ message }) => message.connection)).size, 1, 'the broker never ended it');
  t.notOk(
    centre.received.some(({ message }) => message.online === false),
    'nobody took the box for dead',
  );
});
