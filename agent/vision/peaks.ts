// From a centre-point net's maps to detections: local maxima over the threshold, their corners, and no plate twice.
// Pure, so that a table can test it.

import { boxOf, overlap, type Quad } from '../shared/geometry.ts';
import type { Detection } from './types.ts';

/** The maps of one picture, row after row: heat of h x w cells, and eight planes of corner offsets. */
export interface CentreMaps {
  heat: Float32Array;
  /** [8, h, w]: x and y of top left, top right, bottom right, bottom left, from the cell's centre */
  corners: Float32Array;
  width: number;
  height: number;
  /** pixels of the net's input for each cell */
  stridePx: number;
  /** pixels for one unit of `corners`: 1, or the stride */
  unitPx: number;
}

/** Peaks looked at in one picture at most: more is noise, and the corners of noise cost time. */
const MAX_PEAKS = 64;

/**
 * Cells that are the largest of their 3x3 neighbourhood and at least `threshold`, best first, with corners in pixels
 * of the net's input. Of equal neighbours the first in reading order counts.
 */
export function peaks(maps: CentreMaps, threshold: number): Detection[] {
  const { heat, width, height } = maps;
  const found: { cell: number; score: number }[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = y * width + x;
      const score = heat[cell]!;
      if (score >= threshold && isLargest(heat, width, height, x, y, score)) found.push({ cell, score });
    }
  }
  found.sort((a, b) => b.score - a.score);
  return found.slice(0, MAX_PEAKS).map(({ cell, score }) => {
    const corners = cornersAt(maps, cell);
    return { box: boxOf(corners), corners, score };
  });
}

function isLargest(heat: Float32Array, width: number, height: number, x: number, y: number, score: number) {
  for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++) {
    for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++) {
      if (i === x && j === y) continue;
      const other = heat[j * width + i]!;
      const earlier = j < y || (j === y && i < x);
      if (other > score || (earlier && other === score)) return false;
    }
  }
  return true;
}

function cornersAt({ corners, width, height, stridePx, unitPx }: CentreMaps, cell: number): Quad {
  const plane = width * height;
  const x = ((cell % width) + 0.5) * stridePx;
  const y = (Math.floor(cell / width) + 0.5) * stridePx;
  const at = (i: number): [number, number] => [
    x + corners[2 * i * plane + cell]! * unitPx,
    y + corners[(2 * i + 1) * plane + cell]! * unitPx,
  ];
  return [at(0), at(1), at(2), at(3)];
}

/**
 * Of detections whose upright boxes overlap by more than `limit` (intersection over union) only the best stays.
 * Expects them best first.
 */
export function withoutRepeats<T extends Detection>(detections: readonly T[], limit: number): T[] {
  const kept: T[] = [];
  for (const detection of detections) {
    if (kept.every((other) => overlap(other.box, detection.box) <= limit)) kept.push(detection);
  }
  return kept;
}
