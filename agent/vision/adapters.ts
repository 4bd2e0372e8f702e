// Which code runs a model is what its manifest's `adapter` says: one registry, one file an adapter. An adapter knows
// its own manifest keys, the inputs it fills and what the outputs mean; frames, corners in the full frame and
// straightening are the same for all of them.

import { AnprError } from '../shared/errors.ts';
import type { Detector, DetectorAdapter, Open, Reader, Straightener, Wants } from './adapter.ts';
import { centrePoint } from './detectors/centre-point.ts';
import { yolo } from './detectors/yolo.ts';
import { yoloEnd2End } from './detectors/yolo-end2end.ts';
import type { ModelFolder, ModelKind } from './manifest.ts';
import { ctc } from './readers/ctc-reader.ts';
import { slots } from './readers/slots-reader.ts';
import { cornerOffsets } from './straighteners/corner-offsets.ts';

const detectors: Record<string, DetectorAdapter> = {
  'centre-point': centrePoint,
  yolo,
  'yolo-end2end': yoloEnd2End,
};
const readers: Record<string, Open<Reader>> = { ctc, slots };
const straighteners: Record<string, Open<Straightener>> = { 'corner-offsets': cornerOffsets };

export const detectorFor = (model: ModelFolder): Open<Detector> => chosen(detectors, 'detector', model).open;
/** @throws AnprError `model.unknown-adapter`, `model.manifest-invalid` */
export const detectorWants = (model: ModelFolder): Wants => chosen(detectors, 'detector', model).wants(model);
export const readerFor = (model: ModelFolder): Open<Reader> => chosen(readers, 'reader', model);
export const straightenerFor = (model: ModelFolder): Open<Straightener> =>
  chosen(straighteners, 'straightener', model);

/** The code for a model of any kind. */
export const adapterFor = {
  detector: detectorFor,
  straightener: straightenerFor,
  reader: readerFor,
} satisfies Record<ModelKind, unknown>;

function chosen<T>(registry: Record<string, T>, kind: ModelKind, { manifest }: ModelFolder): T {
  const found = Object.hasOwn(registry, manifest.adapter) ? registry[manifest.adapter] : undefined;
  if (found) return found;
  throw new AnprError(
    'model.unknown-adapter',
    `${kind} ${manifest.name}: no adapter "${manifest.adapter}" for a ${kind}`,
    `Known adapters: ${Object.keys(registry).join(', ')}.`,
  );
}
