// The camera probe against a real RTSP server that is not ours, and against what else may answer on a port.

import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { cameraSchema, schema } from '../../agent/config/index.ts';
import { lookAtCamera } from '../../agent/health/camera-look.ts';
import { frameFinding } from '../../agent/health/frames-policy.ts';
import type { ProbeContext, ProbeResult } from '../../agent/health/index.ts';
import { probe, probeCamera } from '../../agent/health/probes/camera.ts';
import { describe } from '../../agent/health/rtsp/describe.ts';
import { loadKeys, openRing, sealPassword } from '../../agent/seal/index.ts';
import { AnprError } from '../../agent/shared/errors.ts';
import { status } from '../api/answers.ts';
import { noFfmpeg, noRtspServer, noTraffic, trafficClip } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';

const PASSWORD = `it's a "pass/word" @ 100%`;
const skip = noRtspServer || noFfmpeg || noTraffic;

function contextOf(cameras: Record<string, unknown>[], agent?: ProbeContext['agent']): ProbeContext {
  const config = schema.parse({ version: 1, site: 'e19', box: 'north', cameras });
  return { configFile: '/x', config, agent };
}

async function probed(
  cameras: Record<string, unknown>[],
  agent?: ProbeContext['agent'],
): Promise<ProbeResult[]> {
  return [await probe.run(contextOf(cameras, agent), new AbortController().signal)].flat();
}

for (const auth of ['digest', 'basic'])
  test(`cameras with a ${auth} login: right, wrong, none, another path`, { skip }, async (t) => {
    const folder = t.testdir({ right: `${PASSWORD}\n`, wrong: 'hunter2' });
    const camera = await startRtspCamera(trafficClip, [
      '--user',
      'adm',
      '--password',
      PASSWORD,
      '--auth',
      auth,
    ]);
    t.teardown(() => camera.close());
    // While frames are watched, nothing that runs shows the password.
    const exposed: string[] = [];
    camera.events.on('play', () => {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
        try {
          const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
          if (/ffprobe|ffmpeg/.test(command) && /pass\/word|pass%2Fword/.test(command)) exposed.push(command);
        } catch {
          // it has ended meanwhile
        }
    });
    const login = { username: 'adm', passwordFile: join(folder, 'right') };
    const results = await probed([
      { id: 'right', url: camera.url, ...login },
      { id: 'wrong', url: camera.url, username: 'adm', passwordFile: join(folder, 'wrong') },
      { id: 'none', url: camera.url },
      { id: 'path', url: `${camera.url}/nowhere`, ...login },
      { id: 'lost', url: camera.url, username: 'adm', passwordFile: join(folder, 'lost') },
      { id: 'off', url: camera.url, enabled: false },
    ]);
    t.match(results, [
      {
        id: 'camera/right',
        finding: 'good',
        measured: new RegExp(`${auth} login, H264.*1920x1080, \\d+ frames`),
      },
      { id: 'camera/wrong', finding: 'login-refused', verdict: 'fail' },
      { id: 'camera/none', finding: 'login-wanted', verdict: 'fail' },
      { id: 'camera/path', finding: 'not-found', verdict: 'fail' },
      { id: 'camera/lost', finding: 'no-password', verdict: 'fail' },
      { id: 'camera/off', finding: 'disabled', verdict: 'ok' },
    ]);
    t.notMatch(JSON.stringify(results), /pass\/word|hunter2/, 'no result shows a password');
    t.same(exposed, []);
  });

test('while the agent streams from a camera, its frames are not asked for again', { skip }, async (t) => {
  const camera = await startRtspCamera(trafficClip);
  t.teardown(() => camera.close());
  let plays = 0;
  camera.events.on('play', () => plays++);
  const agent = { ...status, cameras: [{ ...status.cameras[0]!, id: 'a', fps: 24.6 }] };
  const [result] = await probed([{ id: 'a', url: camera.url }], agent);
  t.match(result, { finding: 'good', measured: /no login, H264 .*1920x1080, the agent gets 24\.6\/s/ });
  t.equal(plays, 0);
  const rate = async (fps: number) =>
    (
      await probed([{ id: 'a', url: camera.url, looksPerSecond: 12 }], {
        ...{ ...agent, cameras: [{ ...agent.cameras[0]!, fps }] },
      })
    )[0]?.finding;
  t.equal(await rate(11.9), 'good', 'it takes no more than it looks at');
  t.equal(await rate(5.5), 'fewer-frames');
});

