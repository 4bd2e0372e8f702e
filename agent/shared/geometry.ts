// Points, quads and boxes in pixels of the full frame: x to the right, y down, origin at the top left edge of
// the first pixel (so that pixel i covers i..i+1). The one place that knows how shapes relate.

export type Point = [x: number, y: number];

/** Four corners of a plate in reading orientation: top left, top right, bottom right, bottom left. */
export type Quad = [topLeft: Point, topRight: Point, bottomRight: Point, bottomLeft: Point];

/** Upright box: left, top, width, height. */
export type Box = [x: number, y: number, width: number, height: number];

export type Polygon = Point[];

/** The smallest upright box around the corners. */
export function boxOf(corners: readonly Point[]): Box {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const [x, y] of corners) {
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return [left, top, right - left, bottom - top];
}

/** Intersection over union of two upright boxes, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (a[2] * a[3] + b[2] * b[3] - common);
}

/**
 * A plate so near to the picture's edge, as a share of its height, may go on beyond it: of 70 drawn plates with a part cut off the
 * detector placed 64 over the edge and the others within 0.13 of it.
 */
const CUT_WITHIN = 0.15;

/** The box touches the picture's edge: some of what it is around may be outside. */
export function isCut([x, y, width, height]: Box, picture: { width: number; height: number }): boolean {
  const least = Math.max(1, CUT_WITHIN * height);
  return x < least || y < least || x + width > picture.width - least || y + height > picture.height - least;
}

export function centreOf(corners: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const corner of corners) {
    x += corner[0];
    y += corner[1];
  }
  return [x / corners.length, y / corners.length];
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

/** Width of a plate: the mean length of its upper and lower edge, in pixels. */
export function widthOf([tl, tr, br, bl]: Quad): number {
  return (distance(tl, tr) + distance(bl, br)) / 2;
}

/** Height of a plate: the mean length of its left and right edge, in pixels. */
export function heightOf([tl, tr, br, bl]: Quad): number {
  return (distance(tl, bl) + distance(tr, br)) / 2;
}

/** Even-odd rule; a polygon of fewer than three points holds nothing. */
export function inside([x, y]: Point, polygon: Polygon): boolean {
  let within = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i]!;
    const [xj, yj] = polygon[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}
