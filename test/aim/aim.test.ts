// What aiming makes of looks over time: what passes counts, what stands does not, unless there is nothing else.

import { test } from 'tap';
import { createAim, judge, type PlateMeasure } from '../../agent/aim/index.ts';
import type { Frame } from '../../agent/capture/index.ts';
import type { PassageEvent } from '../../agent/passage/index.ts';
import { adviceOf, valueText } from '../../agent/shared/aim-words.ts';
import type { Sighting } from '../../agent/vision/index.ts';

const WIDTH = 1280;
const HEIGHT = 720;
const grey = new Uint8Array(WIDTH * HEIGHT).fill(120);

function frameAt(capturedAt: number): Frame {
  return {
    ...{ camera: 'gate', sequence: 0, capturedAt, width: WIDTH, height: HEIGHT },
    small: { data: grey, width: 8, height: 8 },
    rows: (top, bottom) => ({
      data: grey.subarray(top * WIDTH, bottom * WIDTH),
      width: WIDTH,
      height: bottom - top,
    }),
    planes: () => undefined,
    release() {},
  };
}

/** A plate with its upper left corner there. */
function plateAt(x: number, y: number, width: number, text: string): Sighting {
  const height = Math.round(width / 4.7);
  return {
    box: [x, y, width, height],
    score: 0.9,
    corners: [
      [x, y],
      [x + width, y],
      [x + width, y + height],
      [x, y + height],
    ],
    reading: { text, confidence: 0.9, lines: 1 },
  } as unknown as Sighting;
}

const widthOf = (judgements: { name: string; value: number | null }[] | null) =>
  Math.round(judgements?.find(({ name }) => name === 'width')?.value ?? 0);

const good: PlateMeasure = {
  ...{ widthPx: 130, heightPx: 28, tiltDegrees: 1, skewDegrees: 1 },
  oblique: { degrees: 12, fromSideDegrees: 3, fromAboveDegrees: 11 },
  ...{ white: 180, black: 60, contrast: 120, burntShare: 0, blackShare: 0 },
  ...{ edgeAlongPx: 1.8, edgeAcrossPx: 1.8 },
};

test('a sign, or a parked car, is shown while nothing passes and gives way to what does', async (t) => {
  const aim = createAim({ camera: 'gate', uncertainBelow: 0.5 });
  let at = 1000;
  // read as something else each time, and with minutes in which nothing moved and nobody looked
  for (let look = 0; look < 12; look++) {
    at += look % 4 === 3 ? 20_000 : 80;
    aim.looked(frameAt(at), [plateAt(900 + (look % 3), 100, 60, `STOP${look}`)]);
  }
  let report = aim.report(at);
  t.match(report, { latelyStanding: true, latelyPassages: 1, speedPxPerSecond: null });
  t.equal(widthOf(report.lately), 60);

  for (let vehicle = 0; vehicle < 3; vehicle++)
    for (let look = 0; look < 5; look++) {
      at += look === 0 ? 3000 : 80;
      aim.looked(frameAt(at), [
        plateAt(900, 100, 60, `SIGN${look}`),
        plateAt(200 + 10 * look, 300 + 60 * look, 120 + 10 * look, `1ABC10${vehicle}`),
      ]);
    }
  report = aim.report(at);
  t.match(report, { latelyStanding: false, latelyPassages: 3 });
  t.equal(widthOf(report.lately), 160, 'the widest sight of what passed');
  t.ok(report.speedPxPerSecond! > 500);

  // longer ago than anybody remembers
  report = aim.report(at + 4 * 60_000);
  t.match(report, { lately: null, latelyPassages: 0, latelyStanding: false });
});

test('a vehicle whose plate is misread on the way is one passage', async (t) => {
  const aim = createAim({ camera: 'gate', uncertainBelow: 0.5 });
  let at = 1000;
  // a plate and a half from look to look
  for (const text of ['1ABC100', '1ABC100', '1ABCI00', '1ABC100', 'IABC1OO']) {
    aim.looked(frameAt(at), [plateAt(200 + (at - 1000) * 2, 300, 100, text)]);
    at += 80;
  }
  t.equal(aim.report(at).latelyPassages, 1);
});

