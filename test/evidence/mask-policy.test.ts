import { test } from 'tap';
import { maskOf } from '../../agent/evidence/index.ts';
import type { Quad } from '../../agent/shared/geometry.ts';

const HD = { width: 1920, height: 1080 };

/** A plate at its upper left corner, as wide and high as said, whose edges fall by `fall` from left to right. */
function plateAt(x: number, y: number, width: number, height: number, fall = 0): Quad {
  return [
    [x, y],
    [x + width, y + fall],
    [x + width, y + fall + height],
    [x, y + height],
  ];
}

for (const { what, corners, picture = HD, wanted } of [
  {
    what: 'a plate on one line: three widths aside, a quarter above, two below',
    corners: plateAt(900, 600, 120, 26),
    wanted: { left: 600, right: 1320, bottom: 866, top: { highest: 570, y: 570, slope: 0 }, blockPx: 60 },
  },
  {
    what: 'a plate on two lines is measured by its height',
    corners: plateAt(900, 600, 77, 50),
    wanted: {
      left: 938.5 - 360,
      right: 938.5 + 360,
      bottom: 650 + 240,
      top: { highest: 570, y: 570, slope: 0 },
      blockPx: 60,
    },
  },
  {
    what: 'one seen from far aside is measured as if seen from before',
    corners: plateAt(900, 600, 60, 25),
    wanted: {
      left: 930 - 180,
      right: 930 + 180,
      bottom: 625 + 120,
      top: { highest: 585, y: 585, slope: 0 },
      blockPx: 40,
    },
  },
  {
    what: 'a plate that falls to the right: the line goes along its edge, and no higher than its highest corner',
    corners: plateAt(900, 600, 80, 20, 60),
    wanted: { bottom: 680 + 200, top: { highest: 575, y: 600 - 0.75 * 900 - 25, slope: 0.75 }, blockPx: 50 },
  },
  {
    what: 'a far plate: squares stay large enough for near faces, a 48th of the picture',
    corners: plateAt(900, 100, 40, 9),
    wanted: { blockPx: 40 },
  },
  {
    what: 'at the edges of the picture the window ends there',
    corners: plateAt(10, 1040, 160, 34),
    wanted: { left: 0, right: 570, bottom: 1080 },
  },
  {
    what: 'near the top nothing above the picture is counted',
    corners: plateAt(900, 5, 100, 20),
    wanted: { top: { highest: 0 } },
  },
  {
    what: 'a plate outside the picture leaves nothing clear',
    corners: plateAt(-900, 500, 100, 20),
    wanted: { left: 0, right: 0 },
  },
  {
    what: 'corners in one point leave nothing clear',
    corners: plateAt(500, 500, 0, 0),
    wanted: { left: 0, right: 0, bottom: 0, blockPx: 40 },
  },
  {
    what: 'corners that stand on their head leave nothing clear',
    corners: plateAt(500, 500, -100, -20),
    wanted: { left: 0, right: 0, bottom: 0, blockPx: 40 },
  },
  {
    what: 'corners that are no numbers leave nothing clear',
    corners: plateAt(Number.NaN, 500, 100, 20),
    wanted: { left: 0, right: 0, bottom: 0, blockPx: 40 },
  },
  {
    what: 'a small picture',
    corners: plateAt(100, 100, 40, 9),
    picture: { width: 320, height: 180 },
    wanted: { left: 0, right: 240, bottom: 180, top: { highest: 90 }, blockPx: 20 },
  },
])
  test(what, (t) => {
    t.match(maskOf(corners, picture), wanted);
    t.end();
  });

test('the window never reaches above a quarter of the plate, wherever and however it lies', (t) => {
  for (let angle = -30; angle <= 30; angle += 5)
    for (const width of [30, 80, 300]) {
      const fall = width * Math.tan((angle * Math.PI) / 180);
      const corners = plateAt(800, 500, width, width / 4.7, fall);
      const { top, left, right } = maskOf(corners, HD);
      const highest = Math.min(500, 500 + fall);
      for (const x of [left, 800, 800 + width, right]) {
        const first = Math.max(top.highest, top.y + top.slope * x);
        t.ok(first >= highest - 0.3 * Math.hypot(width, fall), `${width} px at ${angle}° in ${x}`);
      }
      t.ok(Math.max(top.highest, top.y + top.slope * 800) < 500, 'and the plate is clear');
    }
  t.end();
});
