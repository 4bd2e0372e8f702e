// Hits through the whole agent: a camera over RTSP, lists on the disk, a broker that is away at first, and a gateway that
// answers.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import t, { test } from 'tap';
import { type HitMessage, hitMessage, replyMessage } from '../../agent/contract/index.ts';
import { noMosquitto, startMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic, notLong, trafficTruth } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

const skip = notLong || noFfmpeg || noRtspServer || noMosquitto || noTraffic;
const anpr = fileURLToPath(new URL('../../scripts/anpr', import.meta.url));

/** What comes in at a gateway, in the order of arrival. */
async function gatewayAt(url: string) {
  const client = mqtt.connect(url, {
    clientId: `gateway-${process.pid}`,
    protocolVersion: 5,
    clean: false,
    reconnectPeriod: 100,
    properties: { sessionExpiryInterval: 600 },
  });
  const topics: string[] = [];
  const hits: HitMessage[] = [];
  const pictures: string[] = [];
  const replies: unknown[] = [];
  const waiting = new Set<() => void>();
  client.on('error', () => {}); // it connects again
  client.on('message', (topic, payload) => {
    const name = topic.split('/').slice(4).join('/');
    topics.push(name);
    if (name === 'hit') hits.push(hitMessage.parse(JSON.parse(payload.toString())));
    else if (name.startsWith('evidence/')) pictures.push(name.slice('evidence/'.length));
    else if (name.startsWith('reply/')) replies.push(replyMessage.parse(JSON.parse(payload.toString())));
    for (const ask of waiting) ask();
  });
  await client.subscribeAsync(
    ['hit', 'read', 'evidence/+', 'reply/+'].map((name) => `anpr/1/+/+/${name}`),
    { qos: 1 },
  );
  return {
    ...{ client, topics, hits, pictures, replies },
    until: (wanted: () => boolean) =>
      new Promise<void>((resolve) => {
        const ask = () => {
          if (!wanted()) return;
          waiting.delete(ask);
          resolve();
        };
        waiting.add(ask);
        ask();
      }),
  };
}

t.setTimeout(3_600_000);

test('a listed plate is a hit: kept while the broker is away, sent first, with its pictures, and led through its life', {
  skip,
}, async (t) => {
  const scene = sceneFor(t);
  const directory = scene.directory();
  const truth = JSON.parse(readFileSync(trafficTruth, 'utf8')) as { passages: { plate: string }[] };
  const broker = await startMosquitto({ config: ['persistence true', 'persistence_location {dir}/'] });
  t.teardown(() => broker.stop());
  const gateway = await gatewayAt(broker.url);
  t.teardown(() => gateway.client.endAsync(true));
  const camera = await scene.camera();
  const folder = scene.folder({
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: broker.url, reconnectSeconds: 1 },
    watchlists: {
      directory: join(directory, 'lists'),
      lists: [{ id: 'stolen', priority: 1, reason: 'stolen', instruction: 'stop', expectedPer10000: 5000 }],
    },
    hits: { priorities: [{ priority: 1, falsePer10000: 100 }] },
  });
  const source = join(directory, 'stolen.csv');
  writeFileSync(
    source,
    `plate,reference\n${truth.passages.map(({ plate }, n) => `${plate},case-${n}`).join('\n')}\n`,
  );
  const cli = (...args: string[]) =>
    execFileSync(anpr, [...args, '--config', folder.configPath], { encoding: 'utf8' });

  // The agent makes the keys of the box; a list is imported while it runs, and is in force at the next read.
  await broker.kill9();
  const agent = await folder.start();
  t.match(cli('watchlist', 'import', 'stolen', source), /Version 1 of stolen is in force/);
  const { hits: status } = await agent.until(
    ({ hits, journal }) => hits!.raised >= 2 && journal.records >= 6,
  );
  t.ok(status!.waiting >= 2, 'nobody has acknowledged them');
  t.match(cli('hits', '--waiting'), /stolen/);

  await broker.restart();
  await gateway.until(() => gateway.topics.includes('read') && gateway.pictures.length >= 2);
  t.equal(gateway.topics[0], 'hit', 'hits pass what waited before them');
  const raised = gateway.hits.filter(({ hit }) => hit.event === 'raised');
  const [first] = raised;
  t.match(first, {
    camera: 'pole',
    lane: 'urgent',
    hit: { event: 'raised', state: 'new', priority: 1, by: { via: 'agent' } },
    match: { list: { id: 'stolen', version: 1 }, reason: 'stolen', instruction: 'stop' },
  });
  t.match(first!.match!.entry!.reference, /^case-\d+$/);
  t.equal(first!.match!.entry!.plate, first!.read!.plate.text);
  t.ok(first!.match!.probability >= first!.match!.threshold!, 'as probable as it has to be');
  t.equal(new Set(raised.map(({ hit }) => hit.readId)).size, raised.length, 'one hit a passage');
  const owners = new Set(raised.flatMap(({ hit }) => [hit.id, hit.readId]));
  t.ok(
    gateway.pictures.every((id) => owners.has(id)),
    'only pictures of hits go without being asked for',
  );

  const command = (action: string, more: object = {}) =>
    gateway.client.publishAsync(
      'anpr/1/test-site/test-box/cmd/hit',
      JSON.stringify({
        ...{ schema: 1, type: 'command', id: action, command: 'hit', hit: first!.hit.id },
        ...{ action, by: 'dispatcher 7', ...more },
      }),
      { qos: 1 },
    );
  await command('acknowledge');
  await gateway.until(() => gateway.replies.length === 1);
  t.match(gateway.replies[0], { ok: true, command: 'hit', result: { state: 'acknowledged' } });
  await command('reject', { cause: 'wrong-plate', note: 'O is 0' });
  await gateway.until(() => gateway.hits.some(({ hit }) => hit.event === 'rejected'));
  const rejected = gateway.hits.find(({ hit }) => hit.event === 'rejected')!;
  t.match(rejected.hit, {
    ...{ id: first!.hit.id, state: 'rejected', cause: 'wrong-plate', note: 'O is 0' },
    by: { via: 'gateway', name: 'dispatcher 7' },
  });
  await command('acknowledge');
  await gateway.until(() => gateway.replies.length === 3);
  t.match(gateway.replies[2], { ok: true, result: { state: 'rejected' } }, 'late, and no error');
  t.match(await agent.status(), { hits: { judged: { pole: { rejected: { 'wrong-plate': 1 } } } } });
  t.match(cli('hits', 'show', first!.hit.id), /rejected +dispatcher 7 \(gateway\) +wrong-plate: O is 0/);
  t.match(cli('hits', 'close', first!.hit.id.slice(-8)), /is closed/);

  // What became of it is known after a restart, too, and the same vehicles raise no hit again for a while.
  const before = (await agent.status()).hits!.raised;
  t.equal(await agent.stop(), 0);
  t.match(cli('hits', '--json'), first!.hit.id, 'without an agent');
  const again = await folder.start();
  await again.until(({ hits }) => hits!.silenced >= 1);
  t.match(JSON.parse(cli('hits', 'show', first!.hit.id, '--json')), { state: 'closed' });
  t.ok(before >= 2);
  t.equal(await again.stop(), 0);
});
