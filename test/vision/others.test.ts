// Other people's nets (test/fixtures/models/make_others.py): a manifest is all that they need. Each test would fail with
// another order of channels, another scale of levels, the picture elsewhere in the input, or the slots in another order.

import path from 'node:path';
import sharp from 'sharp';
import { test } from 'tap';
import type { Quad } from '../../agent/shared/geometry.ts';
import type { Detector, Reader } from '../../agent/vision/adapter.ts';
import { detectorFor, readerFor } from '../../agent/vision/adapters.ts';
import { chromaOf, type Picture } from '../../agent/vision/colour.ts';
import { rotatedCorners } from '../../agent/vision/detectors/yolo.ts';
import { frameOfPicture, loadVision } from '../../agent/vision/index.ts';
import { readManifest, readModel } from '../../agent/vision/manifest.ts';
import { cutStrip } from '../../agent/vision/strip.ts';

const directory = path.resolve(import.meta.dirname, '../fixtures/models');

type Changes = (manifest: Record<string, unknown>) => Record<string, unknown>;
const asItIs: Changes = (manifest) => manifest;

async function detector(name: string, change = asItIs): Promise<Detector> {
  const model = await readManifest(directory, 'detector', name);
  const changed = { ...model, manifest: change(model.manifest) as typeof model.manifest };
  const bytes = await readModel(model);
  return detectorFor(model)({ title: `detector ${name}`, model: changed, bytes, threads: 1 });
}

async function reader(name: string, change = asItIs): Promise<Reader> {
  const model = await readManifest(directory, 'reader', name);
  const changed = { ...model, manifest: change(model.manifest) as typeof model.manifest };
  const bytes = await readModel(model);
  return readerFor(model)({ title: `reader ${name}`, model: changed, bytes, threads: 1 });
}

type Rgb = [red: number, green: number, blue: number];

/** A black picture with coloured cells of 8x8; luma and chroma as a JPEG would have them. */
function pictureOf(width: number, height: number, cells: { x: number; y: number; colour: Rgb }[]): Picture {
  const rgb = new Uint8Array(3 * width * height);
  for (const { x, y, colour } of cells)
    for (let row = y; row < y + 8; row++)
      for (let column = x; column < x + 8; column++) rgb.set(colour, 3 * (row * width + column));
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++)
    data[i] = Math.round(0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!);
  return { data, width, height, chroma: chromaOf(rgb, 3, width, height) };
}

/** What was found, corners and hundredths rounded. */
async function foundBy({ find }: Detector, picture: Picture, threshold: number) {
  const found = await find(picture, threshold);
  return found.map(({ box, score }) => ({ box: box.map(Math.round), score: Number(score.toFixed(2)) }));
}

const RED: Rgb = [204, 20, 60];
const BLUE: Rgb = [30, 20, 230];

for (const name of ['yolo', 'yolo-end2end', 'yolo-top-rows'])
  test(`${name}: boxes in pixels of the picture, the score of the red channel`, async (t) => {
    const net = await detector(name);
    t.equal(net.colour, true);
    t.same(net.limits, { maxWidth: 96, maxHeight: 64 });
    // 96x48 lies 8 pixels down in the input of 96x64: the cell at 40, 16 is that at 40, 24 of the net.
    const picture = pictureOf(96, 48, [
      { x: 40, y: 16, colour: RED },
      { x: 8, y: 32, colour: BLUE },
    ]);
    t.same(await foundBy(net, picture, 0.5), [{ box: [28, 16, 32, 8], score: 0.8 }], 'blue is another class');
    await net.close();
  });

