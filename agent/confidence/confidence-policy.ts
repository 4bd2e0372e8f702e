// How probable it is that a text is right. What the reader and the evidence claim of themselves is too bold where a net
// errs with conviction and too shy where many looks agree; a calibration, fitted on plates whose text is known, turns
// the claim and its grounds into a share that holds: logistic regression (Platt 1999, "Probabilistic outputs for support
// vector machines") over a handful of grounds. Each of them may only work in the direction that common sense
// gives it. That a text has the format of some country is none of them. Pure.

/** What a claim rests on. */
export interface Grounds {
  /** the text's probability by the evidence itself, 0..1 */
  shown: number;
  /** that of the next best text, 0..1 */
  rival: number;
  /** how clearly the best look was read, 0..1: see `clarityOf` */
  clarity: number;
  /** share of the looks, by their worth, that read this very text on their own, 0..1 */
  agreement: number;
  /** the best look shows a plate that the picture's edge cuts */
  cut: boolean;
  /** length of the text */
  characters: number;
}

export interface Claim {
  /** 0..1 */
  confidence: number;
  /** most probable first */
  alternatives: readonly { text: string; confidence: number }[];
}

export const featureNames = ['shown', 'rival', 'clarity', 'agreement', 'cut', 'characters'] as const;
export type FeatureName = (typeof featureNames)[number];

/** Logistic regression over the features of `featuresOf`. */
export interface Scale {
  bias: number;
  weights: Record<FeatureName, number>;
  /** 0..1: a share below this is not called 0.99, however near it comes: what is so sure must hold 299 times in 300 */
  sureFrom: number;
  /** 0..1: nothing is called surer than what was measured at the upper end */
  most: number;
}

/** Fitted for one reader; stored beside it. */
export interface Calibration {
  /** for what several looks at one plate say together */
  passage: Scale;
  /** for a single picture */
  picture: Scale;
}

/** A reader that nobody calibrated may say so much, and no more: whoever asks for 99 % gets none of its reads. */
export const UNCALIBRATED_MOST = 0.95;

/**
 * Below this a read is worth a second look by a person. Of the reads at 0.9 and more on rendered passages one or two in a
 * hundred are wrong, of those below every second one (the reader's card has the table).
 */
export const UNCERTAIN_BELOW = 0.9;

/** Of a plate that the picture's edge cuts nobody can say what is missing, however clear the rest is. */
const CUT_MOST = 0.5;

/** Beyond 1 in 10,000 a share of a net's output says nothing more. */
const SOFT = 1e-4;
const logit = (share: number) => Math.log((share + SOFT) / (1 - share + SOFT));

/** What the regression is over: larger means surer, but for `cut` and the number of characters. */
export function featuresOf(grounds: Grounds): Record<FeatureName, number> {
  return {
    shown: logit(grounds.shown),
    rival: -logit(grounds.rival),
    clarity: logit(grounds.clarity),
    agreement: grounds.agreement,
    cut: grounds.cut ? 1 : 0,
    characters: grounds.characters,
  };
}

/**
 * The claim with a confidence that holds. What the text loses, the other texts gain, and the other way round, in
 * proportion; none of them gets ahead of it.
 * @param scale null: the reader is not calibrated
 */
export function calibrated(claim: Claim, grounds: Grounds, scale: Scale | null) {
  const confidence = Math.min(
    grounds.cut ? CUT_MOST : 1,
    scale === null
      ? Math.min(claim.confidence, UNCALIBRATED_MOST)
      : Math.min(scale.most, shareOf(grounds, scale)),
  );
  const rest = 1 - claim.confidence;
  const factor = rest > 0 ? (1 - confidence) / rest : 1;
  return {
    confidence,
    alternatives: claim.alternatives.map((other) => ({
      text: other.text,
      confidence: Math.min(confidence, other.confidence * factor),
    })),
  };
}

/** in four digits the last before 0.99 */
const NOT_YET_SURE = 0.9899;

function shareOf(grounds: Grounds, { bias, weights, sureFrom }: Scale): number {
  const features = featuresOf(grounds);
  let z = bias;
  for (const name of featureNames) z += weights[name] * features[name];
  const share = 1 / (1 + Math.exp(-z));
  return share < sureFrom ? Math.min(share, NOT_YET_SURE) : share;
}
