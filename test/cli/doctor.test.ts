// `anpr doctor` as a person runs it: with nothing there, with much wrong, with a running agent.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { startApi } from '../../agent/api/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { handlersOf, status } from '../api/answers.ts';
import { shortFolder } from '../api/short-folder.ts';
import { noFfmpeg } from '../fixtures/needs.ts';
import { anpr, anprWithout } from './anpr.ts';

test('without configuration and agent it looks at what makes sense', async (t) => {
  const { exitCode, stdout } = await anpr([
    'doctor',
    '--only',
    'configuration',
    'agent',
    'camera',
    'broker',
    '--json',
  ]);
  t.equal(exitCode, 4, 'nothing failed, something is to be looked at');
  const { verdict, results } = JSON.parse(stdout);
  t.equal(verdict, 'warn');
  t.match(results, [
    { probe: 'configuration', finding: 'missing', advice: /anpr config init/ },
    { probe: 'agent', finding: 'not-running' },
  ]);
  t.equal(results.length, 2);
});

test('what is wrong is said with what to do, and fails', async (t) => {
  const folder = shortFolder(t);
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    'version: 1\nsite: e19\nbox: north\napi: {socket: ./anpr.sock}\njournal: {path: ./journal.db}\nevidence: {directory: ./evidence}\n' +
      "cameras: [{id: gate, url: 'rtsp://no-such-camera.invalid/x'}]\nuplink: {url: 'mqtt://no-such-broker.invalid'}\n",
  );
  const { exitCode, stdout } = await anpr(['doctor', '--config', file]);
  t.equal(exitCode, 1);
  t.match(
    stdout,
    /^fail {2}camera\/gate {7}no-such-camera\.invalid: no such name\n {24}→ Correct the name in url/m,
  );
  t.match(stdout, /^fail {2}broker {12}no-such-broker\.invalid/m);
  t.match(stdout, /^ok {4}journal {11}none yet/m);
  t.match(stdout, /\d+ ok(, \d+ to look at)?, [345] failed\n$/);
  t.notMatch(stdout, '\u001b', 'plain when piped');
  t.same(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
});

test('the words of a running agent are part of it', async (t) => {
  const folder = shortFolder(t);
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    'version: 1\nsite: e19\nbox: north\napi: {socket: ./anpr.sock}\njournal: {path: ./journal.db}\n',
  );
  const stalled = { ...status.cameras[0]!, state: 'stalled' as const };
  const api = await startApi({
    socketPath: join(folder, 'anpr.sock'),
    handlers: handlersOf({
      status: async () => ({ ...status, cameras: [stalled] }),
    }),
    log: createLog('silent'),
  });
  t.teardown(() => api.close());
  const { exitCode, stdout } = await anpr([
    'doctor',
    '--only',
    'agent',
    'journal',
    '--config',
    file,
    '--json',
  ]);
  t.equal(exitCode, 4);
  t.match(JSON.parse(stdout).results, [
    { finding: 'troubled', measured: /cam stalled/ },
    { finding: 'good', measured: /2 records/ },
  ]);
});

test('no ffmpeg in PATH is a failure with its remedy', async (t) => {
  const { exitCode, stdout } = await anprWithout(['doctor', '--only', 'ffmpeg', '--json']);
  t.equal(exitCode, 1);
  t.match(JSON.parse(stdout).results, [{ finding: 'missing', advice: /apt install ffmpeg/ }]);
});

test('the ffmpeg of this machine is good enough', { skip: noFfmpeg }, async (t) => {
  const { exitCode, stdout } = await anpr(['doctor', '--only', 'ffmpeg', '--json']);
  t.equal(exitCode, 0);
  t.match(JSON.parse(stdout).results, [{ finding: 'good', measured: /version \S+/ }]);
});

test('the models that come with the agent load', async (t) => {
  const { exitCode, stdout } = await anpr(['doctor', '--only', 'models', '--json']);
  t.equal(exitCode, 0);
  t.match(JSON.parse(stdout).results, [
    {
      finding: /good|slow/,
      measured: /loaded in \d+ ms, warm after \d+ ms, [\d.]+ ms a look, expected: \d+ frames\/s/,
    },
  ]);
});

test('a model that is missing, and a runtime that crashes, are failures of that probe alone', async (t) => {
  const folder = shortFolder(t);
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, 'version: 1\nsite: e19\nbox: north\nmodels: {directory: ./models}\n');
  const args = ['doctor', '--only', 'models', '--config', file, '--json'];
  const missing = await anpr(args);
  t.equal(missing.exitCode, 1);
  t.match(JSON.parse(missing.stdout).results, [{ finding: 'unusable', data: { code: 'model.missing' } }]);
  // A fault in native code, as the trial would meet it: it kills itself before it says a word.
  const crash = `data:text/javascript,if (process.argv[1]?.endsWith('model-trial.ts')) process.kill(process.pid, 'SIGSEGV')`;
  const crashed = await anpr(args, { NODE_OPTIONS: `--import="${crash}"` });
  t.equal(crashed.exitCode, 1);
  t.match(JSON.parse(crashed.stdout).results, [{ finding: 'crashed', measured: /SIGSEGV/ }]);
});
