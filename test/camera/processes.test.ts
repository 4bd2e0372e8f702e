// Processes of cameras that are started before anybody needs them.

import { once } from 'node:events';
import { test } from 'tap';
import { prepareProcesses } from '../../agent/camera/processes.ts';

test('each is taken once, and when none waits there is a new one', async (t) => {
  const processes = prepareProcesses(2);
  const first = processes.take();
  t.equal(typeof first.pid, 'number');
  const others = [processes.take(), processes.take()];
  t.equal(new Set([first, ...others].map(({ pid }) => pid)).size, 3, 'the third is a new one');
  for (const own of [first, ...others]) {
    own.kill('SIGKILL');
    await once(own, 'exit');
  }
});

test('a process that waits ends with the agent', async (t) => {
  const own = prepareProcesses(1).take();
  const ended = once(own, 'exit');
  own.disconnect();
  t.same(await ended, [0, null]);
});
