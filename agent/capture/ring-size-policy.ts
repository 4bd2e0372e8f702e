// How many full-size frames of a stream are held at a time, in the memory that ring files lie in. Pure.

const MOST_FRAMES = 12;
/** one that is looked at, one that may be the best picture, one that comes */
const LEAST_FRAMES = 3;
const MOST_BYTES = 160 * 1024 * 1024;

/**
 * @param frameBytes of one frame
 * @param freeBytes where the ring lies; another camera may want some of it too
 */
export function framesToKeep(frameBytes: number, freeBytes: number): number {
  const room = Math.min(MOST_BYTES, freeBytes / 2);
  return Math.max(LEAST_FRAMES, Math.min(MOST_FRAMES, Math.floor(room / frameBytes)));
}
