// A detector and a reader for colour behind a real ffmpeg: the camera delivers what they look at.

import { join } from 'node:path';
import { test } from 'tap';
import { openCamera } from '../../agent/capture/index.ts';
import { loadVision } from '../../agent/vision/index.ts';
import { cameraConfig, clip, memoryLog } from '../capture/support.ts';
import { noFfmpeg } from '../fixtures/needs.ts';

const models = join(import.meta.dirname, '../fixtures/models');

test('models for colour see the colour of a camera', { skip: noFfmpeg }, async (t) => {
  const vision = await loadVision({
    directory: models,
    detector: 'yolo-end2end',
    straightener: 'none',
    reader: 'slots-rgb',
  });
  t.same(vision.smallLimits, { maxWidth: 96, maxHeight: 64, colour: true });
  // Black; a red and a blue spot of 32x32, cells of 8x8 in the small copy. BT.709, as HD cameras say that they send.
  const filter = [
    'drawbox=c=black:t=fill',
    'drawbox=x=160:y=96:w=32:h=32:c=red:t=fill',
    'drawbox=x=32:y=160:w=32:h=32:c=blue:t=fill',
    'scale=out_color_matrix=bt709',
  ].join();
  const path = clip('spots.mp4', {
    ...{ size: '384x256', seconds: 0.4, filter },
    codec: ['libx264', '-preset', 'ultrafast', '-bf', '0', '-qp', '4'],
  });
  const camera = openCamera(cameraConfig({ url: `file://${path}` }), {
    ...memoryLog(),
    ...{ pace: 'fast', small: vision.smallLimits },
  });
  let looked = 0;
  for await (const frame of camera.frames()) {
    const { sightings } = await vision.look(frame);
    frame.release();
    t.equal(sightings.length, 1, 'the blue one is of another class');
    const [{ box, score, reading }] = sightings as [(typeof sightings)[0]];
    t.same(box, [112, 96, 128, 32]);
    t.ok(score > 0.95, `score ${score}`);
    // The reader's columns: black, red in the middle, black; half of its height is grey 114.
    t.match(reading.text, /^888[L-S]{2}888$/);
    looked++;
    break;
  }
  t.equal(looked, 1);
  await camera.close();
  await vision.close();
});
