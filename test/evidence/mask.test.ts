// What a mask leaves of a real picture, in pixels, before any JPEG.

import { execFileSync } from 'node:child_process';
import { test } from 'tap';
import type { Planes } from '../../agent/capture/index.ts';
import { greyOf, type Picture, rgbOf } from '../../agent/evidence/colour.ts';
import { maskOf } from '../../agent/evidence/index.ts';
import { maskedOf } from '../../agent/evidence/mask.ts';
import type { Mask } from '../../agent/evidence/mask-policy.ts';
import type { Quad } from '../../agent/shared/geometry.ts';
import { noFfmpeg, noTraffic, trafficClip } from '../fixtures/needs.ts';

const WIDTH = 1920;
const HEIGHT = 1080;

/** Two moments of the recording, with the corners of its truth: a driver behind a windscreen, a car from behind. */
const MOMENTS: { what: string; ms: number; corners: Quad }[] = [
  {
    what: 'approaching',
    ms: 9360,
    corners: [
      [560.9, 434.6],
      [664, 439.3],
      [664.2, 460.9],
      [561.2, 456.2],
    ],
  },
  {
    what: 'receding',
    ms: 1720,
    corners: [
      [1199.8, 479.5],
      [1317.2, 485.4],
      [1316.1, 509.8],
      [1198.9, 503.9],
    ],
  },
];

for (const { what, ms, corners } of MOMENTS)
  test(`${what}: all but the window loses its detail, the window keeps every bit`, {
    skip: noFfmpeg || noTraffic,
  }, (t) => {
    const planes = planesAt(ms);
    const mask = maskOf(corners, planes.y);
    const whole = { left: 0, top: 0, width: WIDTH, height: HEIGHT };
    for (const step of [1, 2, 3]) {
      compare(`colour, 1:${step}`, maskedOf(planes, mask, step), rgbOf(planes, whole, step), 3, step);
      compare(
        `grey, 1:${step}`,
        maskedOf({ y: planes.y }, mask, step),
        greyOf(planes.y, whole, step),
        1,
        step,
      );
    }
    t.end();

    function compare(name: string, masked: Picture, full: Picture, channels: number, step: number): void {
      t.same(
        [masked.width, masked.height],
        [full.width, full.height],
        `${name}: as large as the whole scene`,
      );
      const { width, height } = full;
      const same = (a: Picture, i: number, b: Picture, j: number) => {
        for (let channel = 0; channel < channels; channel++)
          if (a.data[i * channels + channel] !== b.data[j * channels + channel]) return false;
        return true;
      };
      let clear = 0;
      let changed = 0;
      let off = 0;
      const edges = { columns: new Set<number>(), rows: new Set<number>() };
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const index = y * width + x;
          if (isClear(mask, x, y, step)) {
            clear++;
            if (!same(masked, index, full, index)) changed++;
            continue;
          }
          off += Math.abs(masked.data[index * channels]! - full.data[index * channels]!);
          if (x > 0 && !isClear(mask, x - 1, y, step) && !same(masked, index, masked, index - 1))
            edges.columns.add(x);
          if (y > 0 && !isClear(mask, x, y - 1, step) && !same(masked, index, masked, index - width))
            edges.rows.add(y);
        }
      t.equal(changed, 0, `${name}: the window is untouched`);
      t.ok(clear > 0.03 * width * height && clear < 0.12 * width * height, `${name}: there is a window`);
      for (const [which, found] of Object.entries(edges)) {
        const least = Math.min(...gaps([0, ...found]));
        t.ok(
          found.size > 10 && least >= Math.floor(mask.blockPx / step),
          `${name}: nothing finer in ${which}`,
        );
      }
      t.ok(off / (width * height - clear) < 12, `${name}: the rest has the scene's brightness`);
    }
  });

test('without a window nothing is clear', (t) => {
  const data = new Uint8Array(64 * 48).map((_, index) => (index * 37) % 251);
  const plane = { data, width: 64, height: 48 };
  const nothing: Mask = { left: 0, right: 0, bottom: 0, top: { highest: 0, y: 0, slope: 0 }, blockPx: 100 };
  const masked = maskedOf({ y: plane }, nothing, 1);
  t.equal(new Set(masked.data).size, 1, 'squares larger than the picture: one colour');
  t.end();
});

for (const [width, height] of [
  [641, 361],
  [333, 127],
  [48, 32],
] as const)
  test(`any size: ${width}x${height}`, (t) => {
    const half = (value: number) => Math.ceil(value / 2);
    const filled = (width: number, height: number, value: number) => ({
      data: new Uint8Array(width * height).fill(value),
      width,
      height,
    });
    const chroma = () => filled(half(width), half(height), 128);
    const planes: Planes = { y: filled(width, height, 126), u: chroma(), v: chroma() };
    for (const [x, y] of [
      [0, 0],
      [width - 20, height - 6],
      [width / 2, height / 2],
    ] as const) {
      const corners: Quad = [
        [x, y],
        [x + 20, y],
        [x + 20, y + 5],
        [x, y + 5],
      ];
      const { data } = maskedOf(planes, maskOf(corners, planes.y), 1);
      t.equal(data.length, width * height * 3);
      t.same(
        [...new Set(data)],
        [128],
        'an even grey stays what it is, in the window, the squares and at their edges',
      );
    }
    t.end();
  });

/** As the mask is described: a pixel is clear when all of it is inside. */
function isClear({ left, right, bottom, top }: Mask, x: number, y: number, step: number): boolean {
  const line = top.y + Math.max(top.slope * x * step, top.slope * (x + 1) * step);
  return (
    x * step >= left &&
    (x + 1) * step <= right &&
    (y + 1) * step <= bottom &&
    y * step >= Math.max(top.highest, line)
  );
}

function gaps(places: number[]): number[] {
  const sorted = places.sort((a, b) => a - b);
  return sorted.slice(1).map((place, index) => place - sorted[index]!);
}

function planesAt(ms: number): Planes {
  const picture = ['-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'];
  const input = ['-loglevel', 'error', '-ss', String((ms - 5) / 1000), '-i', trafficClip];
  const bytes = execFileSync('ffmpeg', [...input, ...picture], { maxBuffer: 2 * WIDTH * HEIGHT });
  const luma = WIDTH * HEIGHT;
  const chroma = (from: number) => ({
    data: new Uint8Array(bytes.subarray(from, from + luma / 4)),
    width: WIDTH / 2,
    height: HEIGHT / 2,
  });
  return {
    y: { data: new Uint8Array(bytes.subarray(0, luma)), width: WIDTH, height: HEIGHT },
    u: chroma(luma),
    v: chroma(luma + luma / 4),
  };
}
