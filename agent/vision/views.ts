// What a detector is shown of a frame: the whole of it in its small copy. Of a still picture, which no next frame follows, also
// more: parts of it from closer, for a plate of thirty pixels, and the whole from farther, for one that fills the picture.

import type { Chroma, Frame, Plane } from '../capture/index.ts';
import type { Wants } from './adapter.ts';
import type { Picture } from './colour.ts';
import { shrink, smallSize } from './letterbox.ts';

export interface View {
  picture: Picture;
  /** where its upper left corner lies in the frame, pixels of the frame */
  left: number;
  top: number;
  /** pixels of the frame for one of the view's */
  scaleX: number;
  scaleY: number;
}

/** How much larger the parts show the frame. Four of them, in the corners, overlap by a quarter then: more than a plate of the size
 * that they are for. */
const CLOSER = 1.75;
/** With less in hand the parts show hardly more than the whole. */
const WORTH_IT = 1.2;
/** The same to the other side. */
const FARTHER = 0.5;
/** Nothing is found in fewer pixels than this. */
const LEAST_SIDE_PX = 64;

/** The whole frame, as small as the detector wants it. */
export function wholeOf({ limits, colour }: Wants, frame: Frame): View {
  const { small, smallChroma } = frame;
  const chroma = colour ? smallChroma : undefined;
  if (small.width <= limits.maxWidth && small.height <= limits.maxHeight)
    return { picture: { ...small, chroma }, left: 0, top: 0, ...scaleOf(frame, small) };
  const { width, height } = smallSize(small.width, small.height, limits);
  const half = (plane: Chroma['u']) => shrink(plane, Math.ceil(width / 2), Math.ceil(height / 2));
  const picture = {
    ...shrink(small, width, height),
    chroma: chroma && { ...chroma, u: half(chroma.u), v: half(chroma.v) },
  };
  return { picture, left: 0, top: 0, ...scaleOf(frame, picture) };
}

/** A still picture from farther and from closer; nothing for a detector that looks at colour, or when the frame's planes are gone. */
export function* furtherViews({ colour }: Wants, frame: Frame, { picture }: View): Generator<View> {
  const full = frame.planes()?.y;
  if (colour || !full) return;
  const farther = scaled(picture, picture, FARTHER);
  if (Math.min(farther.width, farther.height) >= LEAST_SIDE_PX)
    yield { picture: farther, left: 0, top: 0, ...scaleOf(frame, farther) };
  const inHand = Math.min(full.width / picture.width, full.height / picture.height);
  if (inHand < WORTH_IT) return;
  const closer = scaled(full, picture, Math.min(CLOSER, inHand));
  const { scaleX, scaleY } = scaleOf(frame, closer);
  for (const top of [0, closer.height - picture.height])
    for (const left of [0, closer.width - picture.width])
      yield {
        ...{ picture: partOf(closer, left, top, picture), scaleX, scaleY },
        ...{ left: left * scaleX, top: top * scaleY },
      };
}

function scaleOf(frame: Frame, { width, height }: Plane): Pick<View, 'scaleX' | 'scaleY'> {
  return { scaleX: frame.width / width, scaleY: frame.height / height };
}

/** `plane` at `times` the size of `base`. */
function scaled(plane: Plane, base: Plane, times: number): Plane {
  return shrink(plane, Math.round(base.width * times), Math.round(base.height * times));
}

function partOf(plane: Plane, left: number, top: number, { width, height }: Plane): Plane {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * plane.width + left;
    data.set(plane.data.subarray(from, from + width), y * width);
  }
  return { data, width, height };
}