test('a narrow picture lies in the middle too, and around it is the grey of the training', async (t) => {
  const net = await detector('yolo');
  const picture = pictureOf(64, 64, [{ x: 24, y: 24, colour: RED }]);
  t.same(await foundBy(net, picture, 0.5), [{ box: [12, 24, 32, 8], score: 0.8 }]);
  // A threshold below the grey shows it: 114/255 beside the picture, left and right of it.
  const grey = await net.find(pictureOf(64, 64, []), 0.4);
  t.ok(grey.length > 4);
  for (const { score, box } of grey) {
    t.ok(Math.abs(score - 114 / 255) < 1e-6);
    t.ok(box[0] + 16 < 0 || box[0] + 16 > 64, String(box));
  }
  t.ok(grey.some(({ box }) => box[0] + 16 < 0) && grey.some(({ box }) => box[0] + 16 > 64), 'on both sides');
  const wide = await net.find(pictureOf(96, 48, []), 0.4);
  t.ok(wide.some(({ box }) => box[1] + 4 < 0) && wide.some(({ box }) => box[1] + 4 > 48), 'above and below');
  // The next picture is larger: nothing of the grey is left in it. And of that one nothing is left around the next.
  const corner = { x: 0, y: 0, colour: RED };
  t.same(await foundBy(net, pictureOf(96, 64, [corner]), 0.4), [{ box: [-12, 0, 32, 8], score: 0.8 }]);
  t.same(await foundBy(net, pictureOf(64, 64, []), 0.5), []);
  await net.close();
});

test('channels the other way round, and luma for those who do not want to pay for colour', async (t) => {
  const input =
    (changes: object): Changes =>
    (manifest) => ({
      ...manifest,
      input: { ...(manifest.input as object), ...changes },
    });
  const picture = pictureOf(96, 64, [
    { x: 40, y: 24, colour: RED },
    { x: 8, y: 40, colour: BLUE },
  ]);
  const bgr = await detector('yolo', input({ colour: 'bgr' }));
  t.same(await foundBy(bgr, picture, 0.5), [{ box: [-4, 40, 32, 8], score: 0.9 }], 'now blue is first');
  await bgr.close();
  const luma = await detector('yolo', input({ colour: 'luma' }));
  t.equal(luma.colour, false);
  // 0.299 * 204 + 0.587 * 20 + 0.114 * 60 = 80
  t.same(await foundBy(luma, { ...picture, chroma: undefined }, 0.3), [
    { box: [28, 24, 32, 8], score: 0.31 },
  ]);
  await luma.close();
  const scaled = await detector('yolo', input({ mean: 0.5, scale: 1 }));
  t.same(await foundBy(scaled, picture, 0.2), [{ box: [28, 24, 32, 8], score: 0.3 }], '0.8 - 0.5');
  await scaled.close();
});

test('a grey picture goes into a net for colour as three equal channels', async (t) => {
  const net = await detector('yolo', (manifest) => ({ ...manifest, classes: [1] }));
  const data = new Uint8Array(96 * 64);
  for (let y = 24; y < 32; y++) data.fill(153, y * 96 + 40, y * 96 + 48);
  t.same(await foundBy(net, { data, width: 96, height: 64 }, 0.5), [{ box: [28, 24, 32, 8], score: 0.6 }]);
  await net.close();
});

test('of boxes that overlap the best stays', async (t) => {
  const net = await detector('yolo');
  const picture = pictureOf(96, 64, [
    { x: 40, y: 24, colour: [180, 0, 0] },
    { x: 48, y: 24, colour: [220, 0, 0] },
    { x: 48, y: 48, colour: [200, 0, 0] },
  ]);
  const found = await foundBy(net, picture, 0.5);
  t.same(
    found.map(({ box }) => box),
    [
      [36, 24, 32, 8],
      [36, 48, 32, 8],
    ],
  );
  await net.close();
});

test('keypoints are corners, moved like boxes', async (t) => {
  const net = await detector('yolo-corners');
  const [found] = await net.find(pictureOf(96, 48, [{ x: 40, y: 16, colour: RED }]), 0.5);
  t.same(found?.corners, [
    [28, 14],
    [60, 18],
    [60, 26],
    [28, 22],
  ]);
  await net.close();
});

test('a rotated box gives the corners of a plate that leans', async (t) => {
  const net = await detector('yolo-rotated');
  const [found] = await net.find(pictureOf(96, 48, [{ x: 40, y: 16, colour: RED }]), 0.5);
  const [cos, sin] = [Math.cos(0.2), Math.sin(0.2)];
  const wanted = [
    [-16, -4],
    [16, -4],
    [16, 4],
    [-16, 4],
  ].map(([x, y]) => [44 + x! * cos - y! * sin, 20 + x! * sin + y! * cos]);
  found!.corners.forEach((corner, k) => {
    for (const i of [0, 1]) t.ok(Math.abs(corner[i]! - wanted[k]![i]!) < 1e-3, `corner ${k}`);
  });
  await net.close();
});

