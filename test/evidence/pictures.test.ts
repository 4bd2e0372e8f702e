import sharp from 'sharp';
import { test } from 'tap';
import type { Planes } from '../../agent/capture/index.ts';
import { overviewOf, plateOf } from '../../agent/evidence/index.ts';
import type { Quad } from '../../agent/shared/geometry.ts';

type Colour = [r: number, g: number, b: number];

/** Planes as ffmpeg would send them: BT.709, limited range, `paint` gives each pixel's colour. */
function planesOf(width: number, height: number, paint: (x: number, y: number) => Colour): Planes {
  const half = (value: number) => Math.ceil(value / 2);
  const y = { data: new Uint8Array(width * height), width, height };
  const u = { data: new Uint8Array(half(width) * half(height)), width: half(width), height: half(height) };
  const v = { data: new Uint8Array(half(width) * half(height)), width: half(width), height: half(height) };
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [r, g, b] = paint(column, row).map((value) => value / 255) as Colour;
      const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      y.data[row * width + column] = Math.round(16 + 219 * light);
      const index = (row >> 1) * u.width + (column >> 1);
      u.data[index] = Math.round(128 + (224 * (b - light)) / 1.8556);
      v.data[index] = Math.round(128 + (224 * (r - light)) / 1.5748);
    }
  return { y, u, v };
}

async function decoded(jpeg: Buffer) {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * info.channels)].slice(0, 3),
  };
}

function near(found: number[], wanted: number[], within = 8): boolean {
  return found.every((value, index) => Math.abs(value - wanted[index]!) <= within);
}

/** Left half red, right half blue, a yellow band at the bottom. */
const scene = (width: number, height: number) =>
  planesOf(width, height, (x, y) =>
    y > 0.8 * height ? [250, 210, 0] : x < width / 2 ? [200, 30, 30] : [20, 40, 220],
  );

test('an overview keeps colours and is no wider than 1280', async (t) => {
  for (const [width, height, wide, high] of [
    [1920, 1080, 960, 540],
    [1280, 720, 1280, 720],
    [2560, 1440, 1280, 720],
    [3840, 2160, 1280, 720],
    [641, 361, 641, 361],
  ] as const) {
    const picture = await decoded(await overviewOf(scene(width, height), { quality: 90 }));
    t.match(picture, { width: wide, height: high, channels: 3 }, `${width}x${height}`);
    t.ok(near(picture.at(wide >> 2, high >> 2), [200, 30, 30]), 'red');
    t.ok(near(picture.at(wide - 20, high >> 2), [20, 40, 220]), 'blue');
    t.ok(near(picture.at(wide >> 1, high - 10), [250, 210, 0]), 'yellow');
  }
});

test('a grey source gives a grey picture, black to white', async (t) => {
  const { y } = planesOf(1920, 1080, (x) => (x < 960 ? [0, 0, 0] : [255, 255, 255]));
  const overview = await overviewOf({ y }, { quality: 80, maxWidthPx: 640 });
  t.match(await sharp(overview).metadata(), { width: 640, height: 360, channels: 1, space: 'b-w' });
  const { at } = await decoded(overview);
  t.ok(near(at(100, 100), [0, 0, 0]));
  t.ok(near(at(600, 100), [255, 255, 255]));
  const patch = await plateOf({ y }, cornersAt(500, 500, 100), { quality: 80 });
  t.equal((await sharp(patch).metadata()).channels, 1);
});

test('a plate comes with its margin at full size, cut at the edges of the picture', async (t) => {
  const planes = planesOf(400, 300, (x, y) =>
    x >= 100 && x < 200 && y >= 100 && y < 122 ? [250, 250, 250] : [30, 30, 30],
  );
  const patch = await decoded(await plateOf(planes, cornersAt(100, 100, 100), { quality: 95 }));
  t.match(patch, { width: 151, height: 73 }, '25 of 100 pixels on each side, from a whole chroma sample on');
  t.ok(near(patch.at(75, 36), [250, 250, 250]));
  t.ok(near(patch.at(5, 36), [30, 30, 30]));
  const corner = await decoded(await plateOf(planes, cornersAt(350, 285, 100), { quality: 95 }));
  t.match(corner, { width: 76, height: 40 });
});

test('buffers are not written to: the same planes give the same picture twice', async (t) => {
  const planes = scene(1280, 720);
  const [a, b] = await Promise.all([
    overviewOf(planes, { quality: 85 }),
    overviewOf(planes, { quality: 85 }),
  ]);
  t.ok(a.equals(b));
});

test('a picture that cannot be made says so', async (t) => {
  const y = { data: new Uint8Array(10), width: 100, height: 100 };
  await t.rejects(overviewOf({ y }, { quality: 80 }), { code: 'evidence.encode', message: /100x100/ });
});

function cornersAt(x: number, y: number, width: number): Quad {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + 22],
    [x, y + 22],
  ];
}
