// What stays clear in a masked overview. A plate detector knows one plate and nothing of windscreens, other vehicles and
// people on foot: so nothing is looked for that would have to be covered. All is covered but a window on the lower part of
// the read's own vehicle, where no occupant is. Its measure is the plate, whose real size is known.

import { boxOf, distance, type Quad } from '../shared/geometry.ts';

/** What the overview of a read shows: no picture at all, one with a window at the plate, the whole scene. */
export type OverviewPolicy = 'none' | 'masked' | 'full';

/** In pixels of the full frame. */
export interface Mask {
  /** clear: left ≤ x < right, y < bottom, and y at or below both lines that `top` gives */
  left: number;
  right: number;
  bottom: number;
  /** no clear pixel above `highest`, nor above the line through `y` at x = 0 with this slope: along the plate's upper edge */
  top: { highest: number; y: number; slope: number };
  /** everywhere else the picture is means over squares of at least this side */
  blockPx: number;
}

/**
 * Width of a plate over its height: 520 to 110 mm on one line, 340 to 220 or 280 to 200 on two. A plate that is high for its width
 * stands for 2.4 times its height: one on two lines measures about as wide as the vehicle's other plate would, and one that
 * is seen from far aside as wide as it is.
 */
const LEAST_WIDTHS_OF_HEIGHT = 2.4;
/** 13 cm: rear windows begin no lower, not even above a plate in a tailgate. A windscreen is farther up than that. */
const ABOVE = 0.25;
/** 1 m: the bumper down to the road, hardly anything of what drives or walks before it */
const BELOW = 2;
/** 1.56 m from the plate's middle: a lorry, a plate that isn't in its vehicle's middle, not the next lane's vehicle */
const ASIDE = 3;
/** 26 cm: a head is 23 cm high and 16 wide, so it gives a pixel or two at the plate's distance, and farther off a part of one */
const BLOCK = 1 / 2;
/**
 * For faces nearer than the plate, which appear larger: at five pixels between the pupils people told faces apart worse than by
 * chance (Merino et al. 2025, arXiv 2503.20108). With 48 blocks across, five of them are a tenth of the picture: a head would have to fill a
 * quarter of its width. Finer mosaics are no protection: nets trained on them name faces of known people (McPherson et al. 2016, arXiv 1609.00408).
 */
const MOST_BLOCKS_ACROSS = 48;

/**
 * The mask for a plate, whichever way its vehicle drives: seen from the front or from behind, windows are above the plate.
 * Corners that make no plate leave nothing clear.
 * @param corners in pixels of the full frame
 * @param picture the full frame's size
 */
export function maskOf(corners: Quad, picture: { width: number; height: number }): Mask {
  const [topLeft, topRight, bottomRight, bottomLeft] = corners;
  const wide = (distance(topLeft, topRight) + distance(bottomLeft, bottomRight)) / 2;
  const high = (distance(topLeft, bottomLeft) + distance(topRight, bottomRight)) / 2;
  const plate = Math.max(wide, LEAST_WIDTHS_OF_HEIGHT * high);
  const leastBlockPx = Math.ceil(picture.width / MOST_BLOCKS_ACROSS);
  const across = topRight[0] - topLeft[0];
  if (!(Number.isFinite(plate) && across > 0)) return { ...NOTHING_CLEAR, blockPx: leastBlockPx };

  const [x, y, width, height] = boxOf(corners);
  const middle = x + width / 2;
  const slope = (topRight[1] - topLeft[1]) / across;
  const above = ABOVE * plate;
  return {
    left: clamp(middle - ASIDE * plate, picture.width),
    right: clamp(middle + ASIDE * plate, picture.width),
    bottom: clamp(y + height + BELOW * plate, picture.height),
    top: {
      highest: clamp(y - above, picture.height),
      y: topLeft[1] - slope * topLeft[0] - above,
      slope,
    },
    blockPx: Math.max(leastBlockPx, Math.ceil(BLOCK * plate)),
  };
}

const NOTHING_CLEAR = { left: 0, right: 0, bottom: 0, top: { highest: 0, y: 0, slope: 0 } };

function clamp(value: number, high: number): number {
  return Math.max(0, Math.min(high, value));
}
