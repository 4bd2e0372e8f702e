// What an adapter is: how a model of some kind becomes a detector or a reader. Which one runs a model is in adapters.ts.

import type { Point } from '../shared/geometry.ts';
import type { CloseUpShape } from './close-up.ts';
import type { Picture } from './colour.ts';
import type { FitLimits } from './letterbox.ts';
import type { ModelFolder } from './manifest.ts';
import type { Detection, Reading } from './types.ts';

/** What a detector takes of a frame: its manifest says so before it is loaded. */
export interface Wants {
  /** the size that a frame's small copy has at most */
  limits: FitLimits;
  /** it looks at colour: pictures come with their chroma when the source has any */
  colour: boolean;
}

/** A loaded detector: finds plates in the small copy of a frame. */
export interface Detector extends Wants {
  /** detections below this are ignored unless somebody says otherwise */
  threshold: number;
  /** the close-ups it takes for a second look; absent when it takes whole frames only */
  closeUp?: CloseUpShape;
  /**
   * @param small the frame's small copy, within `limits`, or a close-up
   * @returns plates in pixels of `small`, best first, none twice
   */
  find(small: Picture, threshold: number): Promise<Detection[]>;
  close(): Promise<void>;
}

/** What a reader wants to see of each plate: a straightened strip of grey levels, or of red, green and blue. */
export interface StripShape {
  width: number;
  height: number;
  /** how much is seen beyond the plate on each side, as a share of its width or height */
  margin: number;
  /** three planes, red, green and blue, instead of one of luma */
  colour?: boolean;
  /** keep the plate's own shape and fill what is left at both sides with this grey level; absent: fill the strip */
  pad?: number;
  /** two-line plates: the halves side by side in one strip; absent when the reader takes plates as they are */
  stack?: { aspectBelow: number; split: number; overlap: number };
}

/** A loaded reader: reads straightened plates. */
export interface Reader {
  strip: StripShape;
  /** One reading a strip, in the same order; `lines` is filled in by who cut the strips. */
  read(strips: readonly Uint8Array[]): Promise<Omit<Reading, 'lines'>[]>;
  close(): Promise<void>;
}

/** What a straightener wants to see of each plate: its luma within the corners that it was found with, and some more on each side. */
export interface CutShape {
  width: number;
  height: number;
  /** shares of the plate's width, on the left and on the right, and of its height, above and below */
  marginAlong: number;
  marginAcross: number;
}

/** A loaded straightener: says where the corners of a plate are that was found nearly there. */
export interface Straightener {
  cut: CutShape;
  /**
   * @returns how far each corner, upper left first and clockwise, lies from where it was given: shares of the plate's width to the
   * right and of its height down
   */
  offsets(cut: Uint8Array): Promise<[Point, Point, Point, Point]>;
  close(): Promise<void>;
}

/** What an adapter gets to build a model from. */
export interface Materials {
  /** for messages: "detector centre-v1" */
  title: string;
  model: ModelFolder;
  bytes: Uint8Array;
  threads: number;
}

/** Opens a model and proves with a trial run that it is what its manifest says; throws AnprError when not. */
export type Open<T> = (materials: Materials) => Promise<T>;

export interface DetectorAdapter {
  /** @throws AnprError `model.manifest-invalid` */
  wants(model: ModelFolder): Wants;
  open: Open<Detector>;
}
