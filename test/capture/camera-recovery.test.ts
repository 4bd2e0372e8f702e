// A camera that comes and goes: whatever ends a stream, the next one begins by itself and nothing of the old one stays.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { pino } from 'pino';
import { test } from 'tap';
import { noFfmpeg, noRtspServer } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import {
  clip,
  ffmpegsOf,
  iterate,
  memoryLog,
  openSoon,
  scratchPath,
  stateOf,
  take,
  tcpServer,
} from './support.ts';

const skip = noFfmpeg || noRtspServer;

const nothingListens = 'rtsp://127.0.0.1:9/stream';

test('a stream that freezes: stalled, then streaming again', { skip }, async (t) => {
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop']);
  t.teardown(server.close);
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
  const camera = openSoon({ url: `rtsp://127.0.0.1:${proxy.port}/stream`, stallSeconds: 1 });
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

test('the camera comes back with another size', { skip }, async (t) => {
  const first = await startRtspCamera(clip('loop.mp4'), ['--loop']);
  const port = new URL(first.url).port;
  const camera = openSoon({ url: first.url });
  const frames = iterate(camera);
  t.match((await take(frames, 2))[0], { width: 320, height: 180 });
  await first.close();
  const large = clip('wide.mp4', { size: '1280x400' });
  const second = await startRtspCamera(large, ['--loop', '--port', port]);
  t.teardown(second.close);
  const [frame] = await take(frames, 1, ({ width }) => width === 1280);
  t.match(frame, { width: 1280, height: 400, small: { width: 640, height: 200 } });
  t.match(camera.state(), { widthPx: 1280, heightPx: 400 });
  await camera.close();
});

test('another size in the middle of the stream: begun anew, never stretched', {
  skip,
}, async (t) => {
  // Two sizes in one file, each key frame with its own parameter sets, as a camera sends them.
  const both = scratchPath('both.ts');
  const path = scratchPath('both.mp4');
  const parts = ['320x180', '640x360'].map((size) => clip(`${size}.ts`, { size, seconds: 3 }));
  execFileSync('sh', ['-c', 'cat "$1" "$2" > "$0"', both, ...parts]);
  const inBand = ['-c', 'copy', '-tag:v', 'avc3', '-bsf:v', 'dump_extra=freq=keyframe'];
  execFileSync('ffmpeg', ['-v', 'error', '-i', both, ...inBand, path]);
  const server = await startRtspCamera(path, ['--loop']);
  t.teardown(server.close);
  const camera = openSoon({ url: server.url });
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

test('an ffmpeg that is killed is started again', { skip }, async (t) => {
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop']);
  t.teardown(server.close);
  const camera = openSoon({ url: server.url });
  const frames = iterate(camera);
  await take(frames, 2);
  const reasons: (string | null)[] = [];
  camera.onState(({ reason }) => reasons.push(reason));
  for (let round = 1; round <= 3; round++) {
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
  skip: noFfmpeg,
}, async (t) => {
  const memory = scratchPath('run');
  const base = existsSync('/dev/shm') ? `/dev/shm/anpr-test-${process.pid}` : memory;
  mkdirSync(base, { recursive: true });
  t.teardown(() => execFileSync('rm', ['-r', base]));
  const handles = process.getActiveResourcesInfo().length;
  const camera = openSoon({ url: nothingListens }, { env: { ...process.env, RUNTIME_DIRECTORY: base } });
  while (camera.state().counters.restarts < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  const [rings] = readdirSync(base);
  t.equal(readdirSync(`${base}/${rings}`).length, 1, 'one folder for the camera');
  await camera.close();
  t.same(ffmpegsOf(process.pid), []);
  t.same(readdirSync(`${base}/${rings}`), []);
  await new Promise(setImmediate);
  t.ok(process.getActiveResourcesInfo().length <= handles, String(process.getActiveResourcesInfo()));
});

test('a camera that stays away is told of once, not at each attempt', { skip: noFfmpeg }, async (t) => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const camera = openSoon({ url: nothingListens }, { log });
  while (camera.state().counters.restarts < 4) await new Promise((resolve) => setTimeout(resolve, 20));
  await camera.close();
  t.equal(lines.filter((line) => line.includes('stream ended')).length, 1, lines.join(''));
});

const acceleratorHere = ['/dev/dri', '/dev/nvidia0', '/dev/video10'].some((path) => existsSync(path));

for (const decode of ['vaapi', 'cuda', 'v4l2m2m'] as const)
  test(`${decode} on a machine without it: software, said once, seen in the state`, {
    skip: skip || (acceleratorHere && 'this machine has an accelerator'),
  }, async (t) => {
    const server = await startRtspCamera(clip('loop.mp4'), ['--loop']);
    t.teardown(server.close);
    const { log, text } = memoryLog();
    const camera = openSoon({ url: server.url, decode }, { log });
    await take(iterate(camera), 2);
    const reason = new RegExp(`^${decode} does not work here \\(.+\\)$`);
    t.match(camera.state(), { state: 'streaming', decode: { wanted: decode, used: 'software', reason } });
    t.equal(text().match(/decoding falls back/g)?.length, 1);
    await camera.close();
  });

test('a hardware decoder that opens the stream and hangs: software, and hardware again once it was the camera', {
  skip,
}, async (t) => {
  const server = await startRtspCamera(clip('loop.mp4'), ['--loop']);
  t.teardown(server.close);
  const bin = scratchPath('hanging');
  mkdirSync(bin);
  const real = execFileSync('sh', ['-c', 'command -v ffmpeg'], { encoding: 'utf8' }).trim();
  // What ffmpeg says of a stream that it has opened, and then nothing; a file `mute` beside it: in software too.
  writeFileSync(
    `${bin}/ffmpeg`,
    `#!/bin/sh
case "$*" in *vaapi*) ;; *-version*) exec ${real} "$@" ;; *) [ -e ${bin}/mute ] || exec ${real} "$@" ;; esac
echo "Input #0, concat, from 'pipe:0':" >&2
echo "  Stream #0:0: Video: h264 (Main), yuv420p(progressive), 320x180, 25 fps" >&2
exec sleep 60
`,
    { mode: 0o755 },
  );
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { log, text } = memoryLog();
  const keys = { url: server.url, decode: 'vaapi', stallSeconds: 1 } as const;
  const camera = openSoon(keys, { log, env, firstFrameMs: 3000 });
  const frames = iterate(camera);
  await take(frames, 2);
  t.match(camera.state().decode, { used: 'software', reason: /^vaapi does not work here \(no first frame/ });
  writeFileSync(`${bin}/mute`, '');
  for (const ffmpeg of ffmpegsOf(process.pid)) process.kill(ffmpeg, 'SIGKILL');
  const fallBacks = () => text().match(/decoding falls back/g)?.length ?? 0;
  const before = fallBacks();
  while (fallBacks() === before) await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(camera.state().state, 'stalled', 'hardware was tried again');
  await camera.close();
});
