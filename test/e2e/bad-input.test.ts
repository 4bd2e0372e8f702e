// What is wrong from the start: cameras that cannot be had, a machine without ffmpeg, models that do not load, a journal
// that is not ours to open. The message says what it is, and whatever can go on does.

import { cpSync, mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { test } from 'tap';
import type { AgentStatus } from '../../agent/api/index.ts';
import { startLink } from '../../scripts/chaos-cases/link.ts';
import { tcpServer } from '../capture/support.ts';
import { freePort, noMosquitto } from '../fixtures/mosquitto.ts';
import { noFfmpeg, noRtspServer, noTraffic } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

const timeout = 240_000;
const fixture = (path: string) => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
const PAYLOAD_FORMAT_INVALID = 0x99;
const cameraOf = ({ cameras }: AgentStatus, wanted: string) => cameras.find(({ id }) => id === wanted)!;

test('cameras that are off, refuse, send garbage or nothing: each says why, and the good one reads on', {
  skip: noFfmpeg || noRtspServer || noMosquitto || noTraffic,
  timeout,
}, async (t) => {
  const scene = sceneFor(t);
  const central = await scene.central();
  const good = await scene.camera();
  const locked = await scene.camera('--user', 'admin', '--password', 'secret');
  const junk = await tcpServer((socket) => socket.end(Buffer.alloc(20_000, '\x00\xffjunk')));
  t.teardown(junk.close);
  const folder = scene.folder({
    cameras: [
      { id: 'good', url: good.url },
      { id: 'off', url: `rtsp://127.0.0.1:${await freePort()}/none` },
      { id: 'locked', url: locked.url },
      { id: 'elsewhere', url: good.url.replace('/stream', '/nosuch') },
      { id: 'garbage', url: `rtsp://127.0.0.1:${junk.port}/stream` },
    ],
    uplink: { url: central.broker.url },
  });
  const agent = await folder.start();
  for (const [id, state, reason] of [
    ['off', 'failed', /connection refused/],
    ['locked', 'refused', /401/],
    ['elsewhere', 'refused', /404/],
    ['garbage', 'failed', /no video stream|closed the connection/],
  ] as const) {
    const status = await agent.until((now) => cameraOf(now, id).state === state);
    t.match(cameraOf(status, id).reason, reason, id);
  }
  await central.until(() => central.reads.length > 0);
  t.equal(central.reads[0]!.read.camera, 'good');
  const status = await agent.status();
  t.equal(cameraOf(status, 'good').state, 'streaming');
  const told = central.statuses.at(-1)!.cameras?.map(({ id, state }) => [id, state]);
  t.same(told?.length, 5, 'the central platform hears of each');
});

test('without ffmpeg the camera says so, the rest of the agent works', {
  skip: noMosquitto,
  timeout,
}, async (t) => {
  const scene = sceneFor(t);
  const central = await scene.central();
  // a machine with what the start script needs, and no ffmpeg
  const programs = join(scene.directory(), 'bin');
  mkdirSync(programs);
  for (const [name, target] of [
    ['node', process.execPath],
    ['sh', '/bin/sh'],
    ['dirname', '/usr/bin/dirname'],
    ['readlink', '/usr/bin/readlink'],
  ] as const)
    symlinkSync(target, join(programs, name));
  const config = {
    cameras: [{ id: 'pole', url: 'rtsp://127.0.0.1:9/stream' }],
    uplink: { url: central.broker.url },
  };
  const agent = await scene.folder(config, { env: { PATH: programs } }).start();
  const status = await agent.until((now) => cameraOf(now, 'pole').state === 'failed');
  t.match(cameraOf(status, 'pole').reason, /found none in PATH/);
  await central.until(() => central.statuses.some(({ online }) => online));
  t.equal(await agent.stop(), 0);
});

test('a model that is not there fails its camera with the names of those that are', {
  skip: noMosquitto,
  timeout,
}, async (t) => {
  const scene = sceneFor(t);
  const central = await scene.central();
  const folder = scene.folder({
    cameras: [{ id: 'pole', url: 'rtsp://127.0.0.1:9/stream' }],
    models: { detector: 'nothing-v9' },
    uplink: { url: central.broker.url },
  });
  const agent = await folder.start();
  const status = await agent.until((now) => cameraOf(now, 'pole').state === 'failed');
  t.match(cameraOf(status, 'pole').reason, /nothing-v9/);
  await central.until(() => central.statuses.some(({ online }) => online));
  t.equal(await agent.stop(), 0);
});

for (const [what, spoil, reason] of [
  ['cut', (detector) => truncateSync(join(detector, 'model.onnx'), 100_000), /sha-?256|bytes|truncated/i],
  [
    'of another shape than its manifest says',
    (detector) => cpSync(fixture('models/detector/other-output'), detector, { recursive: true }),
    /shape|output/i,
  ],
] as [string, (detector: string) => void, RegExp][])
  test(`a model that is ${what} fails its camera with what is wrong, and the rest works`, {
    skip: noMosquitto,
    timeout,
  }, async (t) => {
    const scene = sceneFor(t);
    const central = await scene.central();
    const directory = scene.directory();
    cpSync(fixture('../../models'), directory, {
      recursive: true,
      filter: (path) => !path.includes('training'),
    });
    spoil(join(directory, 'detector/centre-v1'));
    const folder = scene.folder({
      cameras: [{ id: 'pole', url: 'rtsp://127.0.0.1:9/stream' }],
      models: { directory },
      uplink: { url: central.broker.url },
    });
    const agent = await folder.start();
    const status = await agent.until((now) => cameraOf(now, 'pole').state === 'failed');
    t.match(cameraOf(status, 'pole').reason, reason);
    await central.until(() => central.statuses.some(({ online }) => online));
    t.equal(await agent.stop(), 0);
  });

test('a read that the broker rejects becomes a dead letter with its reason, and the others arrive', {
  skip: noFfmpeg || noRtspServer || noMosquitto || noTraffic,
  timeout,
}, async (t) => {
  const scene = sceneFor(t);
  const central = await scene.central();
  const camera = await scene.camera();
  const link = await startLink(t, central.broker.port);
  let rejected = '';
  link.manners.refuse = ({ topic, payload }) => {
    if (!topic.endsWith('/read')) return undefined;
    const { id } = JSON.parse(payload.toString());
    rejected ||= id;
    return id === rejected ? PAYLOAD_FORMAT_INVALID : undefined;
  };
  const folder = scene.folder({
    cameras: [{ id: 'pole', url: camera.url }],
    uplink: { url: link.url, protocol: '5' },
  });
  const agent = await folder.start();
  await central.until(() => central.reads.length > 0);
  await agent.until(({ journal }) => journal?.dead === 1);
  t.notOk(central.reads.some(({ read }) => read.id === rejected));
  t.equal(cameraOf(await agent.status(), 'pole').state, 'streaming');
});

test('a journal from a newer agent is refused with both versions, and left as it is', {
  timeout,
}, async (t) => {
  const folder = sceneFor(t).folder({ cameras: [] });
  const agent = await folder.start();
  await agent.stop();
  const journal = new Database(folder.journalPath);
  const version = Number(journal.pragma('user_version', { simple: true }));
  journal.pragma(`user_version = ${version + 6}`);
  journal.close();
  await t.rejects(folder.start(), { message: new RegExp(`version ${version + 6}\\b`) });
  const after = new Database(folder.journalPath, { readonly: true });
  t.equal(after.pragma('user_version', { simple: true }), version + 6);
  after.close();
});

test('a second agent on the same journal is refused with a sentence, and the first goes on', {
  timeout,
}, async (t) => {
  const scene = sceneFor(t);
  const folder = scene.folder({ cameras: [] });
  const first = await folder.start();
  const other = scene.folder({ cameras: [], journal: { path: folder.journalPath } });
  await t.rejects(other.start(), { message: /journal\.in-use/ });
  t.equal((await first.status()).pid, first.pid);
});
