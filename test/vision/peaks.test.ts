import { test } from 'tap';
import { type CentreMaps, peaks, withoutRepeats } from '../../agent/vision/peaks.ts';
import type { Detection } from '../../agent/vision/types.ts';

const PLATE = [-16, -4, 16, -4, 16, 4, -16, 4];

/** Maps of `rows`, a digit a cell in tenths; every cell says the same corners. */
function maps(rows: string[], corners = PLATE, unitPx = 1): CentreMaps {
  const [width, height] = [rows[0]!.length, rows.length];
  const heat = Float32Array.from([...rows.join('')].map((digit) => Number(digit) / 10));
  const planes = Float32Array.from(corners.flatMap((value) => new Array(width * height).fill(value)));
  return { heat, corners: planes, width, height, stridePx: 8, unitPx };
}

test('a peak is the largest of its neighbourhood and not below the threshold', async (t) => {
  const scores = (rows: string[], threshold = 0.3) =>
    peaks(maps(rows), threshold).map(({ score }) => Math.round(score * 10));
  t.same(scores(['00000', '00500', '00000']), [5]);
  t.same(scores(['00000', '00200', '00000']), []);
  t.same(scores(['00000', '05600', '00000']), [6], 'its neighbour is no peak');
  t.same(scores(['50005', '00000', '40009']), [9, 5, 5, 4], 'best first, edges count');
  t.same(scores(['00000', '05500', '05500']), [5], 'of equal neighbours there is one');
  t.same(scores(['30000'], 0.3), [3], 'the threshold itself is enough');
  t.same(scores(['00000', '00000']), []);
});

test('corners are seen from the middle of their cell', async (t) => {
  const [one] = peaks(maps(['000', '009', '000']), 0.3);
  t.same(one?.corners, [
    [4, 8],
    [36, 8],
    [36, 16],
    [4, 16],
  ]);
  t.same(one?.box, [4, 8, 32, 8]);
  const [inStrides] = peaks(maps(['9'], [-2, -0.5, 2, -0.5, 2, 0.5, -2, 0.5], 8), 0.3);
  t.same(inStrides?.box, [-12, 0, 32, 8], 'when a unit is a stride');
});

test('a picture full of noise costs no more than 64 detections', async (t) => {
  const row = '90'.repeat(20);
  const rows = Array.from({ length: 40 }, (_, y) => (y % 2 ? '0'.repeat(40) : row));
  t.equal(peaks(maps(rows), 0.3).length, 64);
});

test('of detections that overlap the best stays', async (t) => {
  const at = (x: number, score: number): Detection => ({
    box: [x, 0, 100, 20],
    corners: [
      [x, 0],
      [x + 100, 0],
      [x + 100, 20],
      [x, 20],
    ],
    score,
  });
  const kept = withoutRepeats([at(0, 0.9), at(30, 0.8), at(60, 0.7), at(200, 0.4)], 0.4);
  t.same(
    kept.map(({ box }) => box[0]),
    [0, 60, 200],
    '30 is on 0 (IoU 0.54); 60 is not (0.25), and what was dropped drops nothing',
  );
});
