// From a frame to the plates in it: the detector proposes in a view of it, and looks again at what it proposed.

import type { Frame } from '../capture/index.ts';
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
import { withoutRepeats } from './peaks.ts';
import type { Detection } from './types.ts';
import { furtherViews, type View, wholeOf } from './views.ts';
import { isUsable, rowsFor, straighten, WHOLE } from './warp.ts';

/** Two proposals that turn out to be the same plate overlap by more than this. */
const MAX_OVERLAP = 0.4;

/** Plates in pixels of the full frame that can be straightened and whose middle is in the frame, best first. */
export async function findPlates(detector: Detector, frame: Frame, threshold: number): Promise<Detection[]> {
  return bestFirst(await findIn(wholeOf(detector, frame), detector, frame, threshold));
}

/** The same of a still picture, from closer and from farther than the small copy shows it. */
export async function searchPlates(
  detector: Detector,
  frame: Frame,
  threshold: number,
): Promise<Detection[]> {
  const plates: Detection[] = [];
  for (const view of furtherViews(detector, frame, wholeOf(detector, frame)))
    plates.push(...(await findIn(view, detector, frame, threshold)));
  return bestFirst(plates);
}

function bestFirst(plates: Detection[]): Detection[] {
  plates.sort((a, b) => b.score - a.score);
  return withoutRepeats(plates, MAX_OVERLAP);
}

/** What a view shows, in pixels of the frame; a plate may be there twice. */
async function findIn(
  { picture, left, top, scaleX, scaleY }: View,
  detector: Detector,
  frame: Frame,
  threshold: number,
): Promise<Detection[]> {
  const plates: Detection[] = [];
  let faint = 0;
  const least = detector.closeUp ? FAINT * threshold : threshold;
  for (const { corners, score } of await detector.find(picture, least)) {
    const full = corners.map(([x, y]) => [left + x * scaleX, top + y * scaleY]) as Quad;
    const proposed = { box: boxOf(full), corners: full, score };
    if (!isPlace(proposed, frame)) continue;
    if (score < threshold) {
      if (plates.some(({ box }) => overlap(box, proposed.box) > MAX_OVERLAP)) continue;
      if (++faint > MOST_FAINT) break;
    }
    const plate = await lookCloser(detector, frame, proposed, 1 / scaleX, threshold);
    if (plate && isPlace(plate, frame)) plates.push(plate);
  }
  return plates;
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
  viewScale: number,
  threshold: number,
): Promise<Detection | undefined> {
  const shape = detector.closeUp;
  const closeUp = shape && closeUpOf(proposed.corners, viewScale, shape);
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
