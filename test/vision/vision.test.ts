import path from 'node:path';
import { test } from 'tap';
import type { Frame } from '../../agent/capture/index.ts';
import { ALPHABET, loadVision } from '../../agent/vision/index.ts';

const directory = path.resolve(import.meta.dirname, '../fixtures/models');
const load = (detectorThreshold?: number, detector = 'tiny', straightener = 'none') =>
  loadVision({ directory, detector, straightener, reader: 'tiny', detectorThreshold });

interface Spot {
  x: number;
  y: number;
  level?: number;
}

/** A dark frame of 1280x720 with a small copy of 640x360; bright spots of 8x8 where the detector will see a plate. */
function frameWith(spots: Spot[], options: { overtaken?: boolean; level?: number } = {}) {
  const asked: [number, number][] = [];
  const data = new Uint8Array(640 * 360);
  for (const { x, y, level = 255 } of spots)
    for (let j = y; j < y + 8; j++) data.fill(level, j * 640 + x, j * 640 + x + 8);
  const frame: Frame = {
    camera: 'test',
    sequence: 0,
    capturedAt: 0,
    width: 1280,
    height: 720,
    small: { data, width: 640, height: 360 },
    rows(top, bottom) {
      asked.push([top, bottom]);
      if (options.overtaken) return undefined;
      return {
        data: new Uint8Array(1280 * (bottom - top)).fill(options.level ?? 0),
        width: 1280,
        height: bottom - top,
      };
    },
    planes: () => undefined,
    release: () => undefined,
  };
  return { frame, asked };
}

test('a plate is found in the small copy and read from the rows of the full frame that it covers', async (t) => {
  const vision = await load();
  const { frame, asked } = frameWith([{ x: 160, y: 80 }]);
  const { sightings, unread, ms } = await vision.look(frame);
  t.equal(sightings.length, 1);
  t.same(unread, []);
  const [{ box, corners, score, reading }] = sightings as [(typeof sightings)[0]];
  // The cell's middle is at 164, 84 of the small copy; the plate is 32x8 there, twice that in the frame.
  t.same(box, [296, 160, 64, 16]);
  t.same(corners, [
    [296, 160],
    [360, 160],
    [360, 176],
    [296, 176],
  ]);
  t.equal(score, 1);
  t.same(asked, [[157, 179]], 'with the margin, and not a row more than that');
  t.equal(reading.text, 'AB12');
  t.ok(reading.confidence > 0.999);
  t.equal(reading.lines, 1);
  t.equal(reading.slots.length, 4);
  reading.slots.forEach((slot, i) => {
    t.equal(slot.length, ALPHABET.length + 1);
    t.ok(Math.abs(slot.reduce((a, b) => a + b, 0) - 1) < 1e-9);
    t.equal(slot.indexOf(Math.max(...slot)), ALPHABET.indexOf('AB12'[i]!) + 1);
  });
  const { unknown, B, NL } = reading.countries;
  t.ok(B! > 0.9 && Math.abs(unknown! + B! + NL! - 1) < 1e-6);
  t.ok(ms.detect > 0 && ms.read > 0);
  await vision.close();
});

test('what is no text is an empty one', async (t) => {
  const vision = await load();
  const { sightings } = await vision.look(frameWith([{ x: 160, y: 80 }], { level: 255 }).frame);
  t.match(sightings[0]?.reading, { text: '', slots: [], alternatives: [] });
  t.ok(sightings[0]!.reading.confidence > 0.999);
  await vision.close();
});

test('several plates, best first; none below the threshold', async (t) => {
  const spots = [
    { x: 40, y: 40, level: 160 },
    { x: 400, y: 200, level: 250 },
    { x: 200, y: 304, level: 100 },
  ];
  const vision = await load();
  const { sightings } = await vision.look(frameWith(spots).frame);
  t.same(
    sightings.map(({ score }) => Math.round(score * 255)),
    [250, 160],
  );
  await vision.close();
  const eager = await load(0.2);
  t.equal((await eager.look(frameWith(spots).frame)).sightings.length, 3);
  t.equal(eager.info.detectorThreshold, 0.2);
  await eager.close();
});

test('a frame without a plate asks for no rows', async (t) => {
  const vision = await load();
  const { frame, asked } = frameWith([]);
  t.match(await vision.look(frame), { sightings: [], unread: [] });
  t.same(asked, []);
  await vision.close();
});

test('of a frame that was overtaken plates are told, but not read', async (t) => {
  const vision = await load();
  const { sightings, unread } = await vision.look(frameWith([{ x: 160, y: 80 }], { overtaken: true }).frame);
  t.same(sightings, []);
  t.same(unread[0]?.box, [296, 160, 64, 16]);
  await vision.close();
});

test('a plate at the edge of the frame is read as far as it is there', async (t) => {
  const vision = await load();
  const { frame, asked } = frameWith([
    { x: 0, y: 0 },
    { x: 632, y: 352 },
  ]);
  t.equal((await vision.look(frame)).sightings.length, 2);
  for (const [top, bottom] of asked) t.ok(top >= 0 && bottom <= 720 && bottom > top);
  await vision.close();
});

test('looks at the same time do not mix', async (t) => {
  const vision = await load();
  const frames = Array.from({ length: 8 }, (_, i) =>
    frameWith([{ x: 8 * (4 + 6 * i), y: 80 }], { level: i % 2 ? 255 : 0 }),
  );
  const looks = await Promise.all(frames.map(({ frame }) => vision.look(frame)));
  looks.forEach(({ sightings }, i) => {
    t.equal(sightings.length, 1);
    t.equal(sightings[0]?.box[0], 2 * (8 * (4 + 6 * i) + 4 - 16));
    t.equal(sightings[0]?.reading.text, i % 2 ? '' : 'AB12');
  });
  const last = vision.look(frames[0]!.frame);
  await vision.close();
  t.equal((await last).sightings.length, 1, 'closing waits for a look under way');
});

