// The loop with frames and looks made by hand, and the real motion gate, pacer and tracker.

import { test } from 'tap';
import { followCamera, type LoopCounts } from '../../agent/camera/in-process.ts';
import type { Frame } from '../../agent/capture/index.ts';
import { cameraSchema } from '../../agent/config/index.ts';
import { createTracker, type PassageResult } from '../../agent/passage/index.ts';
import { ALPHABET, type Look, type Sighting, type Slot } from '../../agent/vision/index.ts';

const WIDTH = 640;
const HEIGHT = 360;
const camera = cameraSchema.parse({ id: 'pole', url: 'rtsp://camera/stream' });

/** A frame with a bright square where the vehicle is, so that the motion gate has something to see. */
function frameAt(sequence: number, x: number | null, released: number[] = []): Frame {
  const data = new Uint8Array(WIDTH * HEIGHT).fill(40);
  if (x !== null)
    for (let row = 100; row < 260; row++) data.fill(200, row * WIDTH + x, row * WIDTH + x + 160);
  const y = { data, width: WIDTH, height: HEIGHT };
  return {
    camera: 'pole',
    sequence,
    capturedAt: 1_700_000_000_000 + sequence * 100,
    width: WIDTH,
    height: HEIGHT,
    small: y,
    rows: () => y,
    planes: () => ({ y }),
    release: () => released.push(sequence),
  };
}

function slotOf(character: string): Slot {
  const slot = new Array<number>(37).fill(0.02 / 36);
  slot[ALPHABET.indexOf(character) + 1] = 0.98;
  return slot;
}

function sightingAt(x: number, width = 110): Sighting {
  const [left, top, height] = [x + 20, 200, 24];
  return {
    box: [left, top, width, height],
    corners: [
      [left, top],
      [left + width, top],
      [left + width, top + height],
      [left, top + height],
    ],
    score: 0.9,
    reading: {
      text: '1ABC234',
      confidence: 0.95,
      slots: [...'1ABC234'].map(slotOf),
      countries: { B: 0.9 },
      lines: 1,
    },
  };
}

const nothing = (): LoopCounts => ({
  looks: 0,
  sightings: 0,
  passages: 0,
  dropped: 0,
  detectMs: 0,
  readMs: 0,
});
const positionOf = (sequence: number) => (sequence < 20 || sequence > 30 ? null : (sequence - 20) * 40);

async function run(frames: AsyncIterable<Frame>, looked: number[] = [], told: string[] = []) {
  const counts = nothing();
  const reads: { result: PassageResult; hasPicture: boolean }[] = [];
  const early = new Set<string>();
  let ids = 0;
  const vision = {
    look: async (frame: Frame): Promise<Look> => {
      looked.push(frame.sequence);
      const x = positionOf(frame.sequence);
      return { sightings: x === null ? [] : [sightingAt(x)], unread: [], ms: { detect: 5, read: 1 } };
    },
  };
  const tracker = createTracker(
    { ...camera, reads: { minConfidence: 0.3, minCharacters: 3, uncertainBelow: 0.9 } },
    () => `id-${ids++}`,
  );
  const ended = (result: PassageResult, picture: unknown) => {
    told.push(`ended ${result.id}`);
    reads.push({ result, hasPicture: picture !== null || early.has(result.id) });
  };
  const ripe = (id: string) => {
    told.push(`ripe ${id}`);
    early.add(id);
  };
  const dropped = () => {};
  const done = followCamera({ camera, frames, vision, tracker, ripe, ended, dropped, counts });
  return { reads, counts, done };
}

const framesUpTo = (last: number, released: number[] = []) => framesFrom(0, last, released);

async function* framesFrom(first: number, last: number, released: number[] = []) {
  for (let sequence = first; sequence <= last; sequence++)
    yield frameAt(sequence, positionOf(sequence), released);
}

test('a vehicle that passes gives one read with its picture', async (t) => {
  const released: number[] = [];
  const { reads, counts, done } = await run(framesUpTo(80, released));
  await done;
  t.equal(reads.length, 1);
  t.equal(reads[0]!.result.text, '1ABC234');
  t.ok(reads[0]!.hasPicture);
  t.equal(counts.passages, 1);
  t.equal(released.length, 81, 'every frame is given back');
});

