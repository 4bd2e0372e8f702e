// Still pictures through vision, one after the other: what `anpr recognise` prints and `anpr evaluate` measures. A
// picture that cannot be read becomes a failure in its place; the others go on.

import { UNCERTAIN_BELOW } from '../confidence/index.ts';
import { type Grammars, likeliestCountry, loadGrammars } from '../grammar/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import { frameOfPicture, type Sighting, type Vision } from '../vision/index.ts';
import { believed, claimOfPicture } from './claim.ts';
import { isListed } from './listing-policy.ts';
import { type PicturePath, picturesOf } from './pictures.ts';
import type { PictureFailure, PictureResult, PlateResult } from './types.ts';

export interface HowToRecognise {
  /** 0..1: less sure plates are marked uncertain */
  uncertainBelow?: number | undefined;
  /** look once, as at each frame of a camera, and not from closer and farther where no plate shows */
  once?: boolean | undefined;
}

export interface Recognised {
  picture: PicturePath;
  result: PictureResult | PictureFailure;
  /** what stands behind `result.plates`, in the same order; empty for a failure */
  sightings: Sighting[];
}

/** @param paths files and folders, see `picturesOf` */
export async function* recognise(
  vision: Vision,
  paths: readonly string[],
  { signal, ...how }: HowToRecognise & { signal?: AbortSignal } = {},
): AsyncGenerator<Recognised & { done: number; of: number }> {
  const pictures = await picturesOf(paths);
  for (const [i, picture] of pictures.entries()) {
    if (signal?.aborted) return;
    yield { ...(await recogniseOne(vision, picture, how)), done: i + 1, of: pictures.length };
  }
}

/** Never throws for what is wrong with a picture. */
export async function recogniseOne(
  vision: Vision,
  picture: PicturePath,
  { uncertainBelow = UNCERTAIN_BELOW, once = false }: HowToRecognise = {},
): Promise<Recognised> {
  const { file } = picture;
  grammars ??= loadGrammars(); // before the clock starts: it is no picture's cost
  const known = grammars;
  const started = performance.now();
  try {
    const frame = await frameOfPicture(file, {
      ...{ name: file, limits: vision.smallLimits, colour: vision.colour },
    });
    const decoded = performance.now();
    const look = await (once ? vision.look(frame) : vision.search(frame));
    frame.release();
    const looked = performance.now();
    const sightings = look.sightings
      .map((sighting) => ({ sighting, claim: claimOfPicture(sighting, frame, known) }))
      .filter(({ sighting, claim }) => isListed({ ...sighting, reading: claim.reading }))
      .map(({ sighting, claim }) => ({ ...sighting, reading: believed(claim, vision.calibration) }));
    const ended = performance.now();
    const result = {
      file,
      width: frame.width,
      height: frame.height,
      ms: {
        decode: rounded(decoded - started, 2),
        detect: rounded(look.ms.detect, 2),
        read: rounded(look.ms.read + ended - looked, 2),
        total: rounded(ended - started, 2),
      },
      plates: sightings.map((sighting) => plateOf(sighting, uncertainBelow)),
    };
    return { picture, result, sightings };
  } catch (error) {
    const message = messageOf(error);
    // Whoever shows it has `file` beside it.
    const why = message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message;
    const failure = { file, error: { code: codeOf(error), message: why } };
    return { picture, result: failure, sightings: [] };
  }
}

/** below this a country is `unknown` */
const SURE_OF_COUNTRY = 0.5;
let grammars: Grammars | undefined;

function plateOf(sighting: Sighting, uncertainBelow: number): PlateResult {
  const { box, corners, reading } = sighting;
  return {
    text: reading.text,
    confidence: rounded(reading.confidence, 4),
    uncertain: reading.confidence < uncertainBelow,
    country: likeliestCountry(reading.countries, SURE_OF_COUNTRY)[0],
    box: box.map((n) => rounded(n, 1)) as PlateResult['box'],
    corners: corners.map((point) => point.map((n) => rounded(n, 1))) as PlateResult['corners'],
    alternatives: (reading.alternatives ?? []).map(({ text, confidence }) => ({
      text,
      confidence: rounded(confidence, 4),
    })),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
