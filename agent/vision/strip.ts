// The strip that a reader sees of a plate: the plate with a margin, straightened; of a two-line plate the halves side
// by side. The reader was trained on exactly this (models/training/straighten.py); the numbers are in its manifest.

import type { Chroma, Plane } from '../capture/index.ts';
import { heightOf, type Quad, widthOf } from '../shared/geometry.ts';
import type { StripShape } from './adapter.ts';
import { toRgb } from './colour.ts';
import { cornersOf, type Rows, straighten } from './warp.ts';

export interface Strip {
  /** grey levels, `width` x `height` of the shape, row after row; for colour three such planes: red, green, blue */
  strip: Uint8Array;
  lines: 1 | 2;
}

/** Whether the plate's own shape says that it has two lines. Geometry alone: never what reads best. */
export function isStacked(corners: Quad, { stack }: StripShape): boolean {
  return stack !== undefined && widthOf(corners) / heightOf(corners) < stack.aspectBelow;
}

/** The plate's corners with the reader's margin around. */
export function widened(corners: Quad, { margin }: StripShape): Quad {
  return cornersOf(corners, { u0: -margin, u1: 1 + margin, v0: -margin, v1: 1 + margin });
}

/**
 * Cuts and straightens one plate out of the rows that cover it.
 * @param chroma the colour of these rows (chroma rows from floor(top / 2)), for shapes in colour; absent for grey sources
 */
export function cutStrip(rows: Rows, corners: Quad, shape: StripShape, chroma?: Chroma): Strip {
  const cut = cutPlane(rows, corners, shape, shape.pad);
  if (!shape.colour) return cut;
  const { width, height } = shape;
  const half = corners.map(([x, y]) => [x / 2, y / 2]) as Quad;
  const plane = (of: Plane): Plane => {
    const part = { ...of, top: Math.floor(rows.top / 2) };
    return { data: cutPlane(part, half, shape, NO_COLOUR).strip, width, height };
  };
  const colour = chroma && { u: plane(chroma.u), v: plane(chroma.v), space: chroma.space };
  const rgb = new Uint8ClampedArray(3 * width * height);
  toRgb({ data: cut.strip, width, height, chroma: colour }, rgb);
  return { strip: new Uint8Array(rgb.buffer), lines: cut.lines };
}

/** The level of a chroma plane that adds no colour. */
const NO_COLOUR = 128;

/** Where the plate lies in the strip: all over it, or in the middle with its own shape. */
function placeOf(corners: Quad, { width, height, pad }: StripShape) {
  if (pad === undefined) return { left: 0, top: 0, width, height };
  const scale = Math.min(width / widthOf(corners), height / heightOf(corners));
  const across = Math.max(1, Math.min(width, Math.round(widthOf(corners) * scale)));
  const down = Math.max(1, Math.min(height, Math.round(heightOf(corners) * scale)));
  const [left, top] = [Math.floor((width - across) / 2), Math.floor((height - down) / 2)];
  return { left, top, width: across, height: down };
}

function cutPlane(rows: Rows, corners: Quad, shape: StripShape, around = 0): Strip {
  const { width, height, margin, stack } = shape;
  const data = new Uint8Array(width * height).fill(around);
  const low = -margin;
  const high = 1 + margin;
  if (!stack || !isStacked(corners, shape)) {
    const part = { u0: low, u1: high, v0: low, v1: high };
    const place = placeOf(corners, shape);
    straighten(rows, corners, part, { ...place, data: data.subarray(place.top * width), stride: width });
    return { strip: data, lines: 1 };
  }
  // Cut as shares of the widened plate's height; the halves overlap, since corners are never exact.
  const span = high - low;
  const half = Math.floor(width / 2);
  const upper = { u0: low, u1: high, v0: low, v1: low + span * (stack.split + stack.overlap / 2) };
  const lower = { u0: low, u1: high, v0: low + span * (stack.split - stack.overlap / 2), v1: high };
  straighten(rows, corners, upper, { data, left: 0, width: half, height, stride: width });
  straighten(rows, corners, lower, { data, left: half, width: width - half, height, stride: width });
  return { strip: data, lines: 2 };
}
