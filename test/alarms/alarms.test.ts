// Alarms on the spot: real hits out of a real journal, to a real broker and to a server that wants a certificate.

import { on, once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { pino } from 'pino';
import { test } from 'tap';
import { mqttTarget, startAlarms, type Target, webhookTarget } from '../../agent/alarms/index.ts';
import type { HitPayload } from '../../agent/contract/index.ts';
import { makeCertificates, noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { box } from '../hits/box.ts';

const log = pino({ level: 'silent' });
const STOLEN = { id: 'stolen', priority: 1, reason: 'stolen', expectedPer10000: 10 };
const always = { when: 'always', log, againMs: 5 } as const;

/** A target whose alarms are counted, and which fails so often first. */
function recorder(failures = 0) {
  const taken: HitPayload[] = [];
  const waiting = new Set<() => void>();
  const target: Target = {
    name: 'webhook',
    async raise(json) {
      if (failures-- > 0) throw new Error('not now');
      taken.push(JSON.parse(json));
      for (const ask of waiting) ask();
    },
    close: async () => {},
  };
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const ask = () => taken.length >= count && resolve();
      waiting.add(ask);
      ask();
    });
  return { target, taken, until };
}

test('an alarm for what nobody acknowledges in time; before that, silence', async (t) => {
  const priorities = [{ priority: 1, falsePer10000: 1, acknowledgeSeconds: 0.01 }];
  const { take, passes, journal } = await box(t, [STOLEN], priorities, 5);
  take('stolen', 'plate\n1ABC234\n');
  const { target, taken, until } = recorder();
  const alarms = startAlarms({ journal, when: 'unacknowledged', targets: [target], log });
  await passes('1ABC234');
  await until(1);
  t.equal(taken[0]!.hit.event, 'reminded');
  t.match(taken[0]!.read, { plate: { text: '1ABC234' } }, 'with all of the hit');
  await alarms.close();
});

test('a target that does not take it is tried again, and what came since goes after it', async (t) => {
  const { take, passes, journal, hits } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n');
  const { target, taken, until } = recorder(3);
  const alarms = startAlarms({ journal, ...always, targets: [target] });
  const [raised] = await passes('1ABC234');
  await hits.decide({ hit: raised!.hit.id, action: 'acknowledge' }, { via: 'command', name: 'root' });
  await until(2);
  t.same(
    taken.map(({ hit }) => hit.event),
    ['raised', 'acknowledged'],
  );
  await alarms.close();
});

test('a broker on the spot', { skip: noMosquitto }, async (t) => {
  const { take, passes, journal } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n5QRS678\n');
  const broker = await startMosquitto();
  const listener = await mqtt.connectAsync(broker.url);
  await listener.subscribeAsync('siren/hits', { qos: 1 });
  const target = mqttTarget({ url: broker.url, topic: 'siren/hits', secrets: () => ({}) });
  const alarms = startAlarms({ journal, ...always, targets: [target] });
  t.teardown(async () => {
    await alarms.close();
    await listener.endAsync(true);
    await broker.stop();
  });
  const heard = new Promise<Buffer>((resolve) =>
    listener.once('message', (_topic, payload) => resolve(payload)),
  );
  await passes('1ABC234');
  t.match(JSON.parse((await heard).toString()), { hit: { event: 'raised' }, match: { reason: 'stolen' } });

  await listener.endAsync(true);
  await broker.kill9();
  await passes('5QRS678');
  await broker.restart();
  const again = await mqtt.connectAsync(broker.url);
  t.teardown(() => again.endAsync(true));
  // It may have been taken before anybody listened: the next alarm shows that the way is open again.
  while (alarms.status()[0]!.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  t.match(alarms.status(), [{ name: 'mqtt', raised: 2, problem: null }]);
});

test('a broker on the spot that hangs up, or never answers, holds up neither the next attempt nor the end', async (t) => {
  const { take, passes, journal } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n');
  let isMute = false;
  const sockets = new Set<Socket>();
  const broker = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    if (!isMute) socket.end();
  }).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const url = `mqtt://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  const alarms = startAlarms({
    ...{ journal, ...always },
    targets: [mqttTarget({ url, topic: 'siren', secrets: () => ({}) })],
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    broker.close();
  });
  const attempts = on(broker, 'connection');
  await passes('1ABC234');
  await attempts.next();
  await attempts.next();
  t.match(alarms.status(), [{ problem: /without an answer/ }]);
  const before = sockets.size;
  isMute = true;
  while (sockets.size === before) await attempts.next();
  await alarms.close();
  t.match(alarms.status(), [{ raised: 0, waiting: 1 }]);
});

test('a webhook that wants a certificate gets it; one with another certificate is not believed', async (t) => {
  const { take, passes, journal } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n');
  const dir = join(t.testdirName, 'tls');
  mkdirSync(dir);
  const { caFile, clientCertFile, otherCaFile } = makeCertificates(dir);
  const pem = (name: string) => readFileSync(`${dir}/${name}`);
  const bodies: unknown[] = [];
  const server = createServer(
    { cert: pem('server.pem'), key: pem('server.key'), ca: pem('ca.pem'), requestCert: true },
    (request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        bodies.push(JSON.parse(text));
        response.writeHead(204).end();
      });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}/hits`;
  const signal = new AbortController().signal;
  const key = () => ({ key: pem('client.key') });
  const right = webhookTarget({ url, caFile, certFile: clientCertFile, secrets: key });
  const alarms = startAlarms({ journal, ...always, targets: [right] });
  await passes('1ABC234');
  while (bodies.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  t.match(bodies[0], { hit: { event: 'raised' } });
  await alarms.close();
  const without = webhookTarget({ url, caFile, secrets: () => ({}) });
  await t.rejects(without.raise('{}', signal), { code: 'alarm.webhook' }, 'the server wants a certificate');
  const stranger = webhookTarget({ url, caFile: otherCaFile, secrets: () => ({}) });
  await t.rejects(
    stranger.raise('{}', signal),
    { code: 'alarm.webhook' },
    'the box wants to know the server',
  );
  t.equal(bodies.length, 1);
});
