// Which frame shows the plate best: wide, well read, and not cut by the picture's edge.

import type { Box } from '../shared/geometry.ts';
import type { PictureSize } from './zones.ts';

/** Comparable between sightings of one passage, higher is better. */
export function pictureScore(widthPx: number, clarity: number, cut: boolean): number {
  return widthPx * (0.25 + 0.75 * clarity) * (cut ? 0.2 : 1);
}

/** The plate touches the picture's edge: some of it may be outside. */
export function isCut([x, y, width, height]: Box, size: PictureSize): boolean {
  return x < 1 || y < 1 || x + width > size.width - 1 || y + height > size.height - 1;
}
