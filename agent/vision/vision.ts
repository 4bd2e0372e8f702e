// Vision: its models loaded, and the one thing done with them: look at a frame. The small copy says where plates
// are; only the rows that they cover are asked of the full frame, straightened and read.

import type { Frame } from '../capture/index.ts';
import { type Calibration, loadCalibration, UNCALIBRATED_MOST } from '../confidence/index.ts';
import { AnprError } from '../shared/errors.ts';
import type { Logger } from '../shared/log.ts';
import type { Detector, Open, Reader, Straightener } from './adapter.ts';
import { adapterFor, detectorFor, detectorWants, readerFor, straightenerFor } from './adapters.ts';
import { isCloseUp } from './close-up.ts';
import { findPlates, searchPlates } from './finding.ts';
import { type FitLimits, smallSize } from './letterbox.ts';
import {
  infoOf,
  type ModelFolder,
  type ModelInfo,
  type ModelKind,
  modelsDirectory,
  readManifest,
  readModel,
  withSize,
} from './manifest.ts';
import { readPlates } from './reading.ts';
import { putRight } from './straightening.ts';
import type { Detection, Look } from './types.ts';

export interface VisionOptions {
  /** folder with detector/, straightener/ and reader/; default: the models that came with the agent */
  directory?: string | undefined;
  /** folder names of the models */
  detector: string;
  /** default: the one that comes with the agent; `none`: corners are taken as the detector gives them */
  straightener?: string | undefined;
  reader: string;
  /** which of the detector's inputs, when its manifest names several; default: `default` */
  detectorInput?: string | undefined;
  /** threads that ONNX Runtime may use; default 1 */
  threads?: number | undefined;
  /** detections below this score are ignored; default: the model's own */
  detectorThreshold?: number | undefined;
  log?: Logger | undefined;
}

export interface VisionInfo {
  detector: ModelInfo;
  straightener: ModelInfo | null;
  reader: ModelInfo;
  detectorThreshold: number;
}

/** Each is one run of ONNX Runtime: the detector on a frame's small copy, on a close-up; the straightener on a cut; the reader on a strip. */
export interface ModelRuns {
  frames: number;
  closeUps: number;
  cuts: number;
  strips: number;
}

export interface Vision {
  info: VisionInfo;
  /** how the reader's confidences are to be taken; null: nobody knows, so they are capped */
  calibration: Calibration | null;
  /** The most that the detector looks at, and whether in colour: what a frame's small copy should be. */
  smallLimits: FitLimits & { colour: boolean };
  /** A model wants colour: still pictures must keep theirs. */
  colour: boolean;
  /** The size that the small copy of a frame of this size should have; capture scales to it. */
  smallSize(width: number, height: number): { width: number; height: number };
  /**
   * Finds and reads the plates of one frame. Looks do not run at the same time: one waits for the other.
   * @throws AnprError `vision.closed`
   */
  look(frame: Frame): Promise<Look>;
  /**
   * The same for a still picture: where it shows no plate that says anything, it is looked at from closer and from farther too.
   * @throws AnprError `vision.closed`
   */
  search(frame: Frame): Promise<Look>;
  /** Reads plates whose places are known, without looking for any: what the reader alone makes of them. */
  read(frame: Frame, places: readonly Detection[]): Promise<Pick<Look, 'sightings' | 'unread'>>;
  /** How often the models have run. */
  runs(): ModelRuns;
  /** Waits for a look under way. Safe to call twice. */
  close(): Promise<void>;
}

const OWN_STRAIGHTENER = 'corners-v1';
const NO_STRAIGHTENER = 'none';

/**
 * What `Vision.smallLimits` will be, from the detector's manifest alone: a camera can be opened while the models load.
 * @throws AnprError `model.missing`, `model.manifest-invalid`, `model.unknown-adapter`, `model.unknown-size`
 */
export async function smallLimitsOf({
  directory = modelsDirectory,
  detector,
  detectorInput,
}: Pick<VisionOptions, 'directory' | 'detector' | 'detectorInput'>): Promise<Vision['smallLimits']> {
  const { limits, colour } = detectorWants(
    withSize(await readManifest(directory, 'detector', detector), detectorInput),
  );
  return { ...limits, colour };
}

/**
 * Loads and checks the models; a trial run of each proves that they fit their manifests.
 * @throws AnprError `model.missing`, `model.manifest-invalid`, `model.unknown-adapter`, `model.unknown-size`,
 * `model.hash-mismatch`, `model.unreadable`, `model.wrong-shape`
 */
