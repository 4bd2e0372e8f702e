// What becomes of the detector's proposals: a stand-in for the net says what it sees in the small copy and in each close-up.

import { test } from 'tap';
import type { Frame } from '../../agent/capture/index.ts';
import { boxOf, type Quad } from '../../agent/shared/geometry.ts';
import type { Detector } from '../../agent/vision/adapter.ts';
import { FAINT, MOST_FAINT, SURE_OF_FAINT } from '../../agent/vision/close-up.ts';
import { findPlates } from '../../agent/vision/finding.ts';
import type { Detection } from '../../agent/vision/types.ts';

const SIZE = { width: 1280, height: 720 };
const SMALL = { width: 640, height: 360 };
const THRESHOLD = 0.35;

const grey = (width: number, height: number) => ({
  data: new Uint8Array(width * height).fill(90),
  width,
  height,
});
const frame = {
  ...SIZE,
  small: grey(SMALL.width, SMALL.height),
  rows: (top: number, bottom: number) => grey(SIZE.width, bottom - top),
} as unknown as Frame;

function level(x: number, y: number, width: number, height: number): Quad {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

/** Plates of the small copy with their scores; in every close-up one plate in the middle, of the same shape. */
function detector(
  proposals: { corners: Quad; score: number }[],
  close: number | undefined,
  hasCloseUps = true,
) {
  const seen: { width: number; threshold: number }[] = [];
  const found = (corners: Quad, score: number): Detection => ({ box: boxOf(corners), corners, score });
  const fake: Detector = {
    limits: { maxWidth: SMALL.width, maxHeight: SMALL.height },
    colour: false,
    threshold: THRESHOLD,
    ...(hasCloseUps ? { closeUp: { width: 128, height: 64, plateWidthPx: 64 } } : {}),
    async find({ width, height }, threshold) {
      seen.push({ width, threshold });
      if (width === SMALL.width)
        return proposals
          .filter(({ score }) => score >= threshold)
          .map(({ corners, score }) => found(corners, score));
      if (close === undefined || close < threshold) return [];
      const [wide, high] = [width * 0.47, width * 0.1];
      return [found(level((width - wide) / 2, (height - high) / 2, wide, high), close)];
    },
    close: async () => undefined,
  };
  return { fake, seen };
}

const faint = THRESHOLD * FAINT + 0.01;
const at = (place: number, score: number) => ({ corners: level(40 + 90 * place, 100, 30, 6.5), score });

test('a faint proposal is a plate when its close-up leaves little doubt', async (t) => {
  const cases: { proposed: number; close: number | undefined; plates: number; why: string }[] = [
    { proposed: faint, close: SURE_OF_FAINT, plates: 1, why: 'faint, and clear near by' },
    { proposed: faint, close: SURE_OF_FAINT - 0.01, plates: 0, why: 'faint, and in doubt near by' },
    { proposed: faint, close: undefined, plates: 0, why: 'faint, and nothing near by' },
    { proposed: THRESHOLD * FAINT - 0.01, close: 0.9, plates: 0, why: 'fainter is not looked at' },
    { proposed: THRESHOLD, close: THRESHOLD, plates: 1, why: 'others need the threshold only' },
  ];
  for (const { proposed, close, plates, why } of cases) {
    const { fake } = detector([at(0, proposed)], close);
    t.equal((await findPlates(fake, frame, THRESHOLD)).length, plates, why);
  }
  const { fake } = detector([at(0, 0.5)], 0.6);
  t.equal((await findPlates(fake, frame, 0.7)).length, 0, 'a higher threshold holds for the close-up too');
});

test('of many faint proposals only some are looked at, the best', async (t) => {
  const scores = [0.8, ...Array.from({ length: 6 }, (_, i) => THRESHOLD - 0.01 - i * 0.01)];
  const { fake, seen } = detector(
    scores.map((score, place) => at(place, score)),
    0.9,
  );
  t.equal((await findPlates(fake, frame, THRESHOLD)).length, 1 + MOST_FAINT);
  t.equal(seen.filter(({ width }) => width === 128).length, 1 + MOST_FAINT);
});

test('a faint proposal beside a plate that was found is that plate', async (t) => {
  const plate = at(1, 0.8);
  const { fake, seen } = detector([plate, { corners: level(131, 100.5, 30, 6.5), score: faint }], 0.9);
  t.equal((await findPlates(fake, frame, THRESHOLD)).length, 1);
  t.equal(seen.filter(({ width }) => width === 128).length, 1, 'one close-up');
});

test('a detector without close-ups proposes from its threshold on', async (t) => {
  const { fake, seen } = detector([at(0, faint), at(1, THRESHOLD)], undefined, false);
  t.equal((await findPlates(fake, frame, THRESHOLD)).length, 1);
  t.same(
    seen.map(({ threshold }) => threshold),
    [THRESHOLD],
  );
});
