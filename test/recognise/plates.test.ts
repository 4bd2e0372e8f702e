// The agent's own models on pictures of its own drawing (test/fixtures/plates/make.py), through all of `recognise`.

import path from 'node:path';
import { test } from 'tap';
import { evaluate, isFailure, recognise } from '../../agent/recognise/index.ts';
import { loadVision } from '../../agent/vision/index.ts';

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
