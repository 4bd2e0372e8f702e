// The command as a person meets it: help, mistakes, exit statuses, plain text when nobody looks at a terminal.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { startApi } from '../../agent/api/index.ts';
import { buildProgram } from '../../agent/cli/program.ts';
import { createLog } from '../../agent/shared/log.ts';
import { commandsOf, helpOf } from '../../scripts/lib/cli-page.ts';
import { handlersOf, record, status } from '../api/answers.ts';
import { shortFolder } from '../api/short-folder.ts';
import { anpr, script } from './anpr.ts';

const ESCAPE = '\u001b';

/** A folder with a right configuration whose socket and journal are in it too. */
function boxFolder(t: Parameters<typeof shortFolder>[0], more = ''): { folder: string; ANPR_CONFIG: string } {
  const folder = shortFolder(t);
  const file = join(folder, 'agent.yaml');
  writeFileSync(
    file,
    `version: 1\nsite: e19\nbox: north\napi: {socket: ./anpr.sock}\njournal: {path: ./journal.db}\n${more}`,
  );
  return { folder, ANPR_CONFIG: file };
}

for (const { name, command } of commandsOf(buildProgram()))
  test(`${name} --help has an example and fits 80 columns`, (t) => {
    const help = helpOf(command);
    t.match(help, /^Examples?:\n {2}(sudo anpr|anpr|#)/m);
    t.same(
      help.split('\n').filter((line) => line.length > 80),
      [],
    );
    t.end();
  });

test('help needs nothing and says what the exit statuses mean', async (t) => {
  const { exitCode, stdout, stderr } = await anpr(['--help']);
  t.equal(exitCode, 0);
  t.equal(stderr, '');
  t.match(stdout, /Exit status:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 {2}the agent is not running/);
  t.equal((await anpr(['config', 'check', '--help'])).exitCode, 0);
  t.match((await anpr(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

const mistakes: [name: string, args: string[], stderr: RegExp][] = [
  ['an unknown command', ['statsu'], /anpr: unknown command 'statsu'\n\(Did you mean status\?\)/],
  ['an unknown subcommand', ['config', 'chekc'], /unknown command 'chekc'\n\(Did you mean check\?\)/],
  ['an unknown option', ['reads', '--folow'], /unknown option '--folow'\n\(Did you mean --follow\?\)/],
  ['a time that is none', ['reads', '--from', 'soon'], /'soon' is invalid. wanted a time like/],
  ['a share that is none', ['reads', '--min-confidence', '90'], /wanted a number from 0 to 1/],
  ['a count that is none', ['reads', '--limit', 'many'], /wanted a whole number/],
  ['an unknown probe', ['doctor', '--only', 'brokr'], /there is no probe "brokr"; did you mean broker\?/],
  ['a missing argument', ['evaluate'], /missing required argument 'folder'/],
  ['no command', [], /Usage: anpr/],
];

for (const [name, args, stderr] of mistakes)
  test(`${name} is exit status 2 and a hint`, async (t) => {
    const ran = await anpr(args);
    t.equal(ran.exitCode, 2);
    t.match(ran.stderr, stderr);
    t.equal(ran.stdout, '');
    t.notMatch(ran.stderr, /^ {4}at /m, 'no stack');
  });

test('a missing or wrong configuration is exit status 2, with what to do', async (t) => {
  const missing = await anpr(['config', 'check']);
  t.equal(missing.exitCode, 2);
  t.match(
    missing.stderr,
    /anpr: wanted a configuration at \/nonexistent\/agent.yaml, found no such file\n.*anpr config init.*\n.*\(config.missing\)/,
  );
  const { ANPR_CONFIG } = boxFolder(t, 'lgo: {}\n');
  const wrong = await anpr(['config', 'check'], { ANPR_CONFIG });
  t.equal(wrong.exitCode, 2);
  t.match(wrong.stderr, new RegExp(`${ANPR_CONFIG}:6:1: unknown key "lgo"; did you mean "log"\\?`));
  const json = await anpr(['config', 'check', '--json'], { ANPR_CONFIG });
  t.equal(json.exitCode, 2);
  t.match(JSON.parse(json.stdout), { ok: false, problems: [{ line: 6, column: 1, suggestion: 'log' }] });
});

test('config init, check and show go together', async (t) => {
  const file = join(shortFolder(t), 'agent.yaml');
  t.match(await anpr(['config', 'init', '--site', 'e19', '--box', 'north', file]), {
    exitCode: 0,
    stderr: '',
  });
  t.match(await anpr(['config', 'init', file]), { exitCode: 2, stderr: /--force[\s\S]*config\.exists/ });
  t.match(await anpr(['config', 'check', '--config', file]), { exitCode: 0, stdout: /is right: site e19/ });
  t.match(await anpr(['config', 'show', '-c', file]), { exitCode: 0, stdout: /keepDeliveredDays: 7/ });
  t.equal(JSON.parse((await anpr(['config', 'show', '-c', file, '--json'])).stdout).site, 'e19');
  t.equal(JSON.parse((await anpr(['config', 'schema'])).stdout).type, 'object');
});

test('status without an agent is exit status 3, with what to do', async (t) => {
  const { ANPR_CONFIG } = boxFolder(t);
  const { exitCode, stdout, stderr } = await anpr(['status'], { ANPR_CONFIG });
  t.equal(exitCode, 3);
  t.equal(stdout, '');
  t.match(stderr, /no agent answers at .*anpr\.sock\n.*anpr run.*\n.*\(api\.not-running\)/);
  t.equal((await anpr(['reads', '--follow'], { ANPR_CONFIG })).exitCode, 3);
});

test('status and reads of a running agent, plain when piped and within 80 columns', async (t) => {
  const { folder, ANPR_CONFIG } = boxFolder(t);
  const reason = `the camera says ${ESCAPE}[31mno`;
  const api = await startApi({
    socketPath: join(folder, 'anpr.sock'),
    handlers: handlersOf({
      status: async () => ({
        ...status,
        cameras: [
          ...status.cameras,
          {
            ...status.cameras[0]!,
            id: 'a-camera-with-quite-a-long-name-behind-the-second-bridge',
            state: 'refused',
            reason,
          },
        ],
      }),
      reads: async () => [record(2, '1ABC234'), record(1, 'XYZ', 'a-camera-with-quite-a-long-name')],
    }),
    log: createLog('silent'),
  });
  t.teardown(() => api.close());

  const shown = await anpr(['status'], { ANPR_CONFIG });
  t.equal(shown.exitCode, 0);
  t.match(
    shown.stdout,
    /e19\/north: anpr 0\.1\.0[\s\S]*streaming[\s\S]*refused[\s\S]*Journal {2}2 records[\s\S]*connected/,
  );
  t.same(JSON.parse((await anpr(['status', '--json'], { ANPR_CONFIG })).stdout).journal, status.journal);

  const reads = await anpr(['reads'], { ANPR_CONFIG });
  t.match(reads.stdout, /^TIME .*\n.*XYZ[\s\S]*1ABC234/, 'oldest first');
  for (const { stdout } of [shown, reads]) {
    t.notMatch(stdout, ESCAPE, 'no colours, and none from outside');
    t.same(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    );
  }
  const lines = (await anpr(['reads', '--json'], { ANPR_CONFIG })).stdout.trim().split('\n');
  t.same(
    lines.map((line) => JSON.parse(line).text),
    ['XYZ', '1ABC234'],
  );
});

test('status works while the configuration is broken, when the agent is where it usually is not', async (t) => {
  const { ANPR_CONFIG } = boxFolder(t, 'lgo: {}\n');
  const { exitCode, stderr } = await anpr(['status'], { ANPR_CONFIG });
  t.equal(exitCode, 2, 'no agent at the usual place: the configuration is what is wrong');
  t.match(stderr, /unknown key "lgo"/);
});

test('reads --follow goes on until it is told to stop', async (t) => {
  const { folder, ANPR_CONFIG } = boxFolder(t);
  const api = await startApi({
    socketPath: join(folder, 'anpr.sock'),
    handlers: handlersOf({
      status: async () => status,
      reads: async () => [record(1, 'OLD')],
      followRecords(onRecord) {
        onRecord(record(1, 'OLD'));
        onRecord(record(2, 'NEW'));
      },
    }),
    log: createLog('silent'),
  });
  t.teardown(() => api.close());
  const child = spawn(script, ['reads', '--follow', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ANPR_CONFIG },
  });
  const ended = once(child, 'exit');
  let stdout = '';
  for await (const part of child.stdout.setEncoding('utf8')) {
    stdout += part;
    if (stdout.includes('NEW')) child.kill('SIGINT');
  }
  t.same(await ended, [0, null], 'Ctrl-C is how it ends');
  t.same(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).text),
    ['OLD', 'NEW'],
    'what was there and what came, each once',
  );
});

test('reads are erased with a reason and a yes, each that is not there is named', async (t) => {
  const { folder, ANPR_CONFIG } = boxFolder(t);
  const erased: string[] = [];
  const api = await startApi({
    socketPath: join(folder, 'anpr.sock'),
    handlers: handlersOf({
      read: async (id) => (id === 'gone' ? undefined : { ...record(1, 'XYZ'), id }),
      erase: async (id) => erased.push(id) + 1,
    }),
    log: createLog('silent'),
  });
  t.teardown(() => api.close());
  const erase = (...args: string[]) => anpr(['reads', 'erase', ...args], { ANPR_CONFIG });
  t.match(await erase('a', '--yes'), { exitCode: 1, stderr: /only with a reason/ });
  t.match(await erase('a', '--reason', 'x'), { exitCode: 2, stderr: /wanted --yes/ });
  t.same(erased, []);
  t.match(await erase('a', '--yes', '--reason', 'request 7'), {
    exitCode: 0,
    stdout: /^Erased: 1 read, 1 record of hits, and their pictures\.\n$/,
  });
  t.match(await erase('b', 'gone', '--yes', '--reason', 'request 7'), { exitCode: 1, stderr: /gone/ });
  t.same(erased, ['a', 'b']);
});

test('a pipe that closes early is no error', async (t) => {
  const { folder, ANPR_CONFIG } = boxFolder(t);
  const many = Array.from({ length: 3000 }, (_, index) => record(index + 1, `P${index}`));
  const api = await startApi({
    socketPath: join(folder, 'anpr.sock'),
    handlers: handlersOf({ reads: async () => many }),
    log: createLog('silent'),
  });
  t.teardown(() => api.close());
  const child = spawn('/bin/sh', ['-c', `"$0" reads --json --limit 3000 | head -n 1`, script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ANPR_CONFIG },
  });
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  child.stdout.resume();
  await once(child, 'close');
  t.equal(stderr, '');
});

test('an older Node says what is wanted before anything is loaded', async (t) => {
  const start = new URL('../../agent/cli/start.mjs', import.meta.url).pathname;
  const pretend =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})';
  const child = spawn(process.execPath, ['--import', pretend, start, 'status'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const [exitCode] = await once(child, 'close');
  t.equal(exitCode, 2);
  t.match(stderr, /wanted Node 24 or later, found 20\.1\.0/);
});

test('help loads neither native modules nor schemas', async (t) => {
  const start = new URL('../../agent/cli/start.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [start, '--help'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_DEBUG: 'module,esm' },
  });
  let trace = '';
  child.stderr.setEncoding('utf8').on('data', (part) => {
    trace += part;
  });
  await once(child, 'close');
  for (const heavy of ['zod', 'yaml', 'mqtt', 'pino', 'sharp', 'onnxruntime-node', 'better-sqlite3'])
    t.notMatch(trace, new RegExp(`node_modules/${heavy}/`), heavy);
  t.match(trace, /commander/, 'the trace shows what is loaded');
});

test('models verify fails for a model that was changed', async (t) => {
  const folder = shortFolder(t);
  mkdirSync(join(folder, 'detector/cut'), { recursive: true });
  writeFileSync(join(folder, 'detector/cut/model.onnx'), 'not what it was');
  writeFileSync(
    join(folder, 'detector/cut/manifest.json'),
    JSON.stringify({
      kind: 'detector',
      adapter: 'centre-point',
      name: 'cut',
      version: '1',
      file: 'model.onnx',
      sha256: 'a'.repeat(64),
      licence: 'Apache-2.0',
    }),
  );
  t.match(await anpr(['models', 'list', '--models', folder]), {
    exitCode: 0,
    stdout: /detector {2}cut {3}1/,
  });
  t.match(await anpr(['models', 'verify', '--models', folder]), {
    exitCode: 1,
    stdout: /fail {2}detector {2}cut/,
  });
  t.match(await anpr(['models', 'verify', 'none', '--models', folder]), {
    exitCode: 1,
    stderr: /no model "none"/,
  });
  t.notOk(existsSync(join(folder, 'reader')));
});
