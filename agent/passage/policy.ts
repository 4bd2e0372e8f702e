// Every number that decides about passages, in one place and with its reason. Lengths are in plate widths wherever
// they can be: a plate is half a metre wide near and far, so one set of numbers serves any zoom and resolution.

export interface PassagePolicy {
  /** `sure`: this confident, with the same text over so many looks in a row */
  sureConfidence: number;
  sureLooks: number;

  /**
   * A read needs two looks with this much support: the sum over sightings of detector score times clarity (geometric
   * mean of the characters' shares), so the expected number of looks at a real, readable plate. A single look does when
   * score times text confidence reaches `singleLook`.
   */
  minSupport: number;
  singleLook: number;

  /**
   * What has stood since it was first seen is a plate when the detector's score reaches this once: parked plates do, and
   * of the signs and painted numbers beside roads only those that any look would take for a plate.
   */
  standingScore: number;

  /** Vanished in the middle of the picture: how long a passage waits for its plate, when sure and when not. */
  holdSureMs: number;
  holdMs: number;
  /** the hold is at least so many looks long, for cameras that look seldom, but never over `holdMaxMs` */
  holdLooks: number;
  holdMaxMs: number;
  /** Predicted to have left the picture: ends after one look that misses it, or so long after the predicted exit. */
  exitGraceMs: number;

  /** A plate that moved less than `standingWidths` since then stands; after `parkedMs` its passage ends. */
  standingWidths: number;
  standingMs: number;
  parkedMs: number;
  /** After its read a plate that moved is remembered so long (flicker, occlusion): it gives no second read. */
  echoMs: number;
  /** A plate that stood is remembered at its place, missed by looks or not. One that comes back is seen driving in. */
  parkedMemoryMs: number;
  /** Missed so long while the camera looked: it may have left, so only its very place still belongs to it. */
  absentMs: number;
  /** at most so many plates that have given their read are remembered */
  maxTold: number;

  /** Looks that take part in a consensus: the best ones. More add nothing: correlation caps their sum. */
  maxLooks: number;
  /** Correlation of the errors of two looks at the same plate, 0..1 (see consensus.ts). */
  lookCorrelation: number;
  /** How steeply a look's worth grows with how clearly it was read: worth = trust · clarity^this. */
  clarityExponent: number;
  /** The share of a look's slot that is spread over all characters: a look may be plain wrong. */
  slotFloor: number;
  /** How sure a look that shows no character at a place is that there is none: thin ones are easily missed. */
  omission: number;
  /** The same of all better looks together, where a worse one shows a character more than they do. */
  unseen: number;
  /** Plates narrower than `blindPx` hardly count, from `clearPx` on they count fully. */
  blindPx: number;
  clearPx: number;
  /** what a plate cut by the picture's edge counts */
  cutTrust: number;

  /** What an open passage says is told again no sooner than this, and only when its doubt has shrunk by this factor. */
  earlyEveryMs: number;
  earlySurer: number;

  /** below this a country is `unknown` */
  minCountry: number;

  /** a new best picture must be better by this factor: each one costs a crop */
  betterPicture: number;
  /**
   * Without a better one for so long the vehicle has gone by, or stands: its picture is ripe. Shorter than any hold, so that it is
   * there when the passage ends. Of a plate that leaves the picture it is ripe with the last look before that.
   */
  ripeMs: number;
}

export const defaultPolicy: PassagePolicy = {
  sureConfidence: 0.95,
  sureLooks: 3,

  minSupport: 0.8,
  singleLook: 0.25,
  standingScore: 0.6,

  holdSureMs: 600,
  holdMs: 1000,
  holdLooks: 2.5,
  holdMaxMs: 2500,
  exitGraceMs: 150,

  standingWidths: 0.5,
  standingMs: 1500,
  parkedMs: 10_000,
  echoMs: 3000,
  parkedMemoryMs: 12 * 3600_000,
  absentMs: 120_000,
  maxTold: 200,

  // From here to clearPx: what read most of 4,000 rendered passages and of the dash-cam's training drives right, where
  // neighbouring numbers do as well (scripts/tune-passages.ts; models/training/LOG.md has the steps).
  maxLooks: 8,
  lookCorrelation: 0.25,
  clarityExponent: 10,
  slotFloor: 0.01,
  omission: 0.2,
  unseen: 0.9,
  blindPx: 15,
  clearPx: 50,
  cutTrust: 0.1,

  earlyEveryMs: 250,
  earlySurer: 2,

  minCountry: 0.5,

  betterPicture: 1.08,
  ripeMs: 400,
};