test('a password that this user cannot open is no fault of a camera that streams', async (t) => {
  const folder = t.testdir({ sealed: '' });
  const { ring } = loadKeys(join(folder, 'journal.db'), { environment: {}, credential: '/nonexistent' });
  writeFileSync(join(folder, 'sealed'), sealPassword(openRing(ring).current, 'hunter2'));
  const camera = { id: 'a', url: 'rtsp://192.0.2.10/', username: 'a', passwordFile: join(folder, 'sealed') };
  const keys = () => {
    throw new AnprError('seal.no-keys', 'no credential this user may open');
  };
  const { signal } = new AbortController();
  const agent = { ...status, cameras: [{ ...status.cameras[0]!, id: 'a', fps: 24.6 }] };
  const config = cameraSchema.parse(camera);
  t.match(await probeCamera(config, { agent, keys }, signal), {
    finding: 'good',
    measured: /only root and the agent open its password.*the agent gets 24\.6\/s/,
  });
  t.match(await probeCamera(config, { agent: undefined, keys }, signal), {
    finding: 'no-password',
    advice: /sudo/,
  });
});

test('frames that this box is too busy to decode are no fault of the camera', { skip }, async (t) => {
  const folder = t.testdir({ ffmpeg: '#!/bin/sh\nexec sleep 600\n' });
  chmodSync(join(folder, 'ffmpeg'), 0o755);
  const { PATH } = process.env;
  process.env.PATH = `${folder}:${PATH}`;
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  const server = await startRtspCamera(trafficClip);
  t.teardown(() => server.close());
  const camera = cameraSchema.parse({ id: 'a', url: server.url });
  const { signal } = new AbortController();
  const { look } = await lookAtCamera(camera, {
    ...{ password: undefined, address: '127.0.0.1', seconds: 1, decodeTimeoutMs: 200, signal },
  });
  t.match(look, { slow: true, missing: false, width: null });
  t.ok(look && look.frames > 0, 'what was received is counted');
  t.not(look && frameFinding(look), 'no-frames');
});

test('a recorded video is watched like a camera', { skip: noFfmpeg || noTraffic }, async (t) => {
  const folder = t.testdir({ 'not a video.mp4': 'text' });
  const results = await probed([
    { id: 'clip', url: `file://${trafficClip}` },
    { id: 'text', url: `file://${join(folder, 'not%20a%20video.mp4')}` },
    { id: 'gone', url: `file://${folder}/none.mp4` },
  ]);
  t.match(results, [{ finding: 'good' }, { finding: 'no-frames' }, { finding: 'no-file' }]);
});

/** A server that does `answer` to whoever connects. */
async function serverThat(t: Test, answer: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

const strangers: [name: string, answer: (socket: Socket) => void, finding: string][] = [
  ['garbage', (socket) => socket.end(Buffer.alloc(5000, 7)), 'not-rtsp'],
  ['a web server', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'not-rtsp'],
  ['one that hangs up', (socket) => socket.destroy(), 'closed'],
  ['one that answers halfway', (socket) => socket.end('RTSP/1.0 200 OK\r\nCSe'), 'closed'],
  [
    'one that never ends its answer',
    (socket) => {
      socket.write('RTSP/1.0 200 OK\r\n');
      const timer = setInterval(() => socket.write(`X: ${'x'.repeat(4000)}\r\n`), 1);
      socket.on('close', () => clearInterval(timer));
    },
    'not-rtsp',
  ],
  [
    'one without a way in',
    (socket) => answerAll(socket, '401 Unauthorized\r\nWWW-Authenticate: Bearer'),
    'refused',
  ],
  ['one that sends on', (socket) => answerAll(socket, '302 Moved\r\nLocation: rtsp://other/'), 'moved'],
  ['one that is full', (socket) => answerAll(socket, '453 Not Enough Bandwidth'), 'busy'],
  ['one that forbids', (socket) => answerAll(socket, '403 Forbidden'), 'forbidden'],
  ['one without video', (socket) => answerAll(socket, '200 OK'), 'no-video'],
];

function answerAll(socket: Socket, status: string): void {
  socket.on('data', () => socket.write(`RTSP/1.0 ${status}\r\n\r\n`));
}

for (const [name, answer, finding] of strangers)
  test(`a port with ${name} is ${finding}`, async (t) => {
    const port = await serverThat(t, answer);
    t.match(await probed([{ id: 'a', url: `rtsp://127.0.0.1:${port}/x` }]), [{ finding, verdict: 'fail' }]);
  });

test('a port where nothing listens, a name that is none, TLS that is none', async (t) => {
  const port = await serverThat(t, (socket) => socket.end('no TLS'));
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port: closedPort } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  t.match(
    await probed([
      { id: 'closed', url: `rtsp://127.0.0.1:${closedPort}/x` },
      { id: 'name', url: 'rtsp://no-such-camera.invalid/x' },
      { id: 'tls', url: `rtsps://127.0.0.1:${port}/x` },
    ]),
    [{ finding: 'nothing-listens' }, { finding: 'no-name' }, { finding: 'tls' }],
  );
});

test('a camera that never answers is given up, and its socket closed', async (t) => {
  const gone = Promise.withResolvers<void>();
  const port = await serverThat(t, (socket) => socket.resume().on('close', () => gone.resolve()));
  const description = await describe({
    url: `rtsp://127.0.0.1:${port}/x`,
    login: undefined,
    timeoutMs: 50,
    signal: new AbortController().signal,
  });
  t.equal(description.outcome, 'silent');
  await gone.promise;
});
