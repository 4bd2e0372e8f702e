// How a plate lies in the picture, from its four corners: width, tilt, skew, and how obliquely the camera looks at it.

import { distance, type Point, type Quad, widthOf } from '../shared/geometry.ts';
import { project, squareTo } from '../vision/index.ts';

export interface Attitude {
  /** mean of the upper and the lower edge, pixels of the full frame */
  widthPx: number;
  heightPx: number;
  /** rotation of the line of characters in the picture, degrees; positive: it falls to the right */
  tiltDegrees: number;
  /** how far the characters' uprights lean from a right angle to that line, degrees; positive: their tops lean to the right */
  skewDegrees: number;
  /**
   * Angle between the camera's view and the straight view onto the plate, degrees, and its two parts. Null where the plate's
   * true shape is not known: two lines, or a shape that is not the European one.
   */
  oblique: { degrees: number; fromSideDegrees: number; fromAboveDegrees: number } | null;
}

/** Millimetres of the long European plate (Germany: FZV annex 4; Belgium, the Netherlands, France, Luxembourg: the same). */
const TRUE_WIDTH_MM = 520;
const TRUE_HEIGHT_MM = 110;
/** Seen straight it is 4.7 times as wide as high. Below this it is another shape, not an oblique view of this one. */
const LEAST_SHAPE = 3;
const MOST_SHAPE = 7;

/**
 * The plate is a square under a homography. Its derivatives at the plate's middle are the picture's image of the plate's own two
 * directions: the first gives the tilt, the angle between them the skew. Divided by the plate's true sides they are a turned and
 * scaled plane; of its 2x2 matrix the smaller singular value over the larger one is the cosine of the angle of view
 * (weak perspective: Huttenlocher and Ullman 1990, "Recognizing solid objects by alignment with an image").
 * Weak perspective leaves out that the plate lies off the picture's middle: with a lens of 26 degrees the angle of view is up
 * to some degrees off at the picture's edge. Tilt and skew are exact.
 * @param lines of characters
 */
export function attitudeOf(corners: Quad, lines: 1 | 2): Attitude {
  const to = squareTo(corners);
  const [a, b, , d, e, , g, h] = to;
  const [x, y] = project(to, 0.5, 0.5);
  const w = g / 2 + h / 2 + 1;
  const along: Point = [(a - g * x) / w, (d - g * y) / w];
  const down: Point = [(b - h * x) / w, (e - h * y) / w];
  const cross = along[0] * down[1] - along[1] * down[0];
  const dot = along[0] * down[0] + along[1] * down[1];
  const [tl, tr, br, bl] = corners;
  const widthPx = widthOf(corners);
  const heightPx = (distance(tl, bl) + distance(tr, br)) / 2;
  const european = lines === 1 && widthPx > LEAST_SHAPE * heightPx && widthPx < MOST_SHAPE * heightPx;
  return {
    widthPx,
    heightPx,
    tiltDegrees: degrees(Math.atan2(along[1], along[0])),
    skewDegrees: degrees(Math.atan2(cross, dot)) - 90,
    oblique: european ? obliqueOf(along, down) : null,
  };
}

function obliqueOf(along: Point, down: Point): NonNullable<Attitude['oblique']> {
  const p = Math.hypot(...along) / TRUE_WIDTH_MM;
  const q = Math.hypot(...down) / TRUE_HEIGHT_MM;
  const c = (along[0] * down[0] + along[1] * down[1]) / (TRUE_WIDTH_MM * TRUE_HEIGHT_MM);
  const sum = p * p + q * q;
  const root = Math.sqrt(Math.max(0, (p * p - q * q) ** 2 + 4 * c * c));
  const larger = (sum + root) / 2;
  const lean = (square: number) => degrees(Math.asin(Math.sqrt(Math.max(0, 1 - square / larger))));
  return {
    degrees: degrees(Math.acos(Math.sqrt(Math.max(0, sum - root) / (sum + root)))),
    fromSideDegrees: lean(p * p),
    fromAboveDegrees: lean(q * q),
  };
}

const degrees = (radians: number) => (radians * 180) / Math.PI;
