// A camera on the network, and all that goes wrong with it: each ends in a state with its reason, and in another try.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'tap';
import { type Camera, type CameraOptions, type Frame, openCamera } from '../../agent/capture/index.ts';
import type { CameraConfig } from '../../agent/config/index.ts';
import {
  cameraConfig,
  clip,
  commandLines,
  ffmpegsOf,
  memoryLog,
  scratchPath,
  startRtspServer,
  stateOf,
  tcpServer,
  withoutFfmpeg,
  withoutRtsp,
} from './support.ts';

const soon = { firstMs: 50, maxMs: 100, refusedMs: 50, goodAfterMs: 60_000 };
const nothingListens = 'rtsp://127.0.0.1:9/stream';

function open(keys: Partial<CameraConfig> & { url: string }, options: Partial<CameraOptions> = {}): Camera {
  return openCamera(cameraConfig(keys), { ...memoryLog(), backoff: soon, ...options });
}

/** The next `count` frames that `wanted` takes; the iteration stays open. */
async function take(
  frames: AsyncIterator<Frame>,
  count: number,
  wanted: (frame: Frame) => boolean = () => true,
): Promise<Frame[]> {
  const taken: Frame[] = [];
  while (taken.length < count) {
    const { value, done } = await frames.next();
    if (done) break;
    if (wanted(value)) taken.push(value);
    value.release();
  }
  return taken;
}

function iterate(camera: Camera): AsyncIterator<Frame> {
  return camera.frames()[Symbol.asyncIterator]();
}

for (const transport of ['tcp', 'udp'] as const)
  test(`frames over ${transport}, timed by the stream, ended politely`, { skip: withoutRtsp }, async (t) => {
    const server = await startRtspServer(clip('loop.mp4'), '--loop');
    t.teardown(server.stop);
    const camera = open({ url: server.url, transport, looksPerSecond: 25 });
    const before = Date.now();
    const frames = await take(iterate(camera), 20);
    t.equal(frames.length, 20);
    t.ok(
      frames.every((frame) => frame.capturedAt > before - 1000 && frame.capturedAt <= Date.now()),
      'on the box’s clock',
    );
    const gaps = frames.slice(1).map((frame, index) => {
      const steps = frame.sequence - frames[index]!.sequence;
      return Math.abs(frame.capturedAt - frames[index]!.capturedAt - steps * 40);
    });
    t.ok(gaps.filter((gap) => gap > 5).length <= 4, `apart as they were filmed: ${gaps}`);
    t.match(camera.state(), { state: 'streaming', reason: null, codec: 'h264', widthPx: 320, heightPx: 180 });
    await camera.close();
    t.match(await server.event('teardown'), { polite: true });
    t.same(ffmpegsOf(process.pid), []);
  });

for (const auth of ['digest', 'basic'])
  test(`${auth} login; the password is in no log, state or process list`, {
    skip: withoutRtsp,
  }, async (t) => {
    const password = `p@ss:w/o'rd #1%?&"é\\$`;
    const login = ['--user', 'admin', '--password', password, '--auth', auth];
    const server = await startRtspServer(clip('loop.mp4'), '--loop', ...login);
    t.teardown(server.stop);
    const { log, text } = memoryLog();
    const camera = open({ url: server.url, username: 'admin' }, { log, password });
    await take(iterate(camera), 2);
    const secrets = [password, encodeURIComponent(password), 'p%40ss'];
    const exposed = commandLines((line) => !line.includes('rtsp-server.py')).filter(({ commandLine }) =>
      secrets.some((secret) => commandLine.includes(secret)),
    );
    t.equal(ffmpegsOf(process.pid).length, 1, 'ffmpeg was in the process list');
    t.same(exposed, []);
    await camera.close();
    const said = text() + JSON.stringify(camera.state());
    t.notOk(
      secrets.some((secret) => said.includes(secret) || said.includes(JSON.stringify(secret).slice(1, -1))),
    );
  });

