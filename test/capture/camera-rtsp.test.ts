// A camera on the network, and all that goes wrong with it: each ends in a state with its reason, and in another try.

import { once } from 'node:events';
import { test } from 'tap';
import { noFfmpeg, noRtspServer } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import {
  clip,
  commandLines,
  ffmpegsOf,
  iterate,
  memoryLog,
  openSoon,
  stateOf,
  take,
  tcpServer,
} from './support.ts';

const skip = noFfmpeg || noRtspServer;

const REORDERED = ['libx264', '-preset', 'ultrafast', '-bf', '3', '-b_strategy', '0'];

for (const [transport, what, filmed] of [
  ['tcp', '', () => clip('loop.mp4')],
  ['udp', '', () => clip('loop.mp4')],
  ['tcp', ', B-frames', () => clip('reordered.mp4', { codec: REORDERED })],
] as const)
  test(`frames over ${transport}${what}, timed by the stream, ended politely`, { skip }, async (t) => {
    const server = await startRtspCamera(filmed(), ['--loop']);
    t.teardown(server.close);
    const ended = once(server.events, 'teardown');
    const camera = openSoon({ url: server.url, transport, looksPerSecond: 25 });
    const before = Date.now();
    const stream = iterate(camera);
    const frames = await take(stream, 20);
    t.equal(frames.length, 20);
    t.ok(
      frames.every((frame) => frame.capturedAt > before - 1000 && frame.capturedAt <= Date.now()),
      'on the box’s clock',
    );
    // Each frame that is less late than all before it moves the anchor: on a busy machine that goes on for a while.
    for (let inARow = 0, last = frames.at(-1)!; inARow < 15; ) {
      const [next] = await take(stream, 1);
      const filmedMs = (next!.sequence - last.sequence) * 40;
      inARow = Math.abs(next!.capturedAt - last.capturedAt - filmedMs) <= 5 ? inARow + 1 : 0;
      last = next!;
    }
    t.match(camera.state(), { state: 'streaming', reason: null, codec: 'h264', widthPx: 320, heightPx: 180 });
    await camera.close();
    t.match(await ended, [{ polite: true }]);
    t.same(ffmpegsOf(process.pid), []);
  });

for (const auth of ['digest', 'basic'])
  test(`${auth} login; the password is in no log, state or process list`, {
    skip,
  }, async (t) => {
    const password = `p@ss:w/o'rd #1%?&"é\\$`;
    const login = ['--user', 'admin', '--password', password, '--auth', auth];
    const server = await startRtspCamera(clip('loop.mp4'), ['--loop', ...login]);
    t.teardown(server.close);
    const { log, text } = memoryLog();
    const camera = openSoon({ url: server.url, username: 'admin' }, { log, password });
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

test('a wrong password: refused, tried again, told to nobody', { skip }, async (t) => {
  const server = await startRtspCamera(clip('loop.mp4'), [
    '--loop',
    '--user',
    'admin',
    '--password',
    'right',
  ]);
  t.teardown(server.close);
  for (const password of ['hunter2-wrong', undefined]) {
    const { log, text } = memoryLog();
    const camera = openSoon({ url: server.url, ...(password && { username: 'admin' }) }, { log, password });
    const { reason } = await stateOf(camera, ({ state }) => state === 'refused');
    t.match(reason, /refuses the login \(401\)/);
    while (camera.state().counters.restarts < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    t.equal(camera.state().state, 'refused', 'trying again does not flap');
    await camera.close();
    t.notMatch(text(), 'hunter2');
  }
});

test('a path that the camera does not know: refused', { skip }, async (t) => {
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop']);
  t.teardown(server.close);
  const camera = openSoon({ url: server.url.replace('/stream', '/nosuch') });
  const { reason } = await stateOf(camera, ({ state }) => state === 'refused');
  t.match(reason, /no such stream \(404\)/);
  await camera.close();
});

test('a camera that is off: failed; it streams once it is on', { skip }, async (t) => {
  const placeholder = await tcpServer(() => {});
  const { port } = placeholder;
  await placeholder.close();
  const camera = openSoon({ url: `rtsp://127.0.0.1:${port}/stream` });
  const { reason } = await stateOf(camera, ({ state }) => state === 'failed');
  t.match(reason, /connection refused/);
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop', '--port', String(port)]);
  t.teardown(server.close);
  await take(iterate(camera), 2);
  t.match(camera.state(), { state: 'streaming', reason: null });
  await camera.close();
});

test('garbage on the port: failed', { skip: noFfmpeg }, async (t) => {
  const junk = await tcpServer((socket) => socket.end(Buffer.alloc(20_000, '\x00\xffjunk')));
  t.teardown(junk.close);
  const camera = openSoon({ url: `rtsp://127.0.0.1:${junk.port}/stream` });
  const { reason } = await stateOf(camera, ({ state }) => state === 'failed');
  t.match(reason, /no video stream|closed the connection/);
  await camera.close();
});

test('a camera that accepts and says nothing: stalled', { skip: noFfmpeg }, async (t) => {
  const silent = await tcpServer(() => {});
  t.teardown(silent.close);
  const camera = openSoon({ url: `rtsp://127.0.0.1:${silent.port}/stream` }, { firstFrameMs: 500 });
  const { reason } = await stateOf(camera, ({ state }) => state === 'stalled');
  t.match(reason, /no first frame/);
  await camera.close();
  t.same(ffmpegsOf(process.pid), []);
});
