// `anpr evaluate`: the same way as `anpr recognise`, held against ground truth, with an interval for each figure.

import type { Vision } from '../vision/index.ts';
import { type Calibration, calibrationOf } from './calibration-policy.ts';
import { picturesOf } from './pictures.ts';
import { recogniseOne } from './recognise.ts';
import { type Outcome, scorePicture } from './score-policy.ts';
import { quantile, type Rate, rateOf, type Share, shareOf } from './statistics.ts';
import { readTruth, type TruePicture, type Where } from './truth.ts';
import { isFailure } from './types.ts';

export interface EvaluateOptions {
  /** false reads below this confidence are not counted: the agent would not keep them */
  minConfidence: number;
  /** nor those that are shorter */
  minCharacters: number;
  where?: readonly Where[];
  /** see `HowToRecognise` */
  once?: boolean | undefined;
  /** no ground truth: there is no plate in any picture of the folder */
  noPlates?: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, of: number) => void;
}

/** One thing that went wrong. */
export interface Mistake {
  file: string;
  kind: 'failed' | 'missed' | 'misread' | 'false-read';
  /** what stands on the plate; absent for a false read */
  truth?: string;
  /** what was read, or why the picture failed */
  read?: string;
  confidence?: number;
  box?: number[];
}

export interface Evaluation {
  pictures: number;
  /** pictures that could not be opened: their plates count as missed */
  failed: number;
  /** plates found at IoU 0.5, of all plates */
  found: Share;
  /** of all plates whose text is known */
  exact: Share;
  /** the same with the letter O and the digit 0 as one character */
  exactLenient: Share;
  /** of the plates that were found and whose text is known */
  exactOfFound: Share;
  /** characters right: 1 - edit distance / length, summed over all plates whose text is known */
  characters: Share;
  /** reads, confident and long enough to be kept, where no plate is; per picture */
  falseReads: Rate;
  /** whether the confidence of the reads of plates means what it says */
  calibration: Calibration;
  /** milliseconds a picture, everything in it */
  ms: { p50: number | null; p95: number | null };
  mistakes: Mistake[];
}

/** @throws AnprError when there is no usable ground truth; pictures that fail are counted */
export async function evaluate(
  vision: Vision,
  folder: string,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const pictures = options.noPlates ? await withoutPlates(folder) : await readTruth(folder, options.where);
  const outcomes: Outcome[] = [];
  const mistakes: Mistake[] = [];
  const times: number[] = [];
  let failed = 0;
  let falseReads = 0;
  for (const [index, { file, name, plates }] of pictures.entries()) {
    options.signal?.throwIfAborted();
    const { result, sightings } = await recogniseOne(vision, { file, name }, options);
    if (isFailure(result)) {
      failed++;
      mistakes.push({ file: name, kind: 'failed', read: `${result.error.message} (${result.error.code})` });
    } else times.push(result.ms.total);
    const found = sightings.map(({ box, reading }) => ({
      box,
      text: reading.text,
      confidence: reading.confidence,
    }));
    const score = scorePicture(plates, found);
    outcomes.push(...score.outcomes);
    mistakes.push(...score.outcomes.flatMap((outcome) => mistakeOf(name, outcome)));
    for (const { text, confidence, box } of score.elsewhere) {
      if (confidence < options.minConfidence || text.length < options.minCharacters) continue;
      falseReads++;
      mistakes.push({ file: name, kind: 'false-read', read: text, confidence, box: box.map(Math.round) });
    }
    options.onProgress?.(index + 1, pictures.length);
  }
  const known = outcomes.filter(({ plate }) => plate.text !== '');
  const length = sum(known.map(({ plate }) => plate.text.length));
  const exact = known.filter((outcome) => outcome.exact).length;
  return {
    pictures: pictures.length,
    failed,
    found: shareOf(outcomes.filter((outcome) => outcome.found).length, outcomes.length),
    exact: shareOf(exact, known.length),
    exactLenient: shareOf(known.filter((outcome) => outcome.exactLenient).length, known.length),
    exactOfFound: shareOf(exact, known.filter((outcome) => outcome.found).length),
    characters: shareOf(length - sum(known.map(({ wrongCharacters }) => wrongCharacters)), length),
    falseReads: rateOf(falseReads, pictures.length),
    calibration: calibrationOf(known.flatMap(judged)),
    ms: { p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
    mistakes,
  };
}

async function withoutPlates(folder: string): Promise<TruePicture[]> {
  return (await picturesOf([folder])).map(({ file, name }) => ({ file, name, plates: [] }));
}

function judged({ found, exact }: Outcome) {
  return found && found.text !== '' ? [{ confidence: found.confidence, right: exact }] : [];
}

function mistakeOf(file: string, { plate, found, exact }: Outcome): Mistake[] {
  const box = plate.box.map(Math.round);
  if (!found) return [{ file, kind: 'missed', truth: plate.text, box }];
  if (plate.text === '' || exact) return [];
  return [{ file, kind: 'misread', truth: plate.text, read: found.text, confidence: found.confidence, box }];
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
