// A second look at what the detector proposes, at the frame's own resolution. In the small copy a plate is some 30
// pixels wide, and a pixel of error in a corner tilts the whole strip; the same net sees a close-up of a few hundred
// pixels for a fraction of the cost, places the corners better, and takes back most of what is no plate.

import { boxOf, centreOf, overlap, type Point, type Quad, widthOf } from '../shared/geometry.ts';
import type { Detection } from './types.ts';

/** The picture that a detector wants of one plate; absent when it takes only whole frames. */
export interface CloseUpShape {
  /** size of the close-up in pixels */
  width: number;
  height: number;
  /** how wide the plate is in it at most; a plate that is so wide in the small copy needs no close-up */
  plateWidthPx: number;
}

/** Where a close-up lies in the frame: its pixel (x, y) is the frame's origin + (x, y) / zoom. */
export interface CloseUp {
  origin: Point;
  /** pixels of the close-up for a pixel of the frame, at most 1 */
  zoom: number;
}

/** A close-up must show that much more than the small copy, or it shows nothing new. */
const MIN_GAIN = 1.15;
/** The plate's box fills at most this share of the close-up's width and height: a net needs surroundings. */
const MAX_FILL = 0.6;
/** What a close-up finds is the plate that was asked about when their boxes overlap by this much. */
const MIN_OVERLAP = 0.4;
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
  return { origin, zoom };
}

/** Whether a picture of this size is a close-up. */
export function isCloseUp(
  { width, height }: { width: number; height: number },
  shape: CloseUpShape,
): boolean {
  return width === shape.width && height === shape.height;
}

/** The close-up's outline in the frame. */
export function outlineOf({ origin: [x, y], zoom }: CloseUp, { width, height }: CloseUpShape): Quad {
  const [right, bottom] = [x + width / zoom, y + height / zoom];
  return [
    [x, y],
    [right, y],
    [right, bottom],
    [x, bottom],
  ];
}

/** What was found in a close-up, in pixels of the frame. */
export function inFrame({ corners, score }: Detection, { origin: [left, top], zoom }: CloseUp): Detection {
  const back = corners.map(([x, y]): Point => [left + x / zoom, top + y / zoom]) as Quad;
  return { box: boxOf(back), corners: back, score };
}

/**
 * The best of the detections that lie where the plate was proposed. Without one it is no plate (undefined), unless the
 * whole frame left little doubt.
 */
export function confirmed(proposed: Detection, found: readonly Detection[]): Detection | undefined {
  const there = found.filter(({ box }) => overlap(box, proposed.box) >= MIN_OVERLAP);
  there.sort((a, b) => b.score - a.score);
  return there[0] ?? (proposed.score >= SURE ? proposed : undefined);
}
