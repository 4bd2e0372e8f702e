// A drawn plate made worse step by step: the numbers follow, and each verdict is the one that was made.

import sharp from 'sharp';
import { test } from 'tap';
import { type AimNumber, judge, measurePlate } from '../../agent/aim/index.ts';
import type { Quad } from '../../agent/shared/geometry.ts';

const WIDTH = 400;
const HEIGHT = 200;
const PLATE_PX = 208;
const corners: Quad = [
  [96, 70],
  [304, 70],
  [304, 114],
  [96, 114],
];

/** Strokes as on a plate, a tenth of its height wide: uprights and bars. */
function drawn({ ink = 40, ground = 190 } = {}): Float64Array {
  const luma = new Float64Array(WIDTH * HEIGHT).fill(90);
  const fill = (left: number, top: number, width: number, height: number, level: number) => {
    for (let y = top; y < top + height; y++) luma.fill(level, y * WIDTH + left, y * WIDTH + left + width);
  };
  fill(96, 70, PLATE_PX, 44, ground);
  for (let n = 0; n < 7; n++) {
    const left = 112 + 27 * n;
    fill(left, 77, 4, 30, ink);
    fill(left + 12, 77, 4, 30, ink);
    fill(left, 77, 16, 4, ink);
    fill(left, 90, 16, 4, ink);
    fill(left, 103, 16, 4, ink);
  }
  return luma;
}

/** Mean over a bar of pixels, down or along: what a movement during the exposure does. */
function smeared(luma: Float64Array, px: number, step: 1 | typeof WIDTH): Float64Array {
  return luma.map((_, i) => {
    let sum = 0;
    for (let k = 0; k < px; k++) sum += luma[Math.min(luma.length - 1, i + k * step)]!;
    return sum / px;
  });
}

async function blurred(luma: Float64Array, sigma: number): Promise<Float64Array> {
  const raw = { width: WIDTH, height: HEIGHT, channels: 1 as const };
  const image = sharp(Uint8Array.from(luma), { raw }).blur(sigma).toColourspace('b-w');
  return Float64Array.from(await image.raw().toBuffer());
}

/** Noise of this standard deviation, the same each time. */
function noisy(luma: Float64Array, deviation: number): Float64Array {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  return luma.map((level) => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += uniform();
    return level + deviation * sum;
  });
}

function measured(luma: Float64Array) {
  const data = Uint8ClampedArray.from(luma);
  const rows = (top: number, bottom: number) => ({
    data: new Uint8Array(data.buffer, top * WIDTH, (bottom - top) * WIDTH),
    width: WIDTH,
    height: bottom - top,
  });
  const plate = measurePlate({ width: WIDTH, height: HEIGHT, rows }, corners, 1)!;
  const verdicts = Object.fromEntries(judge(plate, 0).map(({ name, verdict }) => [name, verdict]));
  return { plate, verdicts: verdicts as Record<AimNumber, string | null> };
}

const rising = (values: number[]) => values.every((value, i) => i === 0 || value > values[i - 1]!);

test('a good plate is good in everything', async (t) => {
  const { verdicts } = measured(await blurred(drawn(), 0.8));
  t.same(
    Object.entries(verdicts).filter(([, verdict]) => verdict !== 'good'),
    [],
  );
});

test('edges widen as the lens goes out of focus, in both directions alike', async (t) => {
  const plates = await Promise.all(
    [0.7, 1.2, 1.7, 2.2].map(async (sigma) => measured(await blurred(drawn(), sigma))),
  );
  t.ok(rising(plates.map(({ plate }) => plate.edgeAlongPx!)));
  t.ok(rising(plates.map(({ plate }) => plate.edgeAcrossPx!)));
  const { edgeAlongPx } = plates[1]!.plate;
  t.ok(
    Math.abs(edgeAlongPx! / (2.563 * 1.2) - 1) < 0.2,
    `${edgeAlongPx} of ${2.563 * 1.2}: the rise of a Gaussian`,
  );
  t.equal(plates[0]!.verdicts.sharpness, 'good');
  t.equal(plates[3]!.verdicts.sharpness, 'blurred');
  t.equal(plates[1]!.verdicts.motion, 'good');
});

test('noise moves an edge width by less than a quarter', async (t) => {
  const plain = measured(await blurred(drawn(), 1.2)).plate;
  for (const deviation of [4, 8]) {
    const { plate } = measured(noisy(await blurred(drawn(), 1.2), deviation));
    t.ok(
      Math.abs(plate.edgeAlongPx! / plain.edgeAlongPx! - 1) < 0.25,
      `${plate.edgeAlongPx} of ${plain.edgeAlongPx}`,
    );
    t.ok(Math.abs(plate.edgeAcrossPx! / plain.edgeAcrossPx! - 1) < 0.25);
  }
});

test('a movement widens the edges across it only, the more the longer, either way', async (t) => {
  const sharpPlate = await blurred(drawn(), 0.8);
  for (const [step, across, along] of [
    [WIDTH, 'edgeAcrossPx', 'edgeAlongPx'],
    [1, 'edgeAlongPx', 'edgeAcrossPx'],
  ] as const) {
    const results = [1, 3, 6].map((px) => measured(smeared(sharpPlate, px, step)));
    t.ok(
      rising(results.map(({ plate }) => plate[across]!)),
      results.map(({ plate }) => plate[across]).join(' '),
    );
    t.ok(Math.abs(results[2]!.plate[along]! - results[0]!.plate[along]!) < 0.4);
    t.equal(results[0]!.verdicts.motion, 'good');
    t.equal(results[2]!.verdicts.motion, 'blurred');
    t.equal(results[2]!.verdicts.sharpness, 'good', "it is not the lens's");
  }
});

test('light is in the order in which it was made', async (t) => {
  const lit = async (factor: number) => {
    const luma = await blurred(drawn(), 0.8);
    return measured(luma.map((level) => Math.min(255, level * factor)));
  };
  const [dark, dim, good, bright] = await Promise.all([0.05, 0.3, 1, 2].map(lit));
  t.ok(rising([dark!, dim!, good!, bright!].map(({ plate }) => plate.white)));
  t.match(dark!.verdicts, { white: 'too dark', contrast: 'too dark', black: 'too dark' });
  t.equal(dim!.verdicts.white, 'too dark');
  t.match(good!.verdicts, { white: 'good', burnt: 'good', contrast: 'good' });
  t.equal(bright!.verdicts.burnt, 'too bright');
  const washed = measured(drawn({ ink: 175, ground: 190 }));
  t.equal(washed.verdicts.contrast, 'too bright');
});

test('a plate whose rows are gone, or that is above the picture, is not measured', (t) => {
  const gone = { width: WIDTH, height: HEIGHT, rows: () => undefined };
  t.equal(measurePlate(gone, corners, 1), undefined);
  const above = corners.map(([x, y]) => [x, y - 500]) as Quad;
  t.equal(measurePlate(gone, above, 1), undefined);
  t.end();
});
