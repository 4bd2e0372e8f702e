// What systemd hears, over a real socket of datagrams and its own systemd-notify.

import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { test } from 'tap';
import { notifierOf, startService } from '../../agent/service/index.ts';
import { noNotify, notifySocket } from '../fixtures/notify-socket.ts';
import { sceneFor } from '../fixtures/scene.ts';

const skip = noNotify;

test('nobody listens: nothing is told, and no timer stays', async (t) => {
  t.equal(notifierOf({}), null);
  const service = await startService({
    askJournal: () => Promise.reject(new Error('is not asked')),
    cameras: () => [],
    status: () => '',
    log: pino({ level: 'silent' }),
    notifier: notifierOf({}),
  });
  await service.stopping();
});

test('the watchdog is for the process that it names', { skip }, async (t) => {
  const env = { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '3000000' };
  t.equal(notifierOf(env)?.watchdogMs, 3000);
  t.equal(notifierOf({ ...env, WATCHDOG_PID: String(process.pid) })?.watchdogMs, 3000);
  t.equal(notifierOf({ ...env, WATCHDOG_PID: '1' })?.watchdogMs, null);
  t.equal(notifierOf({ ...env, WATCHDOG_USEC: undefined })?.watchdogMs, null);
  await t.rejects(notifierOf({ ...env, PATH: process.env.PATH })!.tell('READY=1'), /systemd-notify: /);
});

test('ready, then signs of life as long as journal and cameras live', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const ear = await notifySocket(t);
  const lines: string[] = [];
  let answer: (() => void) | null = null;
  const cameras = [{ id: 'pole', hangsMs: 0 }];
  const service = await startService({
    askJournal: () => (answer === null ? Promise.resolve() : new Promise<void>((done) => (answer = done))),
    cameras: () => cameras,
    status: () => 'one line',
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
    notifier: notifierOf({ PATH: process.env.PATH, NOTIFY_SOCKET: ear.path, WATCHDOG_USEC: '300000' }),
  });
  t.same(ear.messages[0], ['READY=1', 'STATUS=one line']);
  await ear.line('WATCHDOG=1');

  cameras[0]!.hangsMs = 90_000;
  await ear.line(/^STATUS=not well: the process of camera pole hangs/);
  const ill = ear.messages.length;
  while (ear.messages.length < ill + 3) await sleep(20);
  t.notOk(
    ear.messages.slice(ill).some((message) => message.includes('WATCHDOG=1')),
    'none while it is ill',
  );
  t.equal(lines.filter((line) => line.includes('no sign of life')).length, 1, 'the log says why, once');

  cameras[0]!.hangsMs = 0;
  await ear.line('WATCHDOG=1', ear.messages.length);
  await service.stopping();
  t.same(ear.messages.at(-1)?.[0], 'STOPPING=1');
  const told = ear.messages.length;
  await sleep(300);
  t.equal(ear.messages.length, told, 'and nothing after that');
});

test('the agent as a service', { skip, timeout: 300_000 }, async (t) => {
  const ear = await notifySocket(t);
  const scene = sceneFor(t);
  const folder = scene.folder(
    { log: { level: 'error' } },
    { env: { NOTIFY_SOCKET: ear.path, WATCHDOG_USEC: '900000', WATCHDOG_PID: undefined } },
  );
  const agent = await folder.start();
  t.match(await ear.line('READY=1'), ['READY=1', 'STATUS=0 of 0 cameras streaming; no uplink configured']);
  await ear.line('WATCHDOG=1');
  await ear.line('WATCHDOG=1', ear.messages.length);
  t.equal(await agent.stop(), 0);
  await ear.line('STOPPING=1');
  t.equal(agent.log(), '');
});