test('a small copy that is larger than the detector takes is scaled down first', async (t) => {
  const vision = await load();
  const { frame } = frameWith([{ x: 160, y: 80 }]);
  const data = new Uint8Array(1280 * 720);
  for (let j = 160; j < 176; j++) data.fill(255, j * 1280 + 320, j * 1280 + 336);
  const { sightings } = await vision.look({ ...frame, small: { data, width: 1280, height: 720 } });
  t.same(sightings[0]?.box, [296, 160, 64, 16]);
  await vision.close();
});

/** A frame of 800x450, its small copy 640x360, each with bright spots of its own; `width` is that of the frame's. */
function frameInTwoSizes(spots: Spot[], full: (Spot & { width?: number })[], gone = false) {
  const { frame } = frameWith(spots);
  const asked: [number, number][] = [];
  const data = new Uint8Array(800 * 450);
  for (const { x, y, width = 8, level = 255 } of full)
    for (let j = y; j < y + 8; j++) data.fill(level, j * 800 + x, j * 800 + x + width);
  const rows = (top: number, bottom: number) => {
    asked.push([top, bottom]);
    return gone
      ? undefined
      : { data: data.subarray(top * 800, bottom * 800), width: 800, height: bottom - top };
  };
  return { frame: { ...frame, width: 800, height: 450, rows }, asked };
}

test('a detector that looks twice gives the corners of the close-up', async (t) => {
  const vision = await load(undefined, 'closer');
  // Proposed is 40x10 around 205, 105 of the frame. The close-up of 184x88 begins at 113, 61; its cell with the bright
  // spot has its middle at 213, 105 of the frame, and the plate is 32x8 around that.
  const { frame, asked } = frameInTwoSizes([{ x: 160, y: 80, level: 140 }], [{ x: 209, y: 101, level: 230 }]);
  const { sightings } = await vision.look(frame);
  t.match(sightings, [{ box: [197, 101, 32, 8] }]);
  t.equal(Math.round(sightings[0]!.score * 255), 230, 'and its score');
  t.same(asked[0], [60, 150], 'from the rows of the close-up');
  await vision.close();
});

test('what a close-up does not confirm is dropped, unless it was sure or cannot be looked at', async (t) => {
  const vision = await load(undefined, 'closer');
  const doubtful = [{ x: 160, y: 80, level: 140 }];
  t.same((await vision.look(frameInTwoSizes(doubtful, []).frame)).sightings, []);
  const sure = [{ x: 160, y: 80, level: 160 }];
  t.match((await vision.look(frameInTwoSizes(sure, []).frame)).sightings, [{ box: [185, 100, 40, 10] }]);
  const { sightings, unread } = await vision.look(frameInTwoSizes(doubtful, [], true).frame);
  t.same(sightings, []);
  t.match(unread, [{ box: [185, 100, 40, 10] }]);
  await vision.close();
});

test('two proposals that turn out to be one plate are one sighting', async (t) => {
  const vision = await load(undefined, 'closer');
  const spots = [
    { x: 160, y: 80, level: 140 },
    { x: 176, y: 80, level: 150 },
  ];
  const { frame, asked } = frameInTwoSizes(spots, [{ x: 209, y: 101, width: 16 }]);
  t.equal((await vision.look(frame)).sightings.length, 1);
  t.equal(asked.length, 3, 'two close-ups, one strip');
  await vision.close();
});

test('a straightener moves the corners of what was found before it is read', async (t) => {
  const vision = await load(undefined, 'tiny', 'tiny');
  t.match(vision.info.straightener, { kind: 'straightener', name: 'tiny', adapter: 'corner-offsets' });
  const dark = await vision.look(frameWith([{ x: 160, y: 80 }]).frame);
  t.same(dark.sightings[0]?.box, [296, 160, 64, 16], 'nothing to put right');
  const { frame, asked } = frameWith([{ x: 160, y: 80 }], { level: 255 });
  const { sightings } = await vision.look(frame);
  const [{ box, corners }] = sightings as [(typeof sightings)[0]];
  // A tenth of the width of 64 to the right, a fifth of the height of 16 down.
  const wanted = [
    [302.4, 163.2],
    [366.4, 163.2],
    [366.4, 179.2],
    [302.4, 179.2],
  ];
  const off = corners.flatMap(([x, y], i) => [x - wanted[i]![0]!, y - wanted[i]![1]!]);
  t.ok(Math.max(...off.map(Math.abs)) < 1e-3, String(corners));
  t.same(
    box.map((number) => Math.round(number * 10) / 10),
    [302.4, 163.2, 64, 16],
  );
  t.same(
    asked,
    [
      [155, 181],
      [160, 182],
    ],
    'the cut with a quarter of the height around, then the plate where it is',
  );
  t.match(vision.runs(), { frames: 2, cuts: 2, strips: 2 });
  await vision.close();
});

test('what was found keeps its corners where the frame has moved on', async (t) => {
  const vision = await load(undefined, 'tiny', 'tiny');
  const { sightings, unread } = await vision.look(frameWith([{ x: 160, y: 80 }], { overtaken: true }).frame);
  t.same(sightings, []);
  t.same(unread[0]?.box, [296, 160, 64, 16]);
  t.equal(vision.runs().cuts, 0);
  await vision.close();
});