test('a wrong password: refused, tried again, told to nobody', { skip: withoutRtsp }, async (t) => {
  const server = await startRtspServer(clip('loop.mp4'), '--loop', '--user', 'admin', '--password', 'right');
  t.teardown(server.stop);
  for (const password of ['hunter2-wrong', undefined]) {
    const { log, text } = memoryLog();
    const camera = open({ url: server.url, ...(password && { username: 'admin' }) }, { log, password });
    const { reason } = await stateOf(camera, ({ state }) => state === 'refused');
    t.match(reason, /refuses the login \(401\)/);
    while (camera.state().counters.restarts < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    t.equal(camera.state().state, 'refused', 'trying again does not flap');
    await camera.close();
    t.notMatch(text(), 'hunter2');
  }
});

test('a path that the camera does not know: refused', { skip: withoutRtsp }, async (t) => {
  const server = await startRtspServer(clip('loop.mp4'), '--loop');
  t.teardown(server.stop);
  const camera = open({ url: server.url.replace('/stream', '/nosuch') });
  const { reason } = await stateOf(camera, ({ state }) => state === 'refused');
  t.match(reason, /no such stream \(404\)/);
  await camera.close();
});

test('a camera that is off: failed; it streams once it is on', { skip: withoutRtsp }, async (t) => {
  const placeholder = await tcpServer(() => {});
  const { port } = placeholder;
  await placeholder.close();
  const camera = open({ url: `rtsp://127.0.0.1:${port}/stream` });
  const { reason } = await stateOf(camera, ({ state }) => state === 'failed');
  t.match(reason, /connection refused/);
  const server = await startRtspServer(clip('loop.mp4'), '--loop', '--port', String(port));
  t.teardown(server.stop);
  await take(iterate(camera), 2);
  t.match(camera.state(), { state: 'streaming', reason: null });
  await camera.close();
});

test('garbage on the port: failed', { skip: withoutFfmpeg }, async (t) => {
  const junk = await tcpServer((socket) => socket.end(Buffer.alloc(20_000, '\x00\xffjunk')));
  t.teardown(junk.close);
  const camera = open({ url: `rtsp://127.0.0.1:${junk.port}/stream` });
  const { reason } = await stateOf(camera, ({ state }) => state === 'failed');
  t.match(reason, /no video stream|closed the connection/);
  await camera.close();
});

test('a camera that accepts and says nothing: stalled', { skip: withoutFfmpeg }, async (t) => {
  const silent = await tcpServer(() => {});
  t.teardown(silent.close);
  const camera = open({ url: `rtsp://127.0.0.1:${silent.port}/stream` }, { firstFrameMs: 500 });
  const { reason } = await stateOf(camera, ({ state }) => state === 'stalled');
  t.match(reason, /no first frame/);
  await camera.close();
  t.same(ffmpegsOf(process.pid), []);
});

test('a stream that freezes: stalled, then streaming again', { skip: withoutRtsp }, async (t) => {
  const server = await startRtspServer(clip('loop.mp4'), '--loop');
  t.teardown(server.stop);
  let frozen = false;
  const proxy = await tcpServer((socket) => {
    const onward = connect(Number(new URL(server.url).port), '127.0.0.1');
    t.teardown(() => onward.destroy());
    onward.on('error', () => socket.destroy());
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    socket.on('data', (data) => onward.write(data));
    // A frozen proxy keeps the connection and passes nothing on.
    onward.on('data', (data) => frozen || socket.write(data));
  });
  t.teardown(proxy.close);
  const camera = open({ url: `rtsp://127.0.0.1:${proxy.port}/stream`, stallSeconds: 1 });
  const frames = iterate(camera);
  await take(frames, 3);
  frozen = true;
  const { reason } = await stateOf(camera, ({ state }) => state === 'stalled');
  t.match(reason, /no frame for \d+ s/);
  frozen = false;
  const { restarts } = camera.state().counters;
  await take(frames, 20);
  t.equal(camera.state().state, 'streaming');
  t.ok(camera.state().counters.restarts >= restarts);
  await camera.close();
});

test('the camera comes back with another size', { skip: withoutRtsp }, async (t) => {
  const first = await startRtspServer(clip('loop.mp4'), '--loop');
  const port = new URL(first.url).port;
  const camera = open({ url: first.url });
  const frames = iterate(camera);
  t.match((await take(frames, 2))[0], { width: 320, height: 180 });
  await first.stop();
  const large = clip('wide.mp4', { size: '1280x400' });
  const second = await startRtspServer(large, '--loop', '--port', port);
  t.teardown(second.stop);
  const [frame] = await take(frames, 1, ({ width }) => width === 1280);
  t.match(frame, { width: 1280, height: 400, small: { width: 640, height: 200 } });
  t.match(camera.state(), { widthPx: 1280, heightPx: 400 });
  await camera.close();
});

test('another size in the middle of the stream: begun anew, never stretched', {
  skip: withoutRtsp,
}, async (t) => {
  // Two sizes in one file, each key frame with its own parameter sets, as a camera sends them.
  const both = scratchPath('both.ts');
  const path = scratchPath('both.mp4');
  const parts = ['320x180', '640x360'].map((size) => clip(`${size}.ts`, { size, seconds: 3 }));
  execFileSync('sh', ['-c', 'cat "$1" "$2" > "$0"', both, ...parts]);
  const inBand = ['-c', 'copy', '-tag:v', 'avc3', '-bsf:v', 'dump_extra=freq=keyframe'];
  execFileSync('ffmpeg', ['-v', 'error', '-i', both, ...inBand, path]);
  const server = await startRtspServer(path, '--loop');
  t.teardown(server.stop);
  const camera = open({ url: server.url });
  const frames = iterate(camera);
  const reasons: unknown[] = [];
  camera.onState(({ state, reason }) => state === 'connecting' && reasons.push(reason));
  const sizes = new Set<number>();
  while (camera.state().counters.restarts < 1)
    for (const { width } of await take(frames, 1)) sizes.add(width);
  await take(frames, 1);
  t.ok(reasons.includes('the picture has another size'), String(reasons));
  t.same([...sizes], [320]);
  await camera.close();
});

test('an ffmpeg that is killed is started again', { skip: withoutRtsp }, async (t) => {
  const server = await startRtspServer(clip('loop.mp4'), '--loop');
  t.teardown(server.stop);
  const camera = open({ url: server.url });
  const frames = iterate(camera);
  await take(frames, 2);
  const reasons: (string | null)[] = [];
  camera.onState(({ reason }) => reasons.push(reason));
  for (let round = 1; round <= 5; round++) {
    const [pid] = ffmpegsOf(process.pid);
    process.kill(pid!, 'SIGKILL');
    while (camera.state().counters.restarts < round) await take(frames, 1);
    await take(frames, 3);
  }
  t.ok(reasons.includes('ffmpeg was ended by SIGKILL'), String(reasons));
  t.equal(camera.state().state, 'streaming');
  t.equal(ffmpegsOf(process.pid).length, 1, 'one at a time');
  await camera.close();
});

test('reconnecting and closing leave no process, no file and no handle', {
  skip: withoutFfmpeg,
}, async (t) => {
  const memory = scratchPath('run');
  const base = existsSync('/dev/shm') ? `/dev/shm/anpr-test-${process.pid}` : memory;
  mkdirSync(base, { recursive: true });
  t.teardown(() => execFileSync('rm', ['-r', base]));
  const handles = process.getActiveResourcesInfo().length;
  const camera = open({ url: nothingListens }, { env: { ...process.env, RUNTIME_DIRECTORY: base } });
  while (camera.state().counters.restarts < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  const [rings] = readdirSync(base);
  t.equal(readdirSync(`${base}/${rings}`).length, 1, 'one folder for the camera');
  await camera.close();
  t.same(ffmpegsOf(process.pid), []);
  t.same(readdirSync(`${base}/${rings}`), []);
  await new Promise(setImmediate);
  t.ok(process.getActiveResourcesInfo().length <= handles, String(process.getActiveResourcesInfo()));
});

const acceleratorHere = ['/dev/dri', '/dev/nvidia0', '/dev/video10'].some((path) => existsSync(path));

for (const decode of ['vaapi', 'cuda', 'v4l2m2m'] as const)
  test(`${decode} on a machine without it: software, said once, seen in the state`, {
    skip: withoutRtsp || (acceleratorHere && 'this machine has an accelerator'),
  }, async (t) => {
    const server = await startRtspServer(clip('loop.mp4'), '--loop');
    t.teardown(server.stop);
    const { log, text } = memoryLog();
    const camera = open({ url: server.url, decode }, { log });
    await take(iterate(camera), 2);
    const reason = new RegExp(`^${decode} does not work here \\(.+\\)$`);
    t.match(camera.state(), { state: 'streaming', decode: { wanted: decode, used: 'software', reason } });
    t.equal(text().match(/decoding falls back/g)?.length, 1);
    await camera.close();
  });
