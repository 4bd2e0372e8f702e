// A still picture from closer and from farther. In the net's place: what sees a bright bar if it is as wide as a net wants plates.

import { test } from 'tap';
import type { Frame, Plane } from '../../agent/capture/index.ts';
import { boxOf, type Quad } from '../../agent/shared/geometry.ts';
import type { Detector } from '../../agent/vision/adapter.ts';
import { findPlates, searchPlates } from '../../agent/vision/finding.ts';
import { shrink } from '../../agent/vision/letterbox.ts';
import { furtherViews, wholeOf } from '../../agent/vision/views.ts';

const SIZE = { width: 2400, height: 1350 };
const SMALL = { width: 640, height: 360 };
const [LEAST_PX, MOST_PX] = [24, 200];

type Bar = [x: number, y: number, width: number, height: number];

function pictureOf(...bars: Bar[]): Frame {
  const y: Plane = { data: new Uint8Array(SIZE.width * SIZE.height).fill(60), ...SIZE };
  for (const [left, top, width, height] of bars)
    for (let row = top; row < top + height; row++)
      y.data.fill(250, row * SIZE.width + left, row * SIZE.width + left + width);
  return {
    ...{ camera: 'picture', sequence: 0, capturedAt: 0, ...SIZE },
    small: shrink(y, SMALL.width, SMALL.height),
    rows: () => undefined,
    planes: () => ({ y }),
    release() {},
  };
}

/** Sees one bar a picture. */
const detector: Detector = {
  ...{ limits: { maxWidth: SMALL.width, maxHeight: SMALL.height }, colour: false, threshold: 0.35 },
  async find({ data, width, height }) {
    const at = (test: (x: number, y: number) => number) =>
      [...data].flatMap((level, i) => (level > 150 ? [test(i % width, Math.floor(i / width))] : []));
    const [xs, ys] = [at((x) => x), at((_, y) => y)];
    if (xs.length === 0) return [];
    const [left, right] = [xs.reduce((a, b) => Math.min(a, b)), xs.reduce((a, b) => Math.max(a, b)) + 1];
    const [top, low] = [ys.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.max(a, b)) + 1];
    const cut = left === 0 || right === width || top === 0 || low === height;
    if (cut || right - left < LEAST_PX || right - left > MOST_PX) return [];
    const corners: Quad = [[left, top], [right, top], [right, low], [left, low]]; // biome-ignore format: corners
    return [{ corners, box: boxOf(corners), score: 0.9 }];
  },
  close: async () => {},
};

test('a plate of 60 pixels in 2,400 is found from closer, wherever it is, and one that fills the picture from farther', async (t) => {
  const bars: Bar[] = [
    [20, 20, 60, 14],
    [1180, 660, 62, 16],
    [2300, 1300, 64, 16],
    [1180, 30, 62, 16],
    [500, 500, 1200, 260],
  ];
  for (const bar of bars) {
    const frame = pictureOf(bar);
    t.same(await findPlates(detector, frame, 0.35), [], `${bar}: not in the small copy`);
    const found = await searchPlates(detector, frame, 0.35);
    t.equal(found.length, 1, `${bar}: once, though parts overlap`);
    for (const [i, length] of found[0]!.box.entries())
      t.ok(Math.abs(length - bar[i]!) < 8, `${found[0]!.box} at ${bar}`);
  }
});

test('a small picture has nothing more to show from closer, and a detector of colour is shown no more', async (t) => {
  const y = { data: new Uint8Array(SMALL.width * SMALL.height), ...SMALL };
  const frame: Frame = { ...pictureOf(), ...SMALL, small: y, planes: () => ({ y }) };
  const views = [...furtherViews(detector, frame, wholeOf(detector, frame))];
  t.same(
    views.map(({ picture, scaleX }) => [picture.width, scaleX]),
    [[320, 2]],
  );
  const gone = { ...frame, planes: () => undefined };
  t.same([...furtherViews(detector, gone, wholeOf(detector, gone))], []);
  t.same([...furtherViews({ ...detector, colour: true }, frame, wholeOf(detector, frame))], []);
});
