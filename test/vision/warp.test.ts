import { test } from 'tap';
import type { Point, Quad } from '../../agent/shared/geometry.ts';
import { cutStrip, isStacked, widened } from '../../agent/vision/strip.ts';
import { isUsable, project, type Rows, rowsFor, squareTo, straighten } from '../../agent/vision/warp.ts';

const whole = { u0: 0, u1: 1, v0: 0, v1: 1 };

/** A picture whose grey level is a function of the place, in pixels from the upper left edge. */
function picture(width: number, height: number, level: (x: number, y: number) => number, top = 0): Rows {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = Math.round(level(x + 0.5, y + top + 0.5));
  return { data, width, height, top };
}

function upright(x: number, y: number, width: number, height: number): Quad {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

function straightened(rows: Rows, corners: Quad, width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height);
  straighten(rows, corners, whole, { data, left: 0, width, height, stride: width });
  return data;
}

function worst(a: Uint8Array, b: (i: number) => number): number {
  return a.reduce((most, level, i) => Math.max(most, Math.abs(level - b(i))), 0);
}

test('an upright plate of the very size comes out pixel for pixel', async (t) => {
  const rows = picture(100, 60, (x, y) => (x * 37 + y * 91) % 256);
  const strip = straightened(rows, upright(20, 10, 48, 12), 48, 12);
  t.equal(
    worst(strip, (i) => rows.data[(10 + Math.floor(i / 48)) * 100 + 20 + (i % 48)]!),
    0,
  );
});

test('rows that start further down give the same strip', async (t) => {
  const level = (x: number, y: number) => 128 + 100 * Math.sin(x / 7) * Math.cos(y / 5);
  const corners: Quad = [
    [30, 42],
    [80, 47],
    [79, 60],
    [29, 55],
  ];
  const all = straightened(picture(120, 100, level), corners, 64, 16);
  const [top, bottom] = rowsFor(corners, 100);
  const some = straightened(picture(120, bottom - top, level, top), corners, 64, 16);
  t.same(some, all);
});

test('a turned plate is turned back', async (t) => {
  for (const degrees of [-40, -15, 7, 30]) {
    const angle = (degrees * Math.PI) / 180;
    const turn = ([x, y]: Point): Point => [
      100 + x * Math.cos(angle) - y * Math.sin(angle),
      100 + x * Math.sin(angle) + y * Math.cos(angle),
    ];
    // The level rises along the plate and not across it, whatever way it is turned.
    const along = (x: number, y: number) => (x - 100) * Math.cos(angle) + (y - 100) * Math.sin(angle);
    const rows = picture(200, 200, (x, y) => 128 + along(x, y));
    const corners = upright(-60, -15, 120, 30).map(turn) as Quad;
    const strip = straightened(rows, corners, 120, 30);
    const error = worst(strip, (i) => 128 - 60 + (i % 120) + 0.5);
    t.ok(error <= 1.5, `${degrees} degrees: off by ${error} at most`);
  }
});

test('the corners of a perspective view go to the corners, and lines stay lines', async (t) => {
  const corners: Quad = [
    [10, 20],
    [90, 5],
    [95, 60],
    [12, 45],
  ];
  const to = squareTo(corners);
  const ends: Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  ends.forEach(([u, v], i) => {
    const [x, y] = project(to, u, v);
    t.ok(Math.abs(x - corners[i]![0]) < 1e-9 && Math.abs(y - corners[i]![1]) < 1e-9, `corner ${i}`);
  });
  const [a, b, c] = [project(to, 0.1, 0.4), project(to, 0.5, 0.4), project(to, 0.8, 0.4)];
  t.ok(Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) < 1e-6, 'one line');
});

test('a plate much larger than the strip is averaged: a fine pattern becomes its mean', async (t) => {
  for (const [width, height] of [
    [800, 200],
    [600, 150],
    [1000, 240],
  ] as const) {
    const rows = picture(1100, 300, (x, y) => ((Math.floor(x) + Math.floor(y)) % 2 ? 255 : 0));
    const strip = straightened(rows, upright(30, 20, width, height), 192, 48);
    const error = worst(strip, () => 127.5);
    t.ok(error < 26, `${width}x${height}: off by ${error} at most`);
  }
});