test('whatever way the angle is told, the upper left corner of the plate is the first', (t) => {
  const degrees = Math.PI / 180;
  const rounded = (corners: number[][]) => corners.map((corner) => corner.map((n) => Math.round(n)));
  const level = [
    [-20, -5],
    [20, -5],
    [20, 5],
    [-20, 5],
  ];
  for (const [width, height, angle] of [
    [40, 10, 0],
    [40, 10, 180],
    [40, 10, -180],
    [10, 40, 90],
    [10, 40, -90],
    [10, 40, 270],
  ] as const)
    t.same(
      rounded(rotatedCorners([0, 0], width, height, angle * degrees)),
      level,
      `${width}x${height} ${angle}`,
    );
  const square = rounded(rotatedCorners([0, 0], 20, 18, 80 * degrees));
  t.ok(
    square[0]![0]! < 0 && square[0]![1]! < 0,
    'nearly square: the side that lies more level is the upper one',
  );
  t.end();
});

/** A strip whose columns are as bright as the characters of `text` want: see make_others.py. */
function stripOf(text: string, width: number, height: number): Uint8Array {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_';
  const strip = new Uint8Array(width * height);
  const column = width / text.length;
  for (let i = 0; i < strip.length; i++) {
    const letter = text[Math.floor((i % width) / column)]!;
    strip[i] = Math.round((alphabet.indexOf(letter) * 255) / (alphabet.length - 1));
  }
  return strip;
}

for (const [name, width, height] of [
  ['slots', 128, 64],
  ['slots-flat', 144, 70],
] as const)
  test(`${name}: slots from left to right, the padding left out`, async (t) => {
    const net = await reader(name);
    t.match(net.strip, { width, height, margin: 0 });
    const [one, two, none] = await net.read(
      ['1ABC23__', '0Z_9____', '________'].map((text) => stripOf(text, width, height)),
    );
    t.equal(one!.text, '1ABC23');
    t.equal(one!.slots.length, 6);
    t.equal(one!.slots[1]!.length, 37);
    t.ok(one!.slots[1]![11]! > 0.9, 'A is the eleventh, after nothing and ten digits');
    for (const slot of one!.slots) t.ok(Math.abs(slot.reduce((a, b) => a + b, 0) - 1) < 1e-6);
    t.ok(one!.confidence > 0.9 && one!.confidence <= 1);
    t.same(one!.countries, {});
    t.equal(two!.text, '0Z9', 'a padding between is no character');
    t.match(none, { text: '', slots: [] });
    await net.close();
  });

test('a reader in colour reads the red plane, and tells the country from the blue one', async (t) => {
  const net = await reader('slots-rgb');
  t.match(net.strip, { width: 128, height: 64, colour: true, pad: 114 });
  const size = 128 * 64;
  const strip = new Uint8Array(3 * size);
  strip.set(stripOf('KL42____', 128, 64));
  strip.fill(60, size, 2 * size);
  strip.fill(128, 2 * size);
  const [reading] = await net.read([strip]);
  t.equal(reading!.text, 'KL42');
  t.ok(reading!.countries.NL! > 0.9);
  t.ok(Math.abs(Object.values(reading!.countries).reduce((a, b) => a + b, 0) - 1) < 1e-6);
  await net.close();
});

test('classes of one country are added up', async (t) => {
  const net = await reader('slots-rgb', (manifest) => ({ ...manifest, countries: ['B', 'NL', 'B'] }));
  const [reading] = await net.read([new Uint8Array(3 * 128 * 64)]);
  t.same(Object.keys(reading!.countries), ['B', 'NL']);
  t.ok(Math.abs(reading!.countries.B! + reading!.countries.NL! - 1) < 1e-6);
  await net.close();
});

const CORNERS: Quad = [
  [20, 10],
  [84, 10],
  [84, 26],
  [20, 26],
];

