import { test } from 'tap';
import { boxOf, type Quad } from '../../agent/shared/geometry.ts';
import { closeUpOf, confirmed, inFrame, outlineOf } from '../../agent/vision/close-up.ts';
import type { Detection } from '../../agent/vision/types.ts';

const shape = { width: 128, height: 64, plateWidthPx: 64 };

function plate(x: number, y: number, width: number, height = width / 4.7): Quad {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

const found = (corners: Quad, score: number): Detection => ({ box: boxOf(corners), corners, score });

test('a close-up is taken where the frame shows more of a plate than its small copy', async (t) => {
  const zoom = (width: number, smallScale: number, height?: number) =>
    closeUpOf(plate(500, 300, width, height), smallScale, shape)?.zoom ?? null;
  t.equal(zoom(40, 0.5), 1, 'never larger than the frame itself');
  t.equal(zoom(64, 0.5), 1);
  t.equal(zoom(80, 0.5), 0.8, 'a larger plate is scaled to 64 pixels');
  t.equal(zoom(111, 0.5), 64 / 111, 'a gain of 1.15 is worth it');
  t.equal(zoom(112, 0.5), null, 'less is not: the small copy shows it as well');
  t.equal(zoom(40, 1), null, 'the small copy is the frame');
  t.equal(zoom(40, 0.87), null);
  t.ok(Math.abs(zoom(60, 0.333, 48)! - 0.8) < 1e-9, 'a high plate keeps surroundings too');
});

test('the plate is in the middle of its close-up, and what is found there comes back to the frame', async (t) => {
  for (const width of [40, 80.5]) {
    const corners = plate(501.3, 300.7, width);
    const closeUp = closeUpOf(corners, 0.33, shape)!;
    const [x, y, w, h] = boxOf(outlineOf(closeUp, shape));
    t.ok(Math.abs(w * closeUp.zoom - 128) < 1e-9 && Math.abs(h * closeUp.zoom - 64) < 1e-9);
    const [px, py, pw, ph] = boxOf(corners);
    t.ok(Math.abs(x + w / 2 - px - pw / 2) <= 0.5 && Math.abs(y + h / 2 - py - ph / 2) <= 0.5);
    const [left, top] = closeUp.origin;
    const seen = corners.map(([cx, cy]) => [(cx - left) * closeUp.zoom, (cy - top) * closeUp.zoom]) as Quad;
    const back = inFrame(found(seen, 0.7), closeUp);
    t.equal(back.score, 0.7);
    t.ok(back.corners.every(([bx, by], i) => Math.hypot(bx - corners[i]![0], by - corners[i]![1]) < 1e-9));
    t.same(back.box, boxOf(back.corners));
  }
  const whole = closeUpOf(plate(501.3, 300.7, 40), 0.33, shape)!;
  t.ok(whole.origin.every(Number.isInteger), 'at full size pixels stay pixels');
});

test('a proposal is confirmed by the best detection in its place', async (t) => {
  const proposed = found(plate(0, 0, 100, 20), 0.4);
  const [near, nearer, beside] = [plate(10, 2, 100, 20), plate(3, 1, 98, 19), plate(70, 0, 100, 20)];
  t.equal(confirmed(proposed, [found(near, 0.5), found(nearer, 0.8), found(beside, 0.9)])?.score, 0.8);
  t.equal(confirmed(proposed, [found(beside, 0.9)]), undefined, 'what is beside it is another plate');
  t.equal(confirmed(proposed, []), undefined);
  const sure = found(plate(0, 0, 100, 20), 0.6);
  t.equal(confirmed(sure, []), sure, 'unless there was little doubt');
  t.equal(confirmed(sure, [found(near, 0.3)])?.score, 0.3, 'a second look counts, though it be less sure');
});
