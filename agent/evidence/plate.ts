// The plate patch of a read: the plate and a margin around it, upright as the camera saw it and at full size, so that a
// person can judge for themselves what it says.

import type { Plane, Planes } from '../capture/index.ts';
import { type Box, boxOf, type Quad } from '../shared/geometry.ts';
import { greyOf, rgbOf, type Window } from './colour.ts';
import { encodeError, type JpegOptions, sharpOf } from './overview.ts';

export interface PlateOptions extends JpegOptions {
  /** share of the plate's width that is kept on each side; default 0.25 */
  margin?: number;
}

const MARGIN = 0.25;

/**
 * @param corners in pixels of the full frame
 * @throws {AnprError} `evidence.encode` when the plate is outside the picture or no JPEG can be made
 */
export async function plateOf(
  planes: Planes | { y: Plane },
  corners: Quad,
  { quality, margin = MARGIN }: PlateOptions,
): Promise<Buffer> {
  const window = windowOf(corners, margin, planes.y);
  try {
    const picture =
      'u' in planes
        ? await sharpOf(rgbOf(planes, window, 1), 3)
        : await sharpOf(greyOf(planes.y, window, 1), 1);
    return await picture.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
  } catch (error) {
    throw encodeError(error, `plate at ${window.left},${window.top} (${window.width}x${window.height})`);
  }
}

/** The upright box around the plate with its margin, cut at the picture's edges, starting on whole chroma samples. */
function windowOf(corners: Quad, margin: number, { width, height }: Plane): Window {
  const [x, y, wide, high] = boxOf(corners);
  const extra = wide * margin;
  const left = clamp(Math.floor(x - extra), 0, width - 1) & ~1;
  const top = clamp(Math.floor(y - extra), 0, height - 1) & ~1;
  const right = clamp(Math.ceil(x + wide + extra), left + 1, width);
  const bottom = clamp(Math.ceil(y + high + extra), top + 1, height);
  return { left, top, width: right - left, height: bottom - top };
}

/** Where the plate lies in its patch, in pixels of the patch. */
export function boxInPatch(corners: Quad): Box {
  const [x, y, wide, high] = boxOf(corners);
  const extra = wide * MARGIN;
  const start = (at: number) => Math.max(0, Math.floor(at - extra)) & ~1;
  return [x - start(x), y - start(y), wide, high];
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
