// Plates drawn by a pinhole camera whose every angle is known.

import { test } from 'tap';
import { attitudeOf } from '../../agent/aim/attitude.ts';
import type { Point, Quad } from '../../agent/shared/geometry.ts';

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Corners of a 520 x 110 mm plate before a camera: turned to the side, leaned back, the camera rolled; middle of the picture. */
function seen({ side = 0, above = 0, roll = 0, focalPx = 4000, distanceMm = 15_000 }): Quad {
  const turn = (x: number, y: number): Point => {
    const [x1, z1] = [x * Math.cos(radians(side)), x * Math.sin(radians(side))];
    const [y2, z2] = [
      y * Math.cos(radians(above)) - z1 * Math.sin(radians(above)),
      y * Math.sin(radians(above)) + z1 * Math.cos(radians(above)),
    ];
    const [px, py] = [(focalPx * x1) / (distanceMm + z2), (focalPx * y2) / (distanceMm + z2)];
    const [c, s] = [Math.cos(radians(roll)), Math.sin(radians(roll))];
    return [960 + px * c - py * s, 540 + px * s + py * c];
  };
  return [turn(-260, -55), turn(260, -55), turn(260, 55), turn(-260, 55)];
}

test('a plate seen straight has its own width, and leans nowhere', (t) => {
  const { widthPx, tiltDegrees, skewDegrees, oblique } = attitudeOf(seen({}), 1);
  t.ok(Math.abs(widthPx - (4000 * 520) / 15_000) < 0.01);
  t.ok(Math.abs(tiltDegrees) < 1e-6 && Math.abs(skewDegrees) < 1e-6);
  t.ok(oblique!.degrees < 0.1);
  t.end();
});

test("a rolled camera is the plate's tilt, whatever the view", (t) => {
  for (const roll of [-20, -5, 3, 12])
    for (const above of [0, 25]) {
      const { tiltDegrees, skewDegrees } = attitudeOf(seen({ roll, above }), 1);
      t.ok(Math.abs(tiltDegrees - roll) < 0.1, `${roll}: ${tiltDegrees}`);
      t.ok(Math.abs(skewDegrees) < 0.1);
    }
  t.end();
});

test('the angle of view is what the plate was turned by, from the side and from above', (t) => {
  for (const angle of [10, 20, 30, 45]) {
    const side = attitudeOf(seen({ side: angle }), 1).oblique!;
    t.ok(Math.abs(side.degrees - angle) < 1 && Math.abs(side.fromSideDegrees - angle) < 1, `${angle}`);
    const above = attitudeOf(seen({ above: angle }), 1).oblique!;
    t.ok(Math.abs(above.degrees - angle) < 1 && Math.abs(above.fromAboveDegrees - angle) < 1);
  }
  const both = attitudeOf(seen({ side: 30, above: 30 }), 1);
  const expected = (Math.acos(Math.cos(radians(30)) ** 2) * 180) / Math.PI;
  t.ok(Math.abs(both.oblique!.degrees - expected) < 1);
  t.ok(Math.abs(both.skewDegrees) > 10, 'both together make the characters lean');
  t.end();
});

test('the angle of a plate of unknown shape is not guessed', (t) => {
  t.equal(attitudeOf(seen({}), 2).oblique, null);
  t.equal(
    attitudeOf(
      [
        [0, 0],
        [305, 0],
        [305, 152],
        [0, 152],
      ],
      1,
    ).oblique,
    null,
  );
  t.end();
});
