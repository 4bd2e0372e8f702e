// Real recordings, as far as they can be judged without a truth file: which vehicles pass is known from looking at them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { followCamera } from '../../agent/camera/in-process.ts';
import { openCamera } from '../../agent/capture/index.ts';
import { cameraSchema } from '../../agent/config/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { createTracker, type PassageResult } from '../../agent/passage/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { loadVision } from '../../agent/vision/index.ts';
import { noFfmpeg, sharedData } from '../fixtures/needs.ts';

const clips = join(sharedData, 'clips');
const skip = noFfmpeg || (existsSync(clips) ? false : 'needs the recordings in ../shared/data/clips');
const log = createLog('silent');

/** Every frame that is due is looked at, however slow the machine: a file waits. */
async function readsOf(clip: string): Promise<PassageResult[]> {
  const camera = cameraSchema.parse({ id: 'clip', url: `file://${join(clips, clip)}` });
  const source = openCamera(camera, { log, pace: 'fast', maxFramesPerSecond: camera.looksPerSecond });
  const vision = await loadVision({ detector: 'centre-v1', reader: 'crnn-v1' });
  const limits = { minConfidence: 0.3, minCharacters: 3, uncertainBelow: 0.9 };
  let ids = 0;
  const tracker = createTracker({ ...camera, reads: limits, grammars: loadGrammars() }, () => `id-${ids++}`);
  const counts = { looks: 0, sightings: 0, passages: 0, dropped: 0, detectMs: 0, readMs: 0 };
  const reads: PassageResult[] = [];
  const ended = (result: PassageResult) => reads.push(result);
  const unused = () => {};
  await followCamera({
    camera,
    frames: source.frames(),
    vision,
    tracker,
    ripe: unused,
    ended,
    dropped: unused,
    counts,
  });
  await source.close();
  await vision.close();
  return reads;
}

test('vehicles at a toll gate, in a real recording, give one read each', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const reads = await readsOf('toll-lane-vn.mp4');
  const texts = reads.map(({ text }) => text);
  t.comment(texts.join(' '));
  for (const text of ['34A23126', '89C20339'])
    t.equal(
      texts.filter((read) => read === text).length,
      1,
      `${text}, the plate that people read there, once`,
    );
  t.ok(reads.length <= 6, 'and hardly anything else: painted numbers and lettering pass too');
});

test('a car park with plates too small to read gives no confident read', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const reads = await readsOf('car-park.mp4');
  t.comment(reads.map(({ text, confidence }) => `${text} ${confidence.toFixed(2)}`).join(' '));
  t.same(
    reads.filter(({ confidence }) => confidence >= 0.8),
    [],
  );
});
