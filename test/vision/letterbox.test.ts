import { test } from 'tap';
import { levels, padded, place, shrink, smallSize } from '../../agent/vision/letterbox.ts';

const limits = { maxWidth: 640, maxHeight: 384 };

test('the small copy fits the limits, keeps the shape, and is never larger than the frame', async (t) => {
  const cases: [number, number, number, number][] = [
    [1920, 1080, 640, 360],
    [1280, 720, 640, 360],
    [1024, 768, 512, 384],
    [816, 612, 512, 384],
    [384, 1000, 148, 384],
    [450, 322, 450, 322],
    [320, 240, 320, 240],
    [5000, 10, 640, 2],
  ];
  for (const [width, height, smallWidth, smallHeight] of cases)
    t.same(
      smallSize(width, height, limits),
      { width: smallWidth, height: smallHeight },
      `${width}x${height}`,
    );
});

test('lengths are padded to the next multiple', async (t) => {
  t.same(
    [1, 32, 33, 360].map((length) => padded(length, 32)),
    [32, 32, 64, 384],
  );
});

test('scaling down gives the mean of the area that a pixel covers', async (t) => {
  const plane = { data: Uint8Array.from([0, 100, 200, 50, 10, 30, 250, 150]), width: 4, height: 2 };
  t.same([...shrink(plane, 2, 1).data], [35, 163], 'by whole pixels');
  t.same(
    [...shrink({ data: Uint8Array.from([0, 90, 240]), width: 3, height: 1 }, 2, 1).data],
    [30, 190],
    'by parts',
  );
  t.equal(shrink(plane, 4, 2), plane, 'not at all');
});

test('whatever the sizes, a flat picture stays flat and a picture keeps its mean', async (t) => {
  for (const [width, height, toWidth, toHeight] of [
    [816, 612, 512, 384],
    [1920, 1080, 640, 360],
    [641, 385, 640, 384],
    [1000, 750, 77, 13],
  ] as const) {
    const flat = { data: new Uint8Array(width * height).fill(201), width, height };
    t.ok(
      shrink(flat, toWidth, toHeight).data.every((level) => Math.abs(level - 201) <= 1),
      `${width}x${height} flat`,
    );
    const slope = { data: flat.data.map((_, i) => ((i % width) / width) * 255), width, height };
    const small = shrink(slope, toWidth, toHeight);
    const mean = (data: Uint8Array) => data.reduce((a, b) => a + b, 0) / data.length;
    t.ok(Math.abs(mean(small.data) - mean(slope.data)) < 1, `${width}x${height} slope`);
  }
});

test('each pixel is the mean of what it covers, however many that are', async (t) => {
  for (const [width, height, toWidth, toHeight] of [
    [45, 39, 31, 20],
    [60, 48, 20, 16],
    [50, 41, 13, 9],
    [9, 2, 5, 1],
  ] as const) {
    const plane = {
      data: Uint8Array.from({ length: width * height }, (_, i) => (i * 7919 + (i >> 3) * 104729) % 256),
      width,
      height,
    };
    const small = shrink(plane, toWidth, toHeight);
    const worst = small.data.reduce((most, level, i) => {
      const [x, y] = [i % toWidth, Math.floor(i / toWidth)];
      return Math.max(most, Math.abs(level - meanOver(plane, [toWidth, toHeight], x, y)));
    }, 0);
    t.ok(worst <= 1.5, `${width}x${height} to ${toWidth}x${toHeight}: at most ${worst.toFixed(2)} off`);
  }
});

/** in floating point, pixel by pixel */
function meanOver(
  { data, width, height }: { data: Uint8Array; width: number; height: number },
  [toWidth, toHeight]: readonly [number, number],
  x: number,
  y: number,
): number {
  const share = (at: number, i: number, from: number, to: number) =>
    Math.max(0, Math.min(at + 1, ((i + 1) * from) / to) - Math.max(at, (i * from) / to));
  let [sum, area] = [0, 0];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const covered = share(row, y, height, toHeight) * share(column, x, width, toWidth);
      sum += covered * data[row * width + column]!;
      area += covered;
    }
  return sum / area;
}

test('what a net sees beyond the picture is its edge again', async (t) => {
  const plane = { data: Uint8Array.from([0, 51, 102, 255]), width: 2, height: 2 };
  const input = new Float32Array(4 * 3).fill(-1);
  place(plane, levels(0, 5), input, 4, 3);
  t.same([...input].map(Math.round), [0, 1, 1, 1, 2, 5, 5, 5, 2, 5, 5, 5]);
  t.same(
    [...levels(0.5, 2)].filter((_, i) => i === 0 || i === 255),
    [-1, 1],
  );
});
