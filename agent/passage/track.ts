// One plate followed: where it goes, what was read of it, its best picture, and whether it has given its read. Holds the
// state of a passage and turns it into a result; when passages begin and end is the tracker's business.

import { type Calibration, calibrated } from '../confidence/index.ts';
import { type Grammars, likeliestCountry } from '../grammar/index.ts';
import { boxOf, centreOf, isCut, type Point, widthOf } from '../shared/geometry.ts';
import type { Sighting } from '../vision/index.ts';
import { pictureScore } from './best-picture.ts';
import { claimOn, type PassageClaim } from './claim.ts';
import { type Consensus, consensusOf, evidenceOf, type LookEvidence, worthOf } from './consensus.ts';
import { addToTrend, directionOf, startTrend, type Trend } from './direction.ts';
import { advance, type Path, type Prediction, startPath } from './path.ts';
import { defaultPolicy, type PassagePolicy } from './policy.ts';
import type { BestSight, PassageResult } from './types.ts';
import type { PictureSize } from './zones.ts';

/** texts less probable than this are not told */
const LEAST_ALTERNATIVE = 0.001;

export interface Track {
  readonly id: string;
  /** its read was given, or it was dropped: followed silently from then on */
  over: boolean;
  /** it gave a read: no second one for the same vehicle */
  told: boolean;
  firstSeen: number;
  lastSeen: number;
  path: Path;
  trend: Trend;
  /** where it has stood since `standingSince` */
  anchor: Prediction;
  standingSince: number;
  missedLooks: number;
  /** milliseconds missed while looks were made */
  missedMs: number;
  looks: LookEvidence[];
  consensus: Consensus | undefined;
  verdict: Verdict | undefined;
  framesUsed: number;
  /** expected number of looks at a real, readable plate */
  support: number;
  /** the best single look: detector score times text confidence */
  strongestLook: number;
  /** the detector's highest score */
  highestScore: number;
  lanes: Map<string, number>;
  best: BestSight;
  bestScore: number;
  /** the best picture that was told as ripe */
  ripe: BestSight | undefined;
  steadyText: string;
  steadyLooks: number;
  sure: boolean;
  /** what was told of it while it was open */
  early: { at: number; text: string; confidence: number } | undefined;
}

/** What is known beside the looks. */
export interface Known {
  grammars: Grammars;
  /** null: the reader is not calibrated */
  calibration: Calibration | null;
  /** 0..1: below it a read is marked uncertain */
  uncertainBelow: number;
}

/** What the looks say together, once the countries' grammars have been heard. */
export type Verdict = Pick<
  PassageResult,
  'text' | 'confidence' | 'alternatives' | 'slots' | 'country' | 'countryConfidence'
>;

/** A sighting with what is worked out of it once. */
export interface Seen {
  sighting: Sighting;
  at: number;
  centre: Point;
  widthPx: number;
  aspect: number;
  cut: boolean;
  evidence: LookEvidence;
  lane: string | undefined;
}

export function seenOf(
  sighting: Sighting,
  at: number,
  size: PictureSize,
  lane: string | undefined,
  policy: PassagePolicy,
): Seen {
  const { reading } = sighting;
  const widthPx = Math.max(1, widthOf(sighting.corners));
  const box = boxOf(sighting.corners);
  const cut = isCut(box, size);
  const clear = (widthPx - policy.blindPx) / (policy.clearPx - policy.blindPx);
  const trust = Math.max(0.05, Math.min(1, clear)) * (cut ? policy.cutTrust : 1);
  return {
    sighting,
    at,
    centre: centreOf(sighting.corners),
    widthPx,
    aspect: box[3] / widthPx,
    cut,
    evidence: evidenceOf(reading, trust, policy, cut),
    lane,
  };
}

export function startTrack(id: string, seen: Seen): Track {
  return {
    id,
    over: false,
    told: false,
    firstSeen: seen.at,
    lastSeen: seen.at,
    path: startPath(seen.at, seen.centre, seen.widthPx, seen.aspect),
    trend: startTrend(),
    anchor: { centre: seen.centre, widthPx: seen.widthPx },
    standingSince: seen.at,
    missedLooks: 0,
    missedMs: 0,
    looks: [],
    consensus: undefined,
    verdict: undefined,
    framesUsed: 0,
    support: 0,
    strongestLook: 0,
    highestScore: 0,
    lanes: new Map(),
    best: bestOf(seen),
    bestScore: 0,
    ripe: undefined,
    steadyText: '',
    steadyLooks: 0,
    sure: false,
    early: undefined,
  };
}

/** Adds a sighting of the same plate. @returns whether it is the new best picture */
export function addSeen(track: Track, seen: Seen, policy: PassagePolicy): boolean {
  move(track, seen, policy);
  if (track.over) return false;
  const { sighting, evidence } = seen;
  track.highestScore = Math.max(track.highestScore, sighting.score);
  addToTrend(track.trend, (seen.at - track.firstSeen) / 1000, seen.centre, seen.widthPx);
  if (evidence.slots.length > 0) {
    track.framesUsed++;
    track.support += sighting.score * evidence.clarity * (seen.cut ? policy.cutTrust : 1);
    track.strongestLook = Math.max(track.strongestLook, sighting.score * sighting.reading.confidence);
    keepLook(track, evidence, policy);
  }
  if (seen.lane !== undefined) track.lanes.set(seen.lane, (track.lanes.get(seen.lane) ?? 0) + 1);
  const score = pictureScore(seen.widthPx, evidence.clarity, seen.cut);
  if (track.bestScore > 0 && score < track.bestScore * policy.betterPicture) return false;
  track.best = bestOf(seen);
  track.bestScore = score;
  return true;
}