test('a plate that leaves the frame shows the last pixels again', async (t) => {
  const rows = picture(50, 50, () => 77);
  const strip = straightened(rows, upright(-20, -10, 100, 80), 64, 16);
  t.ok(strip.every((level) => level === 77));
});

test('only corners that can be a plate are straightened', async (t) => {
  const good = upright(10, 10, 60, 15);
  t.ok(isUsable(good));
  const [tl, tr, br, bl] = good;
  const bad: Record<string, Quad> = {
    mirrored: [tr, tl, bl, br],
    crossed: [tl, br, tr, bl],
    concave: [tl, tr, [30, 14], bl],
    'three in a line': [tl, [40, 10], tr, bl],
    'one point': [tl, tl, tl, tl],
    narrow: upright(10, 10, 15, 6),
    flat: upright(10, 10, 60, 4),
    'not a number': [tl, tr, [Number.NaN, 3], bl],
  };
  for (const [name, corners] of Object.entries(bad)) t.notOk(isUsable(corners), name);
});

test('the rows asked for cover the plate and stay within the frame', async (t) => {
  t.same(rowsFor(upright(0, 20.4, 50, 10), 100), [19, 32]);
  t.same(rowsFor(upright(0, -7, 50, 10), 100), [0, 4]);
  t.same(rowsFor(upright(0, 95, 50, 40), 100), [94, 100]);
  t.same(rowsFor(upright(0, 150, 50, 40), 100), [99, 100]);
});

const shape = {
  width: 192,
  height: 48,
  margin: 0.08,
  stack: { aspectBelow: 2.2, split: 0.5, overlap: 0.08 },
};

test('a strip shows a margin around the plate', async (t) => {
  const rows = picture(200, 100, (x, y) => (x > 50 && x < 150 && y > 40 && y < 65 ? 255 : 0));
  const { strip, lines } = cutStrip(rows, upright(50, 40, 100, 25), shape);
  t.equal(lines, 1);
  const middle = strip.subarray(24 * 192, 25 * 192);
  const dark = (0.08 / 1.16) * 192;
  t.equal(middle[Math.floor(dark) - 2], 0);
  t.equal(middle[Math.ceil(dark) + 2], 255);
  t.equal(middle[191 - Math.floor(dark) + 2], 0);
  t.equal(middle[191 - Math.ceil(dark) - 2], 255);
  t.same(widened(upright(50, 40, 100, 25), shape)[0].map(Math.round), [42, 38]);
});

test('a two-line plate has its upper half on the left and its lower half on the right', async (t) => {
  // Upper line 200, lower line 100, around it nothing.
  const rows = picture(200, 200, (x, y) => {
    if (x < 50 || x > 150 || y < 50 || y > 120) return 0;
    return y < 85 ? 200 : 100;
  });
  const corners = upright(50, 50, 100, 70);
  t.ok(isStacked(corners, shape));
  const { strip, lines } = cutStrip(rows, corners, shape);
  t.equal(lines, 2);
  const at = (x: number, y: number) => strip[y * 192 + x];
  t.equal(at(48, 24), 200, 'the middle of the left half is the upper line');
  t.equal(at(144, 24), 100, 'the middle of the right half is the lower line');
  t.equal(at(48, 47), 100, 'the halves overlap: the upper one reaches into the lower line');
  t.equal(at(144, 0), 200, 'and the other way round');
});

test('what has two lines is a matter of shape, seen from the side too', async (t) => {
  t.notOk(isStacked(upright(0, 0, 110, 49), shape));
  t.ok(isStacked(upright(0, 0, 110, 51), shape));
  t.notOk(isStacked(upright(0, 0, 110, 51), { width: 1, height: 1, margin: 0 }), 'a reader without stacking');
});
