// What a preview lives through: an H.265 camera that is unplugged and plugged in again, an agent that stops and starts, a
// viewer who goes without a word.

import { once } from 'node:events';
import { join } from 'node:path';
import t, { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { connectApi } from '../../agent/api/index.ts';
import { type Preview, startPreview } from '../../agent/preview/index.ts';
import { makeClip } from '../fixtures/clips.ts';
import { noFfmpeg, noRtspServer, notLong } from '../fixtures/needs.ts';
import { startRtspCamera } from '../fixtures/rtsp-camera.ts';
import { sceneFor } from '../fixtures/scene.ts';

const SEQUENCE_HEADER = Buffer.from([0, 0, 1, 0xb3]);

/** A browser's two connections without the browser. */
async function look(t: Test, preview: Preview, options: { autoPong?: boolean } = {}) {
  const origin = `http://127.0.0.1:${preview.port}`;
  const entered = await fetch(preview.address(), { redirect: 'manual' });
  const headers = { cookie: String(entered.headers.get('set-cookie')).split(';')[0] };
  const open = (path: string) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, { origin, headers, ...options });
    t.teardown(() => socket.terminate());
    return socket;
  };
  const [live, video] = [open('/live'), open('/video')];
  const events: Record<string, unknown>[] = [];
  let wholePictures = 0;
  let bytes = 0;
  live.on('message', (text) => events.push(JSON.parse(String(text))));
  video.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return;
    bytes += data.length;
    if (data.includes(SEQUENCE_HEADER)) wholePictures++;
    video.send(String(bytes));
  });
  /** Resolves with an event that came after `from`. */
  const event = async (wanted: (event: Record<string, unknown>) => boolean, from = 0) => {
    for (;;) {
      const found = events.slice(from).find(wanted);
      if (found) return found;
      await once(live, 'message');
    }
  };
  const more = async () => {
    const before = wholePictures;
    while (wholePictures === before) await once(video, 'message');
  };
  return { live, event, more, count: () => events.length };
}

t.setTimeout(3_600_000);

test('a preview goes on after its camera and its agent were away, and ends when its viewer is', {
  skip: notLong || noRtspServer || noFfmpeg,
}, async (t) => {
  const scene = sceneFor(t);
  const clip = makeClip(join(scene.directory(), 'h265.mp4'), {
    source: 'testsrc2=size=640x360:rate=12',
    seconds: 6,
    encoder: [
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error:keyint=12',
      '-tag:v',
      'hvc1',
    ],
  });
  const camera = await startRtspCamera(clip, ['--loop']);
  t.teardown(() => camera.close());
  const box = scene.folder({ cameras: [{ id: 'gate', url: camera.url, stallSeconds: 2 }] });
  let agent = await box.start();
  const { cameras } = await agent.until(({ cameras }) => cameras[0]?.state === 'streaming');
  t.equal(cameras[0]?.width, 640);
  const preview = await startPreview({
    ...{ camera: 'gate', place: 'test', port: 0, widthPx: 320, ffmpeg: 'ffmpeg', onViewers() {} },
    connect: () => connectApi(join(box.directory, 'anpr.sock')),
    ...{ goneMs: 100, pingEveryMs: 500 },
  });
  t.teardown(() => preview.close());
  const viewer = await look(t, preview);
  await viewer.more();
  await viewer.event(({ type, state }) => type === 'camera' && state === 'streaming');
  t.pass('MPEG-1 of an H.265 camera');

  let from = viewer.count();
  await camera.close();
  const gone = await viewer.event(({ type, state }) => type === 'camera' && state !== 'streaming', from);
  t.ok(gone.reason, `told why: ${gone.reason}`);
  from = viewer.count();
  const again = await startRtspCamera(clip, ['--loop', '--port', String(camera.port)]);
  t.teardown(() => again.close());
  await viewer.event(({ type, state }) => type === 'camera' && state === 'streaming', from);
  await viewer.more();
  t.pass('the picture is back with the camera');

  from = viewer.count();
  await agent.stop();
  const trouble = await viewer.event(({ type, message }) => type === 'trouble' && message !== null, from);
  t.match(trouble.message, /agent/);
  from = viewer.count();
  agent = await box.start();
  await viewer.event(({ type, message }) => type === 'trouble' && message === null, from);
  await viewer.more();
  t.pass('and with the agent');

  const silent = await look(t, preview, { autoPong: false });
  await silent.event(({ type, count }) => type === 'viewers' && count === 2);
  from = viewer.count();
  await viewer.event(({ type, count }) => type === 'viewers' && count === 1, from);
  t.pass('who does not answer is let go');
  viewer.live.terminate();
  t.equal(await preview.ended, 'gone');
  await agent.stop();
});

test('nobody came: the preview ends by itself', async (t) => {
  const preview = await startPreview({
    ...{
      camera: 'gate',
      place: 'test',
      port: 0,
      widthPx: 320,
      ffmpeg: 'ffmpeg',
      onViewers() {},
      nobodyMs: 50,
    },
    connect: () => Promise.reject(new Error('nobody asks')),
  });
  t.equal(await preview.ended, 'nobody');
  await preview.close();
});
