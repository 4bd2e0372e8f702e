// A second look at what the detector proposes, at the frame's own resolution. In the small copy a plate is some 30
// pixels wide, and a pixel of error in a corner tilts the whole strip; the same net sees a close-up of a few hundred
// pixels for a fraction of the cost, places the corners better, and takes back most of what is no plate.

import { boxOf, centreOf, heightOf, overlap, type Point, type Quad, widthOf } from '../shared/geometry.ts';
import type { Detection } from './types.ts';

/** The picture that a detector wants of one plate; absent when it takes only whole frames. */
export interface CloseUpShape {
  /** size of the close-up in pixels */
  width: number;
  height: number;
  /** how wide the plate is in it at most; a plate that is so wide in the small copy needs no close-up */
  plateWidthPx: number;
}

/** Where a close-up lies in the frame: its pixel (x, y) is the frame's origin + x right + y down. */
export interface CloseUp {
  origin: Point;
  right: Point;
  down: Point;
  /** pixels of the close-up for a pixel of the frame, at most 1 */
  zoom: number;
}

/** A close-up must show that much more than the small copy, or it shows nothing new. */
const MIN_GAIN = 1.15;
/** The plate's box fills at most this share of the close-up's width and height: a net needs surroundings. */
const MAX_FILL = 0.6;
/** What a close-up finds is the plate that was asked about when their boxes overlap by this much. */
const MIN_OVERLAP = 0.4;
/** The same for the second close-up of a plate, which only straightens what the first one placed. */
export const MIN_OVERLAP_ALONG = 0.6;
/** A proposal with this score stands even when the close-up shows nothing. */
const SURE = 0.6;
/** What has this share of the detector's threshold gets a close-up too: in the small copy a small or dim plate is hardly one. */
export const FAINT = 0.6;
/** There it must leave less doubt than others, */
export const SURE_OF_FAINT = 0.5;
/** and of many in one frame only the best are looked at: a close-up costs a thirtieth of a look at a whole frame. */
export const MOST_FAINT = 4;

/**
 * @param corners the plate in pixels of the frame
 * @param smallScale pixels of the small copy for a pixel of the frame
 * @returns null when the small copy shows the plate as well
 */
export function closeUpOf(corners: Quad, smallScale: number, shape: CloseUpShape): CloseUp | null {
  const width = widthOf(corners);
  const [, , boxWidth, boxHeight] = boxOf(corners);
  const zoom = Math.min(
    1,
    shape.plateWidthPx / width,
    (MAX_FILL * shape.width) / boxWidth,
    (MAX_FILL * shape.height) / boxHeight,
  );
  if (zoom < smallScale * MIN_GAIN) return null;
  const [x, y] = centreOf(corners);
  const [left, top] = [x - shape.width / 2 / zoom, y - shape.height / 2 / zoom];
  // At full size pixels are taken over as they are.
  const origin: Point = zoom === 1 ? [Math.round(left), Math.round(top)] : [left, top];
  return { origin, right: [1 / zoom, 0], down: [0, 1 / zoom], zoom };
}

/** Plates less wide than this in their own heights: of two lines, or of one line on a high plate. */
const HIGH_BELOW = 2.9;

export function isHigh(corners: Quad): boolean {
  return widthOf(corners) / heightOf(corners) < HIGH_BELOW;
}

/** A close-up that is turned with the plate, so that a slanted plate lies in it as a level one does. */
export function along(corners: Quad, shape: CloseUpShape): CloseUp {
  const [topLeft, topRight, bottomRight, bottomLeft] = corners;
  const zoom = Math.min(
    1,
    shape.plateWidthPx / widthOf(corners),
    (MAX_FILL * shape.width) / widthOf(corners),
    (MAX_FILL * shape.height) / heightOf(corners),
  );
  const x = topRight[0] + bottomRight[0] - topLeft[0] - bottomLeft[0];
  const y = topRight[1] + bottomRight[1] - topLeft[1] - bottomLeft[1];
  const scale = 1 / (zoom * Math.hypot(x, y));
  const right: Point = [x * scale, y * scale];
  const down: Point = [-right[1], right[0]];
  const origin = moved(centreOf(corners), right, down, -shape.width / 2, -shape.height / 2);
  return { origin, right, down, zoom };
}

function moved([x, y]: Point, right: Point, down: Point, across: number, below: number): Point {
  return [x + across * right[0] + below * down[0], y + across * right[1] + below * down[1]];
}

/** How much larger the second of the turned close-ups is. */
const LARGER = 1.5;

/**
 * The close-ups that a high plate's corners are taken from: the net's errors in one and in a larger one are not the same, and
 * their mean is better than either.
 */
export function turnedShapes(shape: CloseUpShape): CloseUpShape[] {
  const larger = (length: number) => Math.round(length * LARGER);
  return [
    shape,
    {
      width: larger(shape.width),
      height: larger(shape.height),
      plateWidthPx: larger(shape.plateWidthPx),
    },
  ];
}

/** Whether a picture of this size is one of the close-ups. */
export function isCloseUp(
  { width, height }: { width: number; height: number },
  shape: CloseUpShape,
): boolean {
  return turnedShapes(shape).some((one) => one.width === width && one.height === height);
}

/** The mean of each corner. */
export function meanOf(quads: readonly [Quad, ...Quad[]]): Quad {
  const mean = (corner: 0 | 1 | 2 | 3, axis: 0 | 1) =>
    quads.reduce((sum, quad) => sum + quad[corner][axis], 0) / quads.length;
  return ([0, 1, 2, 3] as const).map((corner): Point => [mean(corner, 0), mean(corner, 1)]) as Quad;
}

/** The close-up's outline in the frame. */
export function outlineOf({ origin, right, down }: CloseUp, { width, height }: CloseUpShape): Quad {
  const at = (x: number, y: number) => moved(origin, right, down, x, y);
  return [at(0, 0), at(width, 0), at(width, height), at(0, height)];
}

/** What was found in a close-up, in pixels of the frame. */
export function inFrame({ corners, score }: Detection, { origin, right, down }: CloseUp): Detection {
  const back = corners.map(([x, y]) => moved(origin, right, down, x, y)) as Quad;
  return { box: boxOf(back), corners: back, score };
}

/**
 * The best of the detections that lie where the plate was proposed. Without one it is no plate (undefined), unless the
 * whole frame left little doubt.
 */
export function confirmed(
  proposed: Detection,
  found: readonly Detection[],
  least = MIN_OVERLAP,
): Detection | undefined {
  const there = found.filter(({ box }) => overlap(box, proposed.box) >= least);
  there.sort((a, b) => b.score - a.score);
  return there[0] ?? (proposed.score >= SURE ? proposed : undefined);
}
