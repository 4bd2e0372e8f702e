// From a frame to the plates in it: the detector proposes on the small copy, and looks again at what it proposed.

import type { Chroma, Frame } from '../capture/index.ts';
import { boxOf, centreOf, overlap, type Quad } from '../shared/geometry.ts';
import type { Detector } from './adapter.ts';
import {
  type CloseUp,
  type CloseUpShape,
  closeUpOf,
  confirmed,
  FAINT,
  inFrame,
  MOST_FAINT,
  outlineOf,
  SURE_OF_FAINT,
} from './close-up.ts';
import type { Picture } from './colour.ts';
import { shrink, smallSize } from './letterbox.ts';
import { withoutRepeats } from './peaks.ts';
import type { Detection } from './types.ts';
import { isUsable, rowsFor, straighten, WHOLE } from './warp.ts';

/** Two proposals that turn out to be the same plate overlap by more than this. */
const MAX_OVERLAP = 0.4;

/** Plates in pixels of the full frame that can be straightened and whose middle is in the frame, best first. */
export async function findPlates(detector: Detector, frame: Frame, threshold: number): Promise<Detection[]> {
  const small = smallOf(detector, frame);
  const scaleX = frame.width / small.width;
  const scaleY = frame.height / small.height;
  const plates: Detection[] = [];
  let faint = 0;
  for (const { corners, score } of await detector.find(
    small,
    detector.closeUp ? FAINT * threshold : threshold,
  )) {
    const full = corners.map(([x, y]) => [x * scaleX, y * scaleY]) as Quad;
    const proposed = { box: boxOf(full), corners: full, score };
    if (!isPlace(proposed, frame)) continue;
    if (score < threshold) {
      if (plates.some(({ box }) => overlap(box, proposed.box) > MAX_OVERLAP)) continue;
      if (++faint > MOST_FAINT) break;
    }
    const plate = await lookCloser(detector, frame, proposed, 1 / scaleX, threshold);
    if (plate && isPlace(plate, frame)) plates.push(plate);
  }
  plates.sort((a, b) => b.score - a.score);
  return withoutRepeats(plates, MAX_OVERLAP);
}

function smallOf({ limits, colour }: Detector, { small, smallChroma }: Frame): Picture {
  const chroma = colour ? smallChroma : undefined;
  if (small.width <= limits.maxWidth && small.height <= limits.maxHeight) return { ...small, chroma };
  const { width, height } = smallSize(small.width, small.height, limits);
  const half = (plane: Chroma['u']) => shrink(plane, Math.ceil(width / 2), Math.ceil(height / 2));
  return {
    ...shrink(small, width, height),
    chroma: chroma && { ...chroma, u: half(chroma.u), v: half(chroma.v) },
  };
}

function isPlace({ corners }: Detection, { width, height }: Frame): boolean {
  const [x, y] = centreOf(corners);
  return isUsable(corners) && x >= 0 && y >= 0 && x < width && y < height;
}

/**
 * The plate as a close-up shows it; undefined when that shows none; as proposed when there is no close-up of it, unless it
 * is a faint one.
 */
async function lookCloser(
  detector: Detector,
  frame: Frame,
  proposed: Detection,
  smallScale: number,
  threshold: number,
): Promise<Detection | undefined> {
  const shape = detector.closeUp;
  const closeUp = shape && closeUpOf(proposed.corners, smallScale, shape);
  const isFaint = proposed.score < threshold;
  const unseen = isFaint ? undefined : proposed;
  if (!shape || !closeUp) return unseen;
  const least = isFaint ? Math.max(threshold, SURE_OF_FAINT) : threshold;
  const found = await foundIn(detector, frame, closeUp, shape, least);
  return found ? confirmed(proposed, found) : unseen;
}

/** Detections in a close-up, in pixels of the frame; undefined when the frame's rows are gone. */
async function foundIn(
  { find }: Detector,
  frame: Frame,
  closeUp: CloseUp,
  shape: CloseUpShape,
  threshold: number,
): Promise<Detection[] | undefined> {
  const { width, height } = shape;
  const outline = outlineOf(closeUp, shape);
  const [top, bottom] = rowsFor(outline, frame.height);
  const rows = frame.rows(top, bottom);
  if (!rows) return undefined;
  const data = new Uint8Array(width * height);
  straighten({ ...rows, top }, outline, WHOLE, { data, left: 0, width, height, stride: width });
  return (await find({ data, width, height }, threshold)).map((one) => inFrame(one, closeUp));
}
