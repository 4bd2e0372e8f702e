// Which frame shows the plate best: wide, well read, and not cut by the picture's edge.

import type { Box } from '../shared/geometry.ts';
import type { Reading } from '../vision/index.ts';
import type { PictureSize } from './zones.ts';

/** Comparable between sightings of one passage, higher is better. */
export function pictureScore(widthPx: number, readability: number, cut: boolean): number {
  return widthPx * (0.25 + 0.75 * readability) * (cut ? 0.2 : 1);
}

/** Geometric mean of the characters' shares, 0 when nothing could be read: comparable between short and long texts. */
export function readabilityOf(reading: Reading): number {
  return reading.slots.length === 0 ? 0 : reading.confidence ** (1 / reading.slots.length);
}

/** The plate touches the picture's edge: some of it may be outside. */
export function isCut([x, y, width, height]: Box, size: PictureSize): boolean {
  return x < 1 || y < 1 || x + width > size.width - 1 || y + height > size.height - 1;
}
