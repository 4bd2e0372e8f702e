// What systemd hears: of the service with a manager made by hand, and of the whole agent over a real socket of datagrams.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { test } from 'tap';
import { notifierOf, startService } from '../../agent/service/index.ts';
import { noNotify, notifySocket } from '../fixtures/notify-socket.ts';
import { sceneFor } from '../fixtures/scene.ts';

const anprService = fileURLToPath(new URL('../../scripts/anpr-service', import.meta.url));
const silent = pino({ level: 'silent' });

test('nobody listens: nothing is told, and no timer stays', async (t) => {
  t.equal(notifierOf({}), null);
  const file = openSync(fileURLToPath(import.meta.url), 'r');
  t.equal(notifierOf({ ANPR_NOTIFY_FD: String(file) }), null, 'what is no socket is not written to');
  closeSync(file);
  t.equal(notifierOf({ ANPR_NOTIFY_FD: '987654' }), null);
  const askJournal = () => Promise.reject(new Error('is not asked'));
  startService({ askJournal, cameras: () => [], status: () => '', log: silent, notifier: null }).stopping();
});

/** A manager that hears, and a journal that answers when it is told to. */
function setUp() {
  const heard: string[][] = [];
  let wake = Promise.withResolvers<void>();
  const journal: { answers: boolean; asked: (() => void)[] } = { answers: true, asked: [] };
  const cameras = [{ id: 'pole', hangsMs: 0 }];
  const lines: string[] = [];
  let deaf = false;
  const service = startService({
    askJournal: () =>
      journal.answers ? Promise.resolve() : new Promise<void>((done) => journal.asked.push(done)),
    cameras: () => cameras,
    status: () => 'one line',
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    notifier: {
      watchdogMs: 300,
      tell(...message) {
        if (deaf) throw new Error('nobody reads');
        heard.push(message);
        wake.resolve();
        wake = Promise.withResolvers();
      },
    },
  });
  return {
    ...{ heard, journal, cameras, lines, service },
    deafen: (is: boolean) => {
      deaf = is;
    },
    async next(wanted: RegExp): Promise<string[]> {
      for (let from = heard.length; ; ) {
        const found = heard.slice(from).find((message) => wanted.test(message.join(' ')));
        if (found) return found;
        from = heard.length;
        await wake.promise;
      }
    },
  };
}

test('ready, then signs of life as long as the cameras move', { timeout: 120_000 }, async (t) => {
  const { heard, cameras, lines, service, next } = setUp();
  t.same(heard[0], ['READY=1', 'STATUS=one line']);
  t.same(await next(/WATCHDOG=1/), ['WATCHDOG=1', 'STATUS=one line']);

  cameras[0]!.hangsMs = 90_000;
  await next(/not well/);
  for (let beat = 0; beat < 3; beat++)
    t.same(await next(/./), [
      'STATUS=not well: the process of camera pole hangs for 90 s and cannot be ended',
    ]);
  t.equal(lines.filter((line) => line.includes('no sign of life')).length, 1, 'the log says why, once');

  cameras[0]!.hangsMs = 0;
  await next(/WATCHDOG=1/);
  t.match(lines.at(-1), /well again/);
  service.stopping();
  t.match(heard.at(-1), ['STOPPING=1', /STATUS=closes open passages/]);
});

test("a journal's writer that does not answer", { timeout: 120_000 }, async (t) => {
  const { journal, service, next } = setUp();
  journal.answers = false;
  t.match(await next(/not well/), [/the journal's writer has not answered for 0 s/]);
  journal.answers = true;
  for (const done of journal.asked) done();
  await next(/WATCHDOG=1/);
  t.equal(journal.asked.length, 1, 'it was asked once, not again and again');
  service.stopping();
});

test('a manager that cannot be told is no reason to end', { timeout: 120_000 }, async (t) => {
  const { lines, service, next, deafen } = setUp();
  deafen(true);
  while (lines.length === 0) await new Promise(setImmediate);
  t.match(JSON.parse(lines[0]!), { level: 50, reason: 'nobody reads', msg: /systemd cannot be told/ });
  deafen(false);
  await next(/WATCHDOG=1/);
  service.stopping();
});

test('the agent as a service', { skip: noNotify, timeout: 300_000 }, async (t) => {
  const ear = await notifySocket(t);
  const scene = sceneFor(t);
  const env = { NOTIFY_SOCKET: ear.path, WATCHDOG_USEC: '900000', WATCHDOG_PID: undefined };
  const folder = scene.folder({ log: { level: 'error' } }, { env, through: anprService });
  const agent = await folder.start();
  t.match(await ear.line('READY=1'), ['READY=1', 'STATUS=0 of 0 cameras streaming; no uplink configured']);
  await ear.line('WATCHDOG=1');
  await ear.line('WATCHDOG=1', ear.messages.length);
  t.equal(await agent.stop(), 0);
  await ear.line('STOPPING=1');
  t.equal(agent.log(), '');
});

test('the watchdog is for the process that it names', { skip: noNotify }, async (t) => {
  const ear = await notifySocket(t);
  const module = new URL('../../agent/service/index.ts', import.meta.url).href;
  const program = `import { notifierOf } from '${module}';
const own = { ...process.env, WATCHDOG_USEC: '3000000' };
const of = (pid) => notifierOf({ ...own, WATCHDOG_PID: pid }).watchdogMs;
console.log(of(undefined), of(String(process.pid)), of('1'), notifierOf({ ...own, WATCHDOG_USEC: '' }).watchdogMs);`;
  const { stdout } = spawnSync(anprService, [process.execPath, '--input-type=module', '-e', program], {
    env: { ...process.env, NOTIFY_SOCKET: ear.path },
    encoding: 'utf8',
  });
  t.equal(stdout, '3000 3000 null null\n');
});

test('without a manager the command is run as it is', async (t) => {
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(anprService, args, { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
  t.match(run(['sh', '-c', 'echo "[$ANPR_NOTIFY_FD]"; exit 3']), { status: 3, stdout: '[]\n', stderr: '' });
  t.match(run(['sh', '-c', 'echo on'], { NOTIFY_SOCKET: '/nowhere/at/all' }), {
    status: 0,
    stdout: 'on\n',
    stderr: /socket cannot be opened: No such file/,
  });
  t.match(run(['/no/such/program']), { stderr: /no\/such\/program: No such file/ });
  t.not(run([]).status, 0);
});
