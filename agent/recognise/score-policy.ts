// How what was found in one picture is held against what is there. Pure; the numbers over many pictures are sums of
// these.

import { type Box, overlap } from '../shared/geometry.ts';
import { editDistance } from './statistics.ts';
import type { TruePlate } from './truth.ts';

/** A plate is found when a detection's upright box has this intersection over union with it. */
const FOUND_FROM = 0.5;
/** A detection that lies on an ignored area to this share of itself counts neither way. */
const ON_IGNORED_FROM = 0.5;

export interface Found {
  box: Box;
  text: string;
  confidence: number;
}

export interface Outcome {
  plate: TruePlate;
  found: Found | null;
  exact: boolean;
  /** exact when the letter O and the digit 0 count as one character */
  exactLenient: boolean;
  /** at most the length of the plate's text */
  wrongCharacters: number;
}

export interface PictureScore {
  /** one a plate that counts */
  outcomes: Outcome[];
  /** what was found where no plate is, or a second time */
  elsewhere: Found[];
}

/** Each plate gets the detection that overlaps it most, best pairs first; no detection serves two plates. */
export function scorePicture(plates: readonly TruePlate[], found: readonly Found[]): PictureScore {
  const pairs = plates
    .flatMap((plate) => found.map((one) => ({ plate, one, iou: overlap(plate.box, one.box) })))
    .filter(({ iou }) => iou >= FOUND_FROM)
    .sort((a, b) => b.iou - a.iou);
  const matched = new Map<TruePlate, Found>();
  const used = new Set<Found>();
  for (const { plate, one } of pairs) {
    if (matched.has(plate) || used.has(one)) continue;
    matched.set(plate, one);
    used.add(one);
  }
  const ignored = plates.filter((plate) => plate.ignored);
  return {
    outcomes: plates
      .filter((plate) => !plate.ignored)
      .map((plate) => outcomeOf(plate, matched.get(plate) ?? null)),
    elsewhere: found.filter(
      (one) => !used.has(one) && !ignored.some((plate) => covered(one.box, plate.box) >= ON_IGNORED_FROM),
    ),
  };
}

/** A plate that was not found is read as an empty text. */
function outcomeOf(plate: TruePlate, found: Found | null): Outcome {
  const text = found?.text ?? '';
  const exact = plate.text !== '' && text === plate.text;
  const lenient = (each: string) => each.replaceAll('O', '0');
  return {
    plate,
    found,
    exact,
    exactLenient: plate.text !== '' && lenient(text) === lenient(plate.text),
    wrongCharacters: Math.min(plate.text.length, editDistance(text, plate.text)),
  };
}

/** Share of `inner` that lies on `outer`. */
function covered(inner: Box, outer: Box): number {
  const width = Math.min(inner[0] + inner[2], outer[0] + outer[2]) - Math.max(inner[0], outer[0]);
  const height = Math.min(inner[1] + inner[3], outer[1] + outer[3]) - Math.max(inner[1], outer[1]);
  return width > 0 && height > 0 ? (width * height) / (inner[2] * inner[3]) : 0;
}
