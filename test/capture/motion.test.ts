// The motion gate: vehicles open it, however slow; weather, dusk and what is masked do not keep it open.

import { test } from 'tap';
import { createMotionGate, type Frame } from '../../agent/capture/index.ts';
import { cameraConfig } from './support.ts';

const WIDTH = 640;
const HEIGHT = 360;
const FPS = 12;
const { motion } = cameraConfig({ url: 'rtsp://10.0.0.1/' });

/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

interface Scene {
  seconds: number;
  /** sensor noise, grey levels to either side */
  noise?: number;
  /** paints onto the background at a time in seconds; `level` of the road is 90 */
  paint?(plane: Uint8Array, second: number, next: () => number): void;
}

function box(plane: Uint8Array, x: number, y: number, width: number, height: number, grey: number): void {
  for (let row = Math.max(0, y); row < Math.min(HEIGHT, y + height); row++)
    plane.fill(
      grey,
      row * WIDTH + Math.max(0, Math.min(x, WIDTH)),
      row * WIDTH + Math.max(0, Math.min(x + width, WIDTH)),
    );
}

/** Whether the gate was open, frame by frame. */
function play(
  { seconds, noise = 3, paint }: Scene,
  where: Parameters<typeof createMotionGate>[1] = { masks: [] },
): boolean[] {
  const gate = createMotionGate(motion, where);
  const next = random(7);
  const open: boolean[] = [];
  for (let index = 0; index < seconds * FPS; index++) {
    const data = new Uint8Array(WIDTH * HEIGHT);
    for (let at = 0; at < data.length; at++) data[at] = 90 + ((at >> 5) % 20);
    paint?.(data, index / FPS, next);
    for (let at = 0; at < data.length; at++) data[at] = data[at]! + (next() * 2 - 1) * noise;
    const small: Frame['small'] = { data, width: WIDTH, height: HEIGHT };
    open.push(gate.in({ small, capturedAt: 1_000_000 + (index * 1000) / FPS }));
  }
  return open;
}

function during(open: boolean[], from: number, to: number): boolean[] {
  return open.slice(from * FPS, to * FPS);
}

test('it opens for the first frames, and closes on a still road with noise', (t) => {
  const open = play({ seconds: 6, noise: 8 });
  t.ok(open[0]);
  t.notOk(during(open, 2, 6).includes(true));
  t.end();
});

test('vehicles', (t) => {
  const passing = (pxPerSecond: number, grey: number) => (plane: Uint8Array, second: number) =>
    second >= 3 && box(plane, 600 - Math.round((second - 3) * pxPerSecond), 150, 90, 70, grey);
  const table: { what: string; pxPerSecond: number; grey: number; from: number; to: number }[] = [
    { what: 'a fast bright one', pxPerSecond: 600, grey: 220, from: 3.1, to: 4 },
    { what: 'a dark one', pxPerSecond: 100, grey: 40, from: 3.3, to: 9 },
    { what: 'one of little contrast', pxPerSecond: 100, grey: 125, from: 3.3, to: 9 },
    { what: 'one that creeps', pxPerSecond: 5, grey: 180, from: 6, to: 40 },
  ];
  for (const { what, pxPerSecond, grey, from, to } of table) {
    const open = play({ seconds: to, paint: passing(pxPerSecond, grey) });
    t.notOk(during(open, 2, 3).includes(true), `${what}: closed before`);
    t.notOk(during(open, from, to).includes(false), `${what}: open all the time`);
  }
  t.end();
});

test('it stays open for a second after the last motion', (t) => {
  const open = play({
    seconds: 6,
    paint: (plane, second) =>
      second >= 2.5 && second < 3 && box(plane, Math.round(second * 100), 150, 90, 70, 200),
  });
  t.notOk(during(open, 3, 4).includes(false));
  t.ok(during(open, 5, 6).includes(false));
  t.end();
});

test('a car that parks closes it, and so does its leaving', (t) => {
  const open = play({
    seconds: 50,
    paint: (plane, second) => {
      if (second < 25) box(plane, Math.min(300, Math.round(second * 150)), 150, 120, 80, 200);
    },
  });
  t.notOk(during(open, 18, 25).includes(true), 'parked');
  t.ok(open[Math.round(25.2 * FPS)], 'left');
  t.notOk(during(open, 45, 50).includes(true), 'gone');
  t.end();
});

test('light: dusk, a gain step and the switch to infra-red open it for seconds at most', (t) => {
  const changed =
    (change: (grey: number, second: number) => number) => (plane: Uint8Array, second: number) => {
      for (let at = 0; at < plane.length; at++) plane[at] = change(plane[at]!, second);
    };
  const table: [what: string, paint: NonNullable<Scene['paint']>, closedFrom: number][] = [
    ['dusk', changed((grey, second) => grey - second * 4), 2],
    ['gain', changed((grey, second) => (second >= 5 ? grey * 1.25 : grey)), 8],
    ['infra-red', changed((grey, second) => (second >= 5 ? 250 - grey * 1.5 : grey)), 14],
  ];
  for (const [what, paint, closedFrom] of table) {
    const open = play({ seconds: 18, paint });
    t.notOk(during(open, closedFrom, 18).includes(true), what);
  }
  t.end();
});

test('rain does not hold it open, and a car in the rain opens it', (t) => {
  const rain = (plane: Uint8Array, next: () => number) => {
    for (let drop = 0; drop < 120; drop++)
      box(plane, Math.floor(next() * WIDTH), Math.floor(next() * HEIGHT), 1, 14, 140);
  };
  const open = play({
    seconds: 20,
    paint: (plane, second, next) => {
      if (second >= 15) box(plane, Math.round((second - 15) * 120), 150, 90, 70, 190);
      rain(plane, next);
    },
  });
  const rainy = during(open, 4, 15);
  t.ok(
    rainy.filter(Boolean).length < rainy.length / 10,
    `open in ${rainy.filter(Boolean).length} of ${rainy.length}`,
  );
  t.notOk(during(open, 15.5, 20).includes(false));
  t.end();
});

test('what is masked or outside the region does not open it', (t) => {
  const left = (plane: Uint8Array, second: number) =>
    box(plane, 40, Math.round(second * 30) % 300, 90, 70, 220);
  const rightHalf = [
    [0.5, 0],
    [1, 0],
    [1, 1],
    [0.5, 1],
  ] satisfies [number, number][];
  const leftHalf = rightHalf.map(([x, y]) => [x - 0.5, y] as [number, number]);
  const scene = { seconds: 6, paint: left };
  t.ok(during(play(scene), 2, 6).every(Boolean), 'without');
  t.notOk(during(play(scene, { masks: [leftHalf] }), 2, 6).includes(true), 'masked');
  t.notOk(during(play(scene, { region: rightHalf, masks: [] }), 2, 6).includes(true), 'outside');
  t.ok(during(play(scene, { region: leftHalf, masks: [] }), 2, 6).every(Boolean), 'inside');
  const everything = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ] satisfies [number, number][];
  t.notOk(during(play(scene, { masks: [everything] }), 2, 6).includes(true), 'nothing left to look at');
  t.end();
});

test('another size of the plane begins anew', (t) => {
  const gate = createMotionGate(motion, { masks: [] });
  for (const [width, height] of [
    [640, 360],
    [320, 180],
    [2, 2],
  ] as const)
    t.ok(gate.in({ small: { data: new Uint8Array(width * height), width, height }, capturedAt: 0 }));
  t.end();
});