function move(track: Track, seen: Seen, policy: PassagePolicy): void {
  if (seen.at > track.lastSeen)
    track.path = advance(track.path, seen.at, seen.centre, seen.widthPx, seen.aspect);
  const { anchor } = track;
  const away = Math.hypot(seen.centre[0] - anchor.centre[0], seen.centre[1] - anchor.centre[1]);
  const grown = Math.abs(Math.log(seen.widthPx / anchor.widthPx));
  if (away > policy.standingWidths * Math.max(anchor.widthPx, seen.widthPx) || grown > 0.35) {
    track.anchor = { centre: seen.centre, widthPx: seen.widthPx };
    track.standingSince = seen.at;
  }
  track.lastSeen = Math.max(track.lastSeen, seen.at);
  track.missedLooks = 0;
  track.missedMs = 0;
}

/** Stood when last seen: then this is its place. */
export function spotOf(track: Track, policy: PassagePolicy): Prediction | undefined {
  return track.lastSeen - track.standingSince >= policy.standingMs ? track.anchor : undefined;
}

/** The consensus of all looks so far, worked out once per change. */
export function consensusOfTrack(track: Track, policy: PassagePolicy): Consensus {
  track.consensus ??= consensusOf(track.looks, policy);
  return track.consensus;
}

/** 0..1, how far what was read can be held against another reading: the best look so far. */
export function credibilityOf(looks: readonly LookEvidence[]): number {
  let most = 0;
  for (const { trust, clarity } of looks) most = Math.max(most, trust * clarity ** 2);
  return most;
}

/** The consensus under the grammars, with a confidence that holds; worked out once per change. */
export function verdictOf(track: Track, known: Known, policy: PassagePolicy): Verdict {
  track.verdict ??= verdictOn(consensusOfTrack(track, policy), known, policy);
  return track.verdict;
}

function verdictOn(consensus: Consensus, known: Known, policy: PassagePolicy): Verdict {
  const told = claimOn(consensus, known.grammars);
  const { confidence, alternatives } = calibrated(told, told.grounds, known.calibration?.passage ?? null);
  const [country, countryConfidence] = likeliestCountry(told.countries, policy.minCountry);
  return {
    text: told.text,
    confidence,
    alternatives: alternatives.filter((other) => other.confidence >= LEAST_ALTERNATIVE).slice(0, 5),
    slots: told.slots,
    country,
    countryConfidence,
  };
}

export function resultOf(track: Track, known: Known, policy: PassagePolicy): PassageResult {
  let lane: string | null = null;
  let most = 0;
  for (const [id, count] of track.lanes) if (count > most) [lane, most] = [id, count];
  const verdict = verdictOf(track, known, policy);
  return {
    id: track.id,
    ...verdict,
    uncertain: verdict.confidence < known.uncertainBelow,
    lines: consensusOfTrack(track, policy).lines,
    firstSeen: track.firstSeen,
    lastSeen: track.lastSeen,
    framesUsed: track.framesUsed,
    direction: directionOf(track.trend, spotOf(track, policy) !== undefined),
    lane,
    best: track.best,
  };
}

function bestOf({ sighting, at, widthPx }: Seen): BestSight {
  return { capturedAt: at, box: sighting.box, corners: sighting.corners, widthPx };
}

/** Keeps the looks that are worth most: a plate that stands for minutes costs no more than one that passes. */
function keepLook(track: Track, evidence: LookEvidence, policy: PassagePolicy): void {
  if (track.looks.length >= policy.maxLooks) {
    let least = 0;
    track.looks.forEach((look, index) => {
      if (worthOf(look, policy) < worthOf(track.looks[least]!, policy)) least = index;
    });
    if (worthOf(evidence, policy) <= worthOf(track.looks[least]!, policy)) return;
    track.looks.splice(least, 1);
  }
  track.looks.push(evidence);
  track.consensus = undefined;
  track.verdict = undefined;
}

/** What sightings of one plate claim together, before any calibration; `pooled` is their text before the grammars. */
export function claimOfSightings(
  sightings: readonly { at: number; sighting: Sighting }[],
  size: PictureSize,
  grammars: Grammars,
  policy: PassagePolicy = defaultPolicy,
): (PassageClaim & { pooled: string }) | undefined {
  let track: Track | undefined;
  for (const { at, sighting } of sightings) {
    const seen = seenOf(sighting, at, size, undefined, policy);
    track ??= startTrack('', seen);
    addSeen(track, seen, policy);
  }
  if (track === undefined) return undefined;
  const consensus = consensusOfTrack(track, policy);
  return { ...claimOn(consensus, grammars), pooled: consensus.text };
}