test('the picture of a passage is ripe before it ends', async (t) => {
  const told: string[] = [];
  const { reads, done } = await run(framesUpTo(80), [], told);
  await done;
  const { id } = reads[0]!.result;
  t.same(told, [`ripe ${id}`, `ended ${id}`]);
});

test('the picture of a plate that drives out of the picture is begun with its last look, before its passage ends', async (t) => {
  const told: string[] = [];
  const counts = nothing();
  // it comes nearer: ever wider and faster, so that each look has the best picture so far
  const widths = [60, 78, 101, 132];
  const centres = [100, 200, 330, 499];
  const leftOf = (sequence: number) =>
    sequence < 4 ? Math.round(centres[sequence]! - widths[sequence]! / 2 - 20) : null;
  async function* frames() {
    for (let sequence = 0; sequence <= 8; sequence++) yield frameAt(sequence, leftOf(sequence));
  }
  const vision = {
    look: async ({ sequence }: Frame): Promise<Look> => {
      const left = leftOf(sequence);
      told.push(`look ${sequence}`);
      const sightings = left === null ? [] : [sightingAt(left, widths[sequence])];
      return { sightings, unread: [], ms: { detect: 5, read: 1 } };
    },
  };
  const reads = { minConfidence: 0.3, minCharacters: 3, uncertainBelow: 0.9 };
  await followCamera({
    ...{ camera, frames: frames(), vision, counts },
    tracker: createTracker({ ...camera, reads }, () => 'id'),
    ripe: (_id, { best }) => void told.push(`ripe ${(best.capturedAt - 1_700_000_000_000) / 100}`),
    ended: (_result, picture) => void told.push(picture === null ? 'ended' : 'ended with its picture'),
    dropped() {},
  });
  t.same(told.slice(0, 7), ['look 0', 'look 1', 'look 2', 'look 3', 'ripe 3', 'look 4', 'ended']);
});

test('an empty road is not looked at', async (t) => {
  const looked: number[] = [];
  const { done } = await run(framesUpTo(60), looked);
  await done;
  t.notOk(
    looked.some((sequence) => sequence >= 11 && sequence < 20),
    'once the first second is over',
  );
  t.ok(
    looked.some((sequence) => sequence >= 20 && sequence <= 30),
    'until something comes',
  );
});

test('a stream that ends in the middle of a passage closes it and keeps its read', async (t) => {
  const { reads, done } = await run(framesUpTo(27));
  await done;
  t.equal(reads.length, 1);
});

test('a passage that was open when the pictures stopped has its read without waiting for more', async (t) => {
  let goOn = () => {};
  async function* cut() {
    yield* framesUpTo(27);
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
    yield* framesFrom(700, 705);
  }
  const told: string[] = [];
  const counts = nothing();
  const left = new Promise<PassageResult>((resolve) => {
    const reads = { minConfidence: 0.3, minCharacters: 3, uncertainBelow: 0.9 };
    const vision = {
      look: async ({ sequence }: Frame): Promise<Look> => {
        const x = positionOf(sequence);
        return { sightings: x === null ? [] : [sightingAt(x)], unread: [], ms: { detect: 5, read: 1 } };
      },
    };
    const parts = {
      ...{ camera, frames: cut(), vision, counts, quietMs: 20 },
      tracker: createTracker({ ...camera, reads }, () => 'id'),
      ripe() {},
      dropped() {},
      ended(result: PassageResult) {
        told.push(result.text);
        resolve(result);
      },
    };
    void followCamera(parts).then(() => told.push('over'));
  });
  t.equal((await left).text, '1ABC234', 'while no frame comes');
  t.same(told, ['1ABC234']);
  goOn();
  await new Promise<void>((resolve) => {
    const wait = () => (told.at(-1) === 'over' ? resolve() : setImmediate(wait));
    wait();
  });
  t.same(told, ['1ABC234', 'over'], 'and once');
  t.equal(counts.passages, 1);
});

test('a fault of the stream closes open passages before it goes on', async (t) => {
  async function* broken() {
    yield* framesUpTo(27);
    throw new Error('the cable was cut');
  }
  const { reads, done } = await run(broken());
  await t.rejects(done, { message: 'the cable was cut' });
  t.equal(reads.length, 1);
});
