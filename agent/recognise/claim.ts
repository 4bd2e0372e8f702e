// What one picture claims of a plate under the countries' grammars, and how far that holds.

import { type Calibration, calibrated, clarityOf, type Grounds } from '../confidence/index.ts';
import { explainReading, type Grammars } from '../grammar/index.ts';
import { isCut } from '../shared/geometry.ts';
import type { Reading, Sighting } from '../vision/index.ts';

export interface PictureClaim {
  reading: Reading;
  grounds: Grounds;
}

/** @param size of the picture, pixels */
export function claimOfPicture(
  { box, reading }: Sighting,
  size: { width: number; height: number },
  grammars: Grammars,
): PictureClaim {
  const explained = explainReading(reading, grammars);
  const { text, confidence, alternatives = [] } = explained;
  const grounds = {
    shown: confidence,
    rival: Math.max(0, ...alternatives.map((other) => other.confidence)),
    clarity: clarityOf(reading),
    agreement: 1,
    cut: isCut(box, size),
    characters: text.length,
  };
  return { reading: explained, grounds };
}

/** The reading with a confidence that holds: 0 where nothing was read, for nothing is claimed of it. */
export function believed({ reading, grounds }: PictureClaim, calibration: Calibration | null): Reading {
  if (reading.text === '') return { ...reading, confidence: 0 };
  const { confidence, alternatives = [] } = reading;
  return { ...reading, ...calibrated({ confidence, alternatives }, grounds, calibration?.picture ?? null) };
}
