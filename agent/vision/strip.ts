// The strip that a reader sees of a plate: the plate with a margin, straightened; of a two-line plate the halves side
// by side. The reader was trained on exactly this (models/training/straighten.py); the numbers are in its manifest.

import { heightOf, type Quad, widthOf } from '../shared/geometry.ts';
import type { StripShape } from './adapter.ts';
import { cornersOf, type Rows, straighten } from './warp.ts';

export interface Strip {
  /** grey levels, `width` x `height` of the shape, row after row */
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

/** Cuts and straightens one plate out of the rows that cover it. */
export function cutStrip(rows: Rows, corners: Quad, shape: StripShape): Strip {
  const { width, height, margin, stack } = shape;
  const data = new Uint8Array(width * height);
  const low = -margin;
  const high = 1 + margin;
  if (!stack || !isStacked(corners, shape)) {
    const part = { u0: low, u1: high, v0: low, v1: high };
    straighten(rows, corners, part, { data, left: 0, width, height, stride: width });
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
