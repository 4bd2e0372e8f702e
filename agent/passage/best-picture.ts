// Which frame shows the plate best: wide, well read, and not cut by the picture's edge.

/** Comparable between sightings of one passage, higher is better. */
export function pictureScore(widthPx: number, clarity: number, cut: boolean): number {
  return widthPx * (0.25 + 0.75 * clarity) * (cut ? 0.2 : 1);
}
