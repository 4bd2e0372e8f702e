// A recorded video as a camera: every frame in fast pace, times that follow the stream, an end.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { type CameraOptions, openCamera, type Plane } from '../../agent/capture/index.ts';
import type { CameraConfig } from '../../agent/config/index.ts';
import { noFfmpeg, noSharedData, sharedData } from '../fixtures/needs.ts';
import { cameraConfig, clip, memoryLog, scratchPath } from './support.ts';

function open(path: string, options: Partial<CameraOptions> = {}, keys: Partial<CameraConfig> = {}) {
  return openCamera(cameraConfig({ url: `file://${path}`, ...keys }), {
    ...memoryLog(),
    pace: 'fast',
    ...options,
  });
}

/** Presentation times in seconds, as ffprobe finds them. */
function presentationTimes(path: string): number[] {
  const entries = ['-select_streams', 'v:0', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', path];
  return execFileSync('ffprobe', ['-v', 'error', ...entries], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .map(Number)
    .sort((a, b) => a - b);
}

/** The file's pictures as ffmpeg alone decodes them. */
function decoded(path: string): Buffer {
  const output = ['-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo', 'pipe:1'];
  return execFileSync('ffmpeg', ['-v', 'error', '-i', path, ...output], { maxBuffer: 1 << 28 });
}

test('in fast pace every frame comes, bit for bit, and then the end', { skip: noFfmpeg }, async (t) => {
  const path = clip('plain.mp4');
  const truth = decoded(path);
  const frameBytes = (320 * 180 * 3) / 2;
  const camera = open(path);
  t.teardown(() => camera.close());
  let index = 0;
  let wrong = 0;
  for await (const frame of camera.frames()) {
    const picture = truth.subarray(index * frameBytes, (index + 1) * frameBytes);
    const planes = frame.planes();
    const same =
      planes !== undefined &&
      'u' in planes &&
      Buffer.concat([planes.y.data, planes.u.data, planes.v.data]).equals(picture) &&
      picture.subarray(90 * 320, 100 * 320).equals(frame.rows(90, 100)!.data);
    if (!same || frame.sequence !== index) wrong++;
    frame.release();
    index++;
  }
  t.equal(index, 50);
  t.equal(wrong, 0, 'planes and rows are what ffmpeg decodes');
  const { state, reason, counters } = camera.state();
  t.match({ state, reason, counters }, { state: 'stopped', reason: 'end of the video' });
  t.match(counters, { decoded: 50, dropped: 0, overtaken: 0, restarts: 0 });
});

test('a slow consumer in fast pace loses nothing', { skip: noFfmpeg }, async (t) => {
  const camera = open(clip('plain.mp4'));
  t.teardown(() => camera.close());
  let count = 0;
  for await (const frame of camera.frames()) {
    // as long as the stream could run ahead, many times over
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    if (frame.rows(0, 1)) count++;
    frame.release();
  }
  t.equal(count, 50);
});

test('the small plane fits, keeps the shape, and is the picture', { skip: noFfmpeg }, async (t) => {
  const path = clip('large.mp4', { size: '1000x566', seconds: 0.2 });
  for (const [small, width, height] of [
    [{ maxWidth: 640, maxHeight: 384 }, 640, 362],
    [{ maxWidth: 416, maxHeight: 100 }, 176, 100],
    [{ maxWidth: 4000, maxHeight: 4000 }, 1000, 566],
  ] as const) {
    const camera = open(path, { small });
    for await (const frame of camera.frames()) {
      t.match(frame.small, { width, height });
      t.equal(frame.small.data.length, width * height);
      const whole = mean(frame.rows(0, 566)!.data);
      t.ok(Math.abs(mean(frame.small.data) - whole) < 2, `as bright as the whole: ${whole}`);
      frame.release();
      break;
    }
    await camera.close();
  }
});

test('in colour the small plane and the full size have the colours of the picture', {
  skip: noFfmpeg,
}, async (t) => {
  const red = 'drawbox=c=0xC81428:t=fill,drawbox=x=iw/2:c=0x1E14E6:t=fill,scale=out_color_matrix=bt709';
  const path = clip('colours.mp4', { size: '1000x566', seconds: 0.2, filter: red });
  const camera = open(path, { small: { maxWidth: 640, maxHeight: 384, colour: true } });
  for await (const frame of camera.frames()) {
    const { small, smallChroma, width, height } = frame;
    t.match(small, { width: 640, height: 362 });
    t.match(smallChroma, { u: { width: 320, height: 181 }, v: { width: 320, height: 181 }, space: 'video' });
    const half = Math.ceil(width / 2);
    // Rows 101 to 106 of luma are covered by chroma rows 50 to 53.
    const part = frame.chromaRows!(101, 106)!;
    t.match(part, { u: { width: half, height: 3 }, v: { width: half, height: 3 }, space: 'video' });
    t.match(frame.planes(), { u: { width: half, height: Math.ceil(height / 2) } });
    const at = (plane: Plane, x: number) => plane.data[plane.width + Math.floor(x * plane.width)]!;
    // Red and blue by BT.709 at limited range: Cb, Cr of 200, 20, 40 and of 30, 20, 230.
    for (const [x, u, v] of [
      [0.25, 119, 206],
      [0.75, 219, 124],
    ] as const)
      for (const chroma of [smallChroma!, part]) {
        t.ok(Math.abs(at(chroma.u, x) - u) < 6, `Cb at ${x}: ${at(chroma.u, x)}`);
        t.ok(Math.abs(at(chroma.v, x) - v) < 6, `Cr at ${x}: ${at(chroma.v, x)}`);
      }
    const whole = mean(frame.rows(0, height)!.data);
    t.ok(Math.abs(mean(small.data) - whole) < 2, 'luma as without colour');
    frame.release();
    t.equal(frame.chromaRows!(0, 4), undefined, 'gone like the rows');
    break;
  }
  await camera.close();
});

function mean(data: Uint8Array): number {
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}

test('odd sizes, grey, 4:2:2, ten bits and full range come as 4:2:0 planes', {
  skip: noFfmpeg,
}, async (t) => {
  for (const format of ['gray', 'yuv422p', 'yuvj420p', 'yuv420p10le']) {
    const path = scratchPath(`${format}.mkv`);
    const source = `testsrc2=s=322x181:r=5:d=0.4,format=${format}`;
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-c:v', 'ffv1', path]);
    const camera = open(path);
    const seen = [];
    for await (const frame of camera.frames()) {
      const planes = frame.planes();
      if (planes && 'u' in planes)
        seen.push([planes.y, planes.u, planes.v].map((plane) => plane.data.length));
      frame.release();
    }
    const { widthPx, heightPx } = camera.state();
    const chroma = Math.ceil(widthPx! / 2) * Math.ceil(heightPx! / 2);
    t.ok(widthPx! >= 320 && heightPx! >= 180, `${widthPx}x${heightPx}`);
    t.same(seen, Array(2).fill([widthPx! * heightPx!, chroma, chroma]), format);
    await camera.close();
  }
});

test('H.265', { skip: noFfmpeg }, async (t) => {
  const path = clip('hevc.mp4', {
    codec: ['libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error'],
  });
  const camera = open(path);
  t.teardown(() => camera.close());
  let count = 0;
  for await (const frame of camera.frames()) {
    frame.release();
    count++;
  }
  t.equal(count, 50);
  t.match(camera.state(), { codec: 'hevc', widthPx: 320, heightPx: 180, fps: { announced: 25 } });
});

test('real traffic with a variable frame rate: capturedAt follows the stream', {
  skip: noFfmpeg || noSharedData,
}, async (t) => {
  const recorded = join(sharedData, 'clips/toll-lane-vn.mp4');
  const times = presentationTimes(recorded);
  const camera = open(recorded);
  t.teardown(() => camera.close());
  const captured: number[] = [];
  for await (const frame of camera.frames()) {
    captured.push(frame.capturedAt);
    frame.release();
  }
  t.equal(captured.length, times.length);
  const worst = Math.max(
    ...captured.map((at, index) => Math.abs(at - captured[0]! - (times[index]! - times[0]!) * 1000)),
  );
  t.ok(worst <= 1, `within a millisecond, worst ${worst}`);
});

test('frames are thinned evenly to what is looked at', { skip: noFfmpeg }, async (t) => {
  const camera = open(clip('plain.mp4'), { maxFramesPerSecond: 10 });
  t.teardown(() => camera.close());
  const captured: number[] = [];
  for await (const frame of camera.frames()) {
    captured.push(frame.capturedAt);
    frame.release();
  }
  t.equal(captured.length, 20, 'ten a second for two seconds');
  const gaps = captured.slice(1).map((at, index) => at - captured[index]!);
  t.ok(Math.max(...gaps) <= 120 && Math.min(...gaps) >= 80, String(gaps));
});

test('in real time only the newest frame waits, the others are counted', {
  skip: noFfmpeg,
}, async (t) => {
  const camera = open(clip('plain.mp4'), { pace: 'realtime', maxFramesPerSecond: 25 });
  t.teardown(() => camera.close());
  const sequences: number[] = [];
  for await (const frame of camera.frames()) {
    sequences.push(frame.sequence);
    frame.release();
    if (sequences.length === 1) {
      // Not looking until ten more have come.
      while (camera.state().counters.decoded < 11) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const { decoded: all, dropped } = camera.state().counters;
  t.ok(sequences[1]! >= 10, `after the first came number ${sequences[1]}`);
  t.equal(all, 50);
  t.equal(sequences.length + dropped, all, 'each frame was given out or counted as dropped');
});

test('frames that are held for too long lose their full-size planes, never their small one', {
  skip: noFfmpeg,
}, async (t) => {
  const camera = open(clip('plain.mp4'));
  t.teardown(() => camera.close());
  const held = [];
  for await (const frame of camera.frames()) held.push(frame);
  t.equal(held.length, 50);
  t.equal(held[0]!.rows(0, 1), undefined);
  t.equal(held[0]!.planes(), undefined);
  t.equal(held[0]!.small.data.length, 320 * 180);
  t.ok(held.at(-1)!.planes(), 'the last ones can still be read after the end');
  t.ok(camera.state().counters.overtaken > 30);
  for (const frame of held) {
    frame.release();
    frame.release();
  }
  t.equal(held.at(-1)!.planes(), undefined, 'released is gone');
});

test('files that are no video are refused with what was found', { skip: noFfmpeg }, async (t) => {
  const junk = scratchPath('junk.mp4');
  writeFileSync(junk, Buffer.alloc(5000, 'no video '));
  const empty = scratchPath('empty.mp4');
  writeFileSync(empty, '');
  const sound = scratchPath('sound.wav');
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=d=0.2', sound]);
  for (const [path, says] of [
    [scratchPath('nosuch.mp4'), /no such file/],
    [junk, /no video stream|not a video/],
    [empty, /no video stream|not a video/],
    [sound, /no video in the stream/],
  ] as const) {
    const camera = open(path);
    await t.rejects(camera.frames()[Symbol.asyncIterator]().next(), {
      code: 'capture.unreadable-video',
      message: says,
    });
    t.equal(camera.state().state, 'failed');
    await camera.close();
  }
});

test('a machine without ffmpeg', async (t) => {
  const camera = open('/any.mp4', { env: { PATH: scratchPath('nothing') } });
  await t.rejects(camera.frames()[Symbol.asyncIterator]().next(), {
    code: 'capture.no-ffmpeg',
    remedy: /apt install ffmpeg/,
  });
  t.match(camera.state(), { state: 'failed', reason: /ffmpeg/ });
  await camera.close();
});

test('closing in the middle ends the iteration', { skip: noFfmpeg }, async (t) => {
  const abort = new AbortController();
  const camera = open(clip('plain.mp4'), { pace: 'realtime', signal: abort.signal });
  let count = 0;
  for await (const frame of camera.frames()) {
    frame.release();
    if (++count === 2) abort.abort();
  }
  t.ok(count < 50);
  await camera.close();
  t.equal(camera.state().state, 'stopped');
});

test('a recording that changes its size in the middle is told, not stretched', {
  skip: noFfmpeg,
}, async (t) => {
  // Same shape smaller, same shape larger, and another shape of as many pixels.
  for (const [from, to] of [
    ['640x360', '320x180'],
    ['320x180', '640x360'],
    ['640x480', '480x640'],
  ] as const) {
    const path = scratchPath(`${from}-${to}.ts`);
    const parts = [from, to].map((size) => clip(`${size}.ts`, { size, seconds: 1 }));
    writeFileSync(path, Buffer.concat(parts.map((part) => readFileSync(part))));
    const camera = open(path);
    const sizes = new Set<string>();
    let count = 0;
    const all = async () => {
      for await (const frame of camera.frames()) {
        sizes.add(`${frame.width}x${frame.height}`);
        count++;
        frame.release();
      }
    };
    await t.rejects(all(), { code: 'capture.unreadable-video', message: /picture has another size/ });
    t.same([...sizes], [from]);
    t.ok(count >= 20 && count <= 25, `${count} of the first 25 frames`);
    await camera.close();
  }
});
