import { test } from 'tap';
import type { Frame } from '../../agent/capture/index.ts';
import { boxOf, type Quad } from '../../agent/shared/geometry.ts';
import type { Reader } from '../../agent/vision/adapter.ts';
import { readPlates } from '../../agent/vision/reading.ts';
import type { Reading } from '../../agent/vision/types.ts';

type Said = [text: string, confidence: number];

/** Reads of a plate of 200 x `height` pixels by a reader that says the one thing after the other. */
async function readOf(height: number, ...said: Said[]) {
  let strips = 0;
  const reader: Reader = {
    strip: { width: 192, height: 48, margin: 0.08, stack: { aspectBelow: 2.2, split: 0.5, overlap: 0.08 } },
    async read() {
      const [text, confidence] = said[strips++] ?? ['', 1];
      const slots = [...text].map((): Reading['slots'][number] => new Array(37).fill(1 / 37));
      return [{ text, confidence, slots, countries: {} }];
    },
    close: async () => {},
  };
  const corners: Quad = [[100, 100], [300, 100], [300, 100 + height], [100, 100 + height]]; // biome-ignore format: a plate
  const place = { corners, given: corners, box: boxOf(corners), score: 0.9 };
  const { sightings } = await readPlates(reader, blank, [place]);
  return { reading: sightings[0]?.reading, strips };
}

const plane = (width: number, height: number) => ({ data: new Uint8Array(width * height), width, height });
const blank: Frame = {
  ...{ camera: 'gate', sequence: 0, capturedAt: 0, width: 640, height: 480, small: plane(320, 240) },
  rows: (top, bottom) => plane(640, bottom - top),
  planes: () => undefined,
  release() {},
};

test('a clear plate is read once; a doubtful one twice, and then one reading is told', async (t) => {
  t.match(await readOf(44, ['1ABC234', 0.95]), { strips: 1, reading: { text: '1ABC234', lines: 1 } });
  t.match(await readOf(44, ['1ABC234', 0.6], ['1ABC234', 0.8]), { strips: 2, reading: { text: '1ABC234' } });
});

test('a high plate of one line, whose halves say nothing, is read as one line', async (t) => {
  const { reading, strips } = await readOf(110, ['', 0.99], ['HAPPYNUS', 0.92]);
  t.match(reading, { text: 'HAPPYNUS', lines: 1 });
  t.equal(strips, 2);
});

test('what is longer than any plate says nothing', async (t) => {
  const clock = await readOf(30, ['0120290800405', 0.95]);
  t.match(clock.reading, { text: '', slots: [] });
  t.match(
    (await readOf(30, ['MH12AB1234', 0.95])).reading,
    { text: 'MH12AB1234' },
    'ten characters are a plate',
  );
});