export async function loadVision(options: VisionOptions): Promise<Vision> {
  const { directory = modelsDirectory, straightener: named = OWN_STRAIGHTENER, threads = 1, log } = options;
  const opened: { close(): Promise<void> }[] = [];
  async function open<T extends { close(): Promise<void> }>(
    kind: ModelKind,
    name: string,
    choose: (model: ModelFolder) => Open<T>,
    size?: string,
  ) {
    const loaded = await load(await readManifest(directory, kind, name), threads, choose, size);
    opened.push(loaded.model);
    return loaded;
  }
  try {
    const detector = await open('detector', options.detector, detectorFor, options.detectorInput);
    const straightener =
      named === NO_STRAIGHTENER ? null : await open('straightener', named, straightenerFor);
    const reader = await open('reader', options.reader, readerFor);
    const info = {
      ...{ detector: detector.info, straightener: straightener?.info ?? null, reader: reader.info },
      detectorThreshold: options.detectorThreshold ?? detector.model.threshold,
    };
    log?.info(info, 'models loaded');
    const found = await loadCalibration(reader.folder, reader.info.sha256);
    if (found.calibration === null)
      log?.warn(
        { code: 'model.not-calibrated', reader: reader.info.name },
        `no confidence is above ${UNCALIBRATED_MOST}: reader ${reader.info.name} is not calibrated (${found.why})`,
      );
    const models = { detector: detector.model, straightener: straightener?.model, reader: reader.model };
    return visionOf(countRuns(models), info, found.calibration);
  } catch (error) {
    for (const model of opened) await model.close();
    throw error;
  }
}

/**
 * Opens one model, with each of its inputs, and lets go of it again: what `loadVision` would say of it.
 * @throws AnprError as `loadVision`
 */
export async function verifyModel(directory: string, kind: ModelKind, name: string): Promise<ModelInfo> {
  const folder = await readManifest(directory, kind, name);
  const choose: (model: ModelFolder) => Open<Detector | Straightener | Reader> = adapterFor[kind];
  const { model, info } = await load(folder, 1, choose);
  await model.close();
  for (const size of info.sizes ?? []) {
    const other = await load(folder, 1, choose, size);
    await other.model.close();
  }
  if (kind !== 'reader') return info;
  const { calibration } = await loadCalibration(folder.folder, info.sha256);
  return { ...info, calibrated: calibration !== null };
}

async function load<T>(
  folder: ModelFolder,
  threads: number,
  choose: (model: ModelFolder) => Open<T>,
  size?: string,
) {
  const open = choose(folder);
  const chosen = withSize(folder, size);
  const bytes = await readModel(folder);
  const { kind, name } = folder.manifest;
  const model = await open({ title: `${kind} ${name}`, model: chosen, bytes, threads });
  return { model, info: infoOf(folder, bytes.length), folder: folder.folder };
}

interface Models {
  detector: Detector;
  straightener: Straightener | undefined;
  reader: Reader;
}

/** The same models, their runs counted. */
function countRuns({ detector, straightener, reader }: Models): Models & { runs: ModelRuns } {
  const runs: ModelRuns = { frames: 0, closeUps: 0, cuts: 0, strips: 0 };
  return {
    runs,
    detector: {
      ...detector,
      find(small, threshold) {
        runs[detector.closeUp && isCloseUp(small, detector.closeUp) ? 'closeUps' : 'frames']++;
        return detector.find(small, threshold);
      },
    },
    straightener: straightener && {
      ...straightener,
      offsets(cut) {
        runs.cuts++;
        return straightener.offsets(cut);
      },
    },
    reader: {
      ...reader,
      read(strips) {
        runs.strips += strips.length;
        return reader.read(strips);
      },
    },
  };
}

const saysSomething = ({ sightings }: Look) => sightings.some(({ reading }) => reading.text !== '');

function visionOf(
  { detector, straightener, reader, runs }: ReturnType<typeof countRuns>,
  info: VisionInfo,
  calibration: Calibration | null,
): Vision {
  let last: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (closing)
      return Promise.reject(new AnprError('vision.closed', 'a look was asked for after vision was closed'));
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function lookNow(frame: Frame, find = findPlates): Promise<Look> {
    const started = performance.now();
    const detections = await find(detector, frame, info.detectorThreshold);
    const places = await putRight(straightener, frame, detections);
    const found = performance.now();
    const { sightings, unread } = await readPlates(reader, frame, places);
    return { sightings, unread, ms: { detect: found - started, read: performance.now() - found } };
  }

  async function searchNow(frame: Frame): Promise<Look> {
    const first = await lookNow(frame);
    if (saysSomething(first)) return first;
    const second = await lookNow(frame, searchPlates);
    const ms = { detect: first.ms.detect + second.ms.detect, read: first.ms.read + second.ms.read };
    return { ...(saysSomething(second) ? second : first), ms };
  }

  return {
    info,
    calibration,
    smallLimits: { ...detector.limits, colour: detector.colour },
    colour: detector.colour || reader.strip.colour === true,
    smallSize: (width, height) => smallSize(width, height, detector.limits),
    look: (frame) => inTurn(() => lookNow(frame)),
    search: (frame) => inTurn(() => searchNow(frame)),
    read: (frame, places) =>
      inTurn(async () => readPlates(reader, frame, await putRight(straightener, frame, places))),
    runs: () => ({ ...runs }),
    close() {
      closing ??= last.then(async () => {
        for (const model of [detector, straightener, reader]) await model?.close();
      });
      return closing;
    },
  };
}
