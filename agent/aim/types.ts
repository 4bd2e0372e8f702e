// What aiming tells: plain data, for the commands and the pages that show it. It has no texts: nothing of it tells who passed.

/** `null` in place of a verdict: it could not be measured */
export type AimVerdict = 'good' | 'too small' | 'too dark' | 'too bright' | 'too oblique' | 'blurred';

export type AimNumber =
  | 'width'
  | 'tilt'
  | 'skew'
  | 'angle'
  | 'sharpness'
  | 'motion'
  | 'contrast'
  | 'white'
  | 'burnt'
  | 'black';

/** What to do, its texts in agent/shared/aim-words.ts and agent/preview/texts. */
export type AimAction =
  | 'zoom'
  | 'clockwise'
  | 'anticlockwise'
  | 'to-the-side'
  | 'lower'
  | 'focus'
  | 'exposure'
  | 'shorter'
  | 'light'
  | 'more-light'
  | 'less-light'
  | 'glare';

/** One number against its threshold. */
export interface Judgement {
  name: AimNumber;
  /** in `unit`; null: could not be measured */
  value: number | null;
  unit: 'px' | '°' | 'grey levels' | '%';
  /** nine in ten such values are no farther off, in `unit`; null: off by less than its last digit says, or not measured */
  within: number | null;
  /** the value has to be at least, or (its size) at most this */
  bound: 'least' | 'most';
  limit: number;
  verdict: AimVerdict | null;
  /** what to do, in English; null when it is good */
  advice: string | null;
  /** the same for other languages: which advice, and the numbers in it, computed from what was measured */
  action: { is: AimAction; values: Record<string, number> } | null;
}

export interface AimReport {
  camera: string;
  /** UTC epoch milliseconds of the frame that this was measured on, or that passed without a plate */
  at: number;
  width: number;
  height: number;
  /** the widest plate of this frame */
  now: Judgement[] | null;
  /**
   * The last passages' median, each at its widest sight; of tilt and skew the mean, each passage with the median of its looks. Over what
   * stands only while nothing has passed; null: none yet.
   */
  lately: Judgement[] | null;
  /** passages (or standing plates) in `lately` */
  latelyPassages: number;
  /** `lately` is of plates, or signs, that stand: nothing has passed */
  latelyStanding: boolean;
  /** pixels a second at which the last of them moved, and the longest exposure that leaves its strokes apart */
  speedPxPerSecond: number | null;
  longestExposureMs: number | null;
  /** since somebody began to aim */
  sinceMs: number;
  looks: number;
  reads: number;
  readsPerMinute: number | null;
  /**
   * Reads that are sure (reads.uncertainBelow), of the passages that gave a read or whose read was too doubtful to keep. What
   * stood all the time, a parked car or a sign, is no passage.
   */
  passages: number;
  readWell: number;
  /** how many plates were seen in each tenth of the picture's width, left to right, and fifth of its height, top to bottom */
  columns: number[];
  rows: number[];
  /** share of plates seen that touch the picture's edge, 0..1 */
  cutShare: number | null;
}
