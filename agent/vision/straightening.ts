// A plate's corners, put right: the plate is cut out along the corners that it was found with, a net looks at what is there
// and says how far each corner is off. A detector looks for plates that may be anywhere and of any size; here one fills the picture,
// and an error of a hundredth of its width is a pixel.

import type { Frame } from '../capture/index.ts';
import { boxOf, type Quad } from '../shared/geometry.ts';
import type { Straightener } from './adapter.ts';
import type { Detection } from './types.ts';
import { cornersOf, isUsable, project, rowsFor, squareTo, straighten, WHOLE } from './warp.ts';

/** A detection whose corners were put right, or left as they were. */
export interface Placed extends Detection {
  /** the corners as the detector gave them */
  given: Quad;
}

/**
 * Every place with better corners, or with those that it has: without a straightener, where the frame's rows are gone, or where no
 * plate's outline comes out.
 */
export async function putRight(
  straightener: Straightener | undefined,
  frame: Frame,
  places: readonly Detection[],
): Promise<Placed[]> {
  const right: Placed[] = [];
  for (const place of places) {
    const given = place.corners;
    const better = straightener && (await betterCorners(straightener, frame, given));
    right.push({ ...place, ...(better && { box: boxOf(better), corners: better }), given });
  }
  return right;
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