test('skew has tenths only where they mean something', async (t) => {
  const text = (heightPx: number, passages: number, skewDegrees: number) =>
    valueText(judge({ ...good, heightPx, skewDegrees }, passages).find(({ name }) => name === 'skew')!);
  t.equal(text(28, 0, -2.34), '~-2°', 'one look');
  t.equal(text(28, 0, -0.3), '~0°');
  t.equal(text(28, 1, -2.34), '~-2°', 'one passage');
  t.equal(text(28, 3, -2.34), '-2.3°', 'three of them');
  t.equal(text(10, 8, -2.34), '~-2°', 'tiny plates');
  t.equal(text(70, 0, -2.34), '-2.3°', 'a large one');
});

test('many signs push out nothing that passed', async (t) => {
  const aim = createAim({ camera: 'gate', uncertainBelow: 0.5 });
  let at = 1000;
  for (let look = 0; look < 4; look++) {
    at += 80;
    aim.looked(frameAt(at), [plateAt(200, 300 + 60 * look, 130, '1ABC100')]);
  }
  for (let look = 0; look < 60; look++) {
    at += 80;
    aim.looked(frameAt(at), [plateAt((look * 130) % 1100, 30 + 60 * Math.floor(look / 8), 60, `S${look}`)]);
  }
  t.match(aim.report(at), { latelyStanding: false, latelyPassages: 1 });
});

test('what stood all the time is no passage read badly', async (t) => {
  const aim = createAim({ camera: 'gate', uncertainBelow: 0.5 });
  const event = (type: 'ended' | 'dropped', direction: string, confidence: number) =>
    ({
      ...{ type, at: 1000, id: 'x', reason: 'low-confidence' },
      result: { direction, confidence },
    }) as unknown as PassageEvent;
  aim.looked(frameAt(1000), []);
  aim.told([
    event('dropped', 'stationary', 0.01),
    event('ended', 'stationary', 0.2),
    event('ended', 'approaching', 0.9),
    event('dropped', 'receding', 0.01),
    event('ended', 'unknown', 0.2),
  ]);
  t.match(aim.report(1000), { reads: 3, passages: 3, readWell: 1 });
});

test('each advice is computed from what was measured and stands behind it and its threshold', async (t) => {
  const advice = (values: Partial<PlateMeasure>, exposureMs?: number) =>
    adviceOf(judge({ ...good, ...values }, 8, exposureMs));
  t.same(advice({}), []);
  t.same(advice({ widthPx: 80 }), ['plate width 80 px (>=104): zoom in 1.3 times, or aim nearer']);
  t.match(advice({ tiltDegrees: -14 }), [/^tilt -14\.0° \(<=10\): turn .* by 14° anticlockwise/]);
  t.match(advice({ edgeAcrossPx: 6 }, 1.6), [
    /^motion blur .*: an exposure of at most 1\.6 ms \(1\/625 s\)$/,
  ]);
  // 70 less 16 over 43 less 16 is 2; as light 2 to the power of 1 / 0.45, 4.7, in stops 2.2, as gain 13 dB
  t.match(advice({ white: 43, black: 3, contrast: 40 }), [
    /^plate's white 43 \(>=70\): about 4\.7 times the light: open the iris by 2\.2 stops, raise the gain by 13 dB/,
  ]);
  t.match(
    advice({ white: 20, black: 10, contrast: 10, blackShare: 0.8 }),
    [/^contrast 10 \(>=26\), plate's white 20 \(>=70\), lost in black 80 % \(<=50\): about 16 times/],
    'no more than can be done at once, said once',
  );
  t.match(advice({ burntShare: 0.4 }), [/^burnt out 40 % \(<=30\): half the light/]);
  t.match(advice({ white: 220, black: 205, contrast: 15 }), [
    /^contrast 15 \(>=26\): keep glare out .* black is at 205 of 255/,
  ]);
});