test('a strip in colour has the red, green and blue of the plate, also from rows that begin at an odd number', (t) => {
  // Left half red, right half blue, from row 9 on.
  const rgb = new Uint8Array(3 * 100 * 30);
  const data = new Uint8Array(100 * 30);
  for (let i = 0; i < data.length; i++) {
    const colour: Rgb = i % 100 < 52 ? RED : BLUE;
    rgb.set(colour, 3 * i);
    data[i] = Math.round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]);
  }
  const chroma = chromaOf(rgb, 3, 100, 30);
  const shape = { width: 64, height: 16, margin: 0, colour: true };
  const strips = [
    cutStrip({ data, width: 100, height: 30, top: 0 }, CORNERS, shape, chroma),
    // Rows 9 to 27: chroma rows 4 to 14.
    cutStrip({ data: data.subarray(900), width: 100, height: 18, top: 9 }, CORNERS, shape, {
      u: { data: chroma.u.data.subarray(4 * 50), width: 50, height: 10 },
      v: { data: chroma.v.data.subarray(4 * 50), width: 50, height: 10 },
      space: 'jpeg',
    }),
  ];
  for (const { strip, lines } of strips) {
    t.equal(lines, 1);
    t.equal(strip.length, 3 * 64 * 16);
    const at = (x: number) => [0, 1, 2].map((plane) => strip[plane * 64 * 16 + 8 * 64 + x]!);
    for (const [x, colour] of [
      [10, RED],
      [50, BLUE],
    ] as const)
      for (const [k, level] of at(x).entries())
        t.ok(Math.abs(level - colour[k]!) <= 3, `${x} ${k}: ${level}`);
  }
  t.end();
});

test("a strip that keeps the plate's shape has grey at the sides", (t) => {
  const data = new Uint8Array(100 * 30).fill(200);
  const rows = { data, width: 100, height: 30, top: 0 };
  // A plate of 64x16 in a strip of 64x32: 8 rows of grey above and below.
  const { strip } = cutStrip(rows, CORNERS, { width: 64, height: 32, margin: 0, pad: 114 });
  t.same(
    [0, 7, 8, 23, 24, 31].map((row) => strip[row * 64 + 30]),
    [114, 114, 200, 200, 114, 114],
  );
  const narrow = cutStrip(rows, CORNERS, { width: 128, height: 16, margin: 0.1, pad: 114 }).strip;
  t.same(
    [31, 32, 95, 96].map((column) => narrow[8 * 128 + column]),
    [114, 200, 200, 114],
  );
  const grey = cutStrip(rows, CORNERS, { width: 64, height: 32, margin: 0, pad: 114, colour: true });
  t.same(
    [0, 1, 2].map((plane) => grey.strip[plane * 64 * 32 + 30]),
    [114, 114, 114],
    'of a grey source too',
  );
  t.end();
});

test('a photograph in colour is found and read in colour', async (t) => {
  const rgb = Buffer.alloc(3 * 192 * 96, 0);
  // Where the small copy (96x48) has its cell at 40, 16; the plate found is 64x16 around that.
  const set = (x: number, y: number, colour: Rgb) => rgb.set(colour, 3 * (y * 192 + x));
  for (let y = 32; y < 48; y++) for (let x = 80; x < 96; x++) set(x, y, [230, 0, 0]);
  const picture = await sharp(rgb, { raw: { width: 192, height: 96, channels: 3 } })
    .png()
    .toBuffer();
  const vision = await loadVision({
    directory,
    detector: 'yolo-end2end',
    straightener: 'none',
    reader: 'slots-rgb',
  });
  t.equal(vision.colour, true);
  const frame = await frameOfPicture(picture, { limits: vision.smallLimits, colour: vision.colour });
  t.match(frame.smallChroma, { u: { width: 48, height: 24 }, v: { width: 48, height: 24 }, space: 'jpeg' });
  const { sightings } = await vision.look(frame);
  t.match(sightings, [{ box: [56, 32, 64, 16] }]);
  // Columns 3 and 4 of 8 are red, the others black, and half of the strip is grey 114: 57 is 8, 172 is O, and some
  // letters less where the red is blurred at its edges, or looked at with more around it.
  t.match(sightings[0]!.reading.text, /^888[L-O]{2}888$/);
  frame.release();
  t.throws(() => frame.small, { code: 'picture.released' });
  await vision.close();

  const plain = await frameOfPicture(picture);
  t.equal(plain.smallChroma, undefined, 'nobody asked for it');
  plain.release();
});
