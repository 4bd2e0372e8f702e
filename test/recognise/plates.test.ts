// The agent's own models on pictures of its own drawing (test/fixtures/plates/make.py), through all of `recognise`.

import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { test } from 'tap';
import { evaluate, isFailure, recognise } from '../../agent/recognise/index.ts';
import { frameOfPicture, loadVision } from '../../agent/vision/index.ts';

const pictures = path.resolve(import.meta.dirname, '../fixtures/plates');

const expected: Record<string, string> = {
  'belgian.jpg': '1VKR482',
  'dutch.jpg': 'XJ473P',
  'far.jpg': 'FW382HN',
  'german-night.jpg': 'KAEM739',
};

test('the models that come with the agent read plates in fonts they have never seen', async (t) => {
  const vision = await loadVision({ detector: 'centre-v1', reader: 'crnn-v1' });
  t.teardown(() => vision.close());
  for await (const { picture, result } of recognise(vision, [pictures])) {
    if (isFailure(result)) throw new Error(result.error.message);
    const text = expected[picture.name];
    if (text) t.match(result.plates, [{ text }], picture.name);
  }
  const { falseReads } = await evaluate(vision, pictures, { minConfidence: 0.3, minCharacters: 3 });
  t.equal(falseReads.count, 0);
});

/** 640x480 of one colour, or of noise around it. */
function plain(background: string, sigma = 0): Sharp {
  const noise = sigma > 0 ? { noise: { type: 'gaussian' as const, mean: 128, sigma } } : {};
  return sharp({ create: { width: 640, height: 480, channels: 3, background, ...noise } });
}

test('where no plate can be, none is read', async (t) => {
  const vision = await loadVision({ detector: 'centre-v1', reader: 'crnn-v1' });
  t.teardown(() => vision.close());
  const belgian = path.join(pictures, 'belgian.jpg');
  const scenes: Record<string, Sharp> = {
    black: plain('#000'),
    white: plain('#fff'),
    noise: plain('#888', 60),
    'upside down': sharp(belgian).rotate(180),
    'a plate of 20 pixels': sharp(belgian).resize(84, 63),
  };
  for (const [name, scene] of Object.entries(scenes)) {
    const frame = await frameOfPicture(await scene.png().toBuffer(), { name });
    const { sightings } = await vision.look(frame);
    const confident = sightings.filter(
      ({ reading }) => reading.text.length >= 3 && reading.confidence >= 0.9,
    );
    t.same(
      confident.map(({ reading }) => reading.text),
      [],
      name,
    );
  }
});
