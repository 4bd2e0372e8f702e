// A plate's corners, put right: the plate is cut out along the corners that it was found with, a net looks at what is there
// and says how far each corner is off. A detector looks for plates that may be anywhere and of any size; here one fills the picture,
// and an error of a hundredth of its width is a pixel.

import type { Frame } from '../capture/index.ts';
import { boxOf, type Quad } from '../shared/geometry.ts';
import type { Straightener } from './adapter.ts';
import type { Detection } from './types.ts';
import { cornersOf, isUsable, project, rowsFor, squareTo, straighten, WHOLE } from './warp.ts';

/** The place with better corners, or as it was where the frame's rows are gone or no plate's outline comes out. */
export async function putRight(
  straightener: Straightener,
  frame: Frame,
  place: Detection,
): Promise<Detection> {
  const corners = await betterCorners(straightener, frame, place.corners);
  return corners ? { ...place, box: boxOf(corners), corners } : place;
}

async function betterCorners(
  { cut, offsets }: Straightener,
  frame: Frame,
  corners: Quad,
): Promise<Quad | undefined> {
  const { width, height, marginAlong, marginAcross } = cut;
  const outline = cornersOf(corners, {
    ...{ u0: -marginAlong, u1: 1 + marginAlong },
    ...{ v0: -marginAcross, v1: 1 + marginAcross },
  });
  const [top, bottom] = rowsFor(outline, frame.height);
  const rows = frame.rows(top, bottom);
  if (!rows) return undefined;
  const data = new Uint8Array(width * height);
  straighten({ ...rows, top }, outline, WHOLE, { data, left: 0, width, height, stride: width });
  const [topLeft, topRight, bottomRight, bottomLeft] = await offsets(data);
  const to = squareTo(corners);
  const found: Quad = [
    project(to, topLeft[0], topLeft[1]),
    project(to, 1 + topRight[0], topRight[1]),
    project(to, 1 + bottomRight[0], 1 + bottomRight[1]),
    project(to, bottomLeft[0], 1 + bottomLeft[1]),
  ];
  return isUsable(found) ? found : undefined;
}
