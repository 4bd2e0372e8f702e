// Which code runs a model is what its manifest's `adapter` says: one registry, one file an adapter. An adapter knows
// its own manifest keys, the inputs it fills and what the outputs mean; frames, corners in the full frame and
// straightening are the same for all of them.

import type { Plane } from '../capture/index.ts';
import { AnprError } from '../shared/errors.ts';
import type { CloseUpShape } from './close-up.ts';
import { centrePoint } from './detectors/centre-point.ts';
import type { FitLimits } from './letterbox.ts';
import type { ModelFolder, ModelKind } from './manifest.ts';
import { ctc } from './readers/ctc-reader.ts';
import type { Detection, Reading } from './types.ts';

/** A loaded detector: finds plates in the small copy of a frame. */
export interface Detector {
  /** the size that a frame's small copy has at most */
  limits: FitLimits;
  /** detections below this are ignored unless somebody says otherwise */
  threshold: number;
  /** the close-ups it takes for a second look; absent when it takes whole frames only */
  closeUp?: CloseUpShape;
  /**
   * @param small the frame's small copy, within `limits`, or a close-up
   * @returns plates in pixels of `small`, best first, none twice
   */
  find(small: Plane, threshold: number): Promise<Detection[]>;
  close(): Promise<void>;
}

/** What a reader wants to see of each plate: a straightened strip of grey levels. */
export interface StripShape {
  width: number;
  height: number;
  /** how much is seen beyond the plate on each side, as a share of its width or height */
  margin: number;
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

const detectors: Record<string, Open<Detector>> = { 'centre-point': centrePoint };
const readers: Record<string, Open<Reader>> = { ctc };

export const detectorFor = (model: ModelFolder): Open<Detector> => chosen(detectors, 'detector', model);
export const readerFor = (model: ModelFolder): Open<Reader> => chosen(readers, 'reader', model);

function chosen<T>(registry: Record<string, T>, kind: ModelKind, { manifest }: ModelFolder): T {
  const found = Object.hasOwn(registry, manifest.adapter) ? registry[manifest.adapter] : undefined;
  if (found) return found;
  throw new AnprError(
    'model.unknown-adapter',
    `${kind} ${manifest.name}: no adapter "${manifest.adapter}" for a ${kind}`,
    `Known adapters: ${Object.keys(registry).join(', ')}.`,
  );
}
