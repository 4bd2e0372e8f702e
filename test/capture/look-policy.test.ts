// Which frames are looked at: as often as configured, fewer under load, at least four a second while something moves.

import { test } from 'tap';
import { createLookPacer } from '../../agent/capture/index.ts';

interface Run {
  looksPerSecond?: number;
  fps?: number;
  seconds?: number;
  costMs?: number;
  moving?: (second: number) => boolean;
  following?: boolean;
  /** share of the frames that got lost before */
  lost?: (second: number) => boolean;
}

/** Times in seconds of the frames that were looked at. */
function looks({
  looksPerSecond = 12,
  fps = 25,
  seconds = 10,
  costMs = 15,
  moving = () => true,
  following = false,
  lost = () => false,
}: Run): number[] {
  const pacer = createLookPacer({ looksPerSecond });
  const taken: number[] = [];
  for (let sequence = 0; sequence < fps * seconds; sequence++) {
    const second = sequence / fps;
    if (lost(second) && sequence % 2 === 1) continue;
    const at = 1_000_000 + Math.round(second * 1000);
    if (!pacer.due({ at, moving: moving(second), following, sequence })) continue;
    taken.push(second);
    pacer.looked({ at, costMs });
  }
  return taken;
}

test('looks a second', (t) => {
  const table: [what: string, run: Run, least: number, most: number][] = [
    ['as configured', {}, 115, 130],
    ['no more than there are frames', { fps: 8 }, 80, 80],
    ['every frame of a stream thinned to the same rate', { fps: 12 }, 118, 120],
    ['nothing moves', { moving: () => false }, 0, 0],
    ['a car that waits', { moving: () => false, following: true }, 18, 26],
    ['looks that cost 100 ms take 60 % of the time', { costMs: 100 }, 55, 72],
    ['looks that cost a second: still four a second', { costMs: 1000 }, 38, 45],
    ['frames get lost: fewer', { lost: () => true }, 38, 60],
    ['more looks than frames', { looksPerSecond: 60 }, 250, 250],
    ['one a second is one a second', { looksPerSecond: 1, costMs: 900 }, 9, 12],
  ];
  for (const [what, run, least, most] of table) {
    const count = looks(run).length;
    t.ok(count >= least && count <= most, `${what}: ${count} in 10 s`);
  }
  t.end();
});

test('the first frame that moves is looked at at once, after any pause', (t) => {
  const taken = looks({ costMs: 400, moving: (second) => second % 2 >= 1 });
  for (const second of [1, 3, 5, 7, 9]) t.ok(taken.includes(second), `at ${second} s`);
  t.end();
});

test('load that passes is forgotten', (t) => {
  const taken = looks({ seconds: 30, lost: (second) => second < 5 });
  const last = taken.filter((second) => second >= 25);
  t.ok(last.length >= 55, `${last.length} looks in the last 5 s`);
  t.end();
});

test('gaps while something moves are never longer than a quarter of a second and a frame', (t) => {
  for (const costMs of [5, 50, 150, 500]) {
    const taken = looks({ costMs, lost: (second) => Math.floor(second) % 3 === 0 });
    const gaps = taken.slice(1).map((second, index) => second - taken[index]!);
    t.ok(Math.max(...gaps) <= 0.25 + 0.081, `${costMs} ms: ${Math.max(...gaps)}`);
  }
  t.end();
});

test('a clock that is set back stops nothing', (t) => {
  const pacer = createLookPacer({ looksPerSecond: 12 });
  const moving = { moving: true, following: false };
  t.ok(pacer.due({ at: 10_000_000, ...moving }));
  t.ok(pacer.due({ at: 1000, ...moving }));
  t.ok(pacer.due({ at: 1100, ...moving }));
  t.end();
});
