// Whether a confidence means what it says: of the reads that claim 90 %, nine in ten should be right. Pure.

import { type Share, shareOf } from './statistics.ts';

/** A read of a plate whose text is known. */
export interface Judged {
  /** 0..1, as the agent told it */
  confidence: number;
  right: boolean;
}

export interface ReliabilityBin {
  /** confidences from `from` up to but without `to`; the last bin includes 1 */
  from: number;
  to: number;
  /** mean confidence of the reads in it; null when there are none */
  claimed: number | null;
  right: Share;
}

export interface Calibration {
  /** reads of plates whose text is known; a plate that was found and not read is none */
  reads: number;
  /** wrong ones among those that are as sure as SURE_FROM or more */
  sureWrong: Share;
  bins: ReliabilityBin[];
  /** mean of |claimed - right| over the bins, weighted by their reads (Naeini et al. 2015); null without reads */
  expectedError: number | null;
}

/** What the agent promises most of: of the reads that are so sure at most 1 in 300 is wrong. */
export const SURE_FROM = 0.99;

/** Finer towards 1, where decisions are made and most reads are. */
const EDGES = [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, SURE_FROM, 1];

export function calibrationOf(reads: readonly Judged[]): Calibration {
  const bins = EDGES.slice(1).map((to, i): ReliabilityBin => {
    const from = EDGES[i]!;
    const inside = reads.filter(
      ({ confidence }) => confidence >= from && (confidence < to || i === EDGES.length - 2),
    );
    const sum = inside.reduce((total, { confidence }) => total + confidence, 0);
    return {
      from,
      to,
      claimed: inside.length === 0 ? null : sum / inside.length,
      right: shareOf(inside.filter(({ right }) => right).length, inside.length),
    };
  });
  const sure = reads.filter(({ confidence }) => confidence >= SURE_FROM);
  const error = bins.reduce(
    (total, { claimed, right }) => total + right.n * Math.abs((claimed ?? 0) - (right.share ?? 0)),
    0,
  );
  return {
    reads: reads.length,
    sureWrong: shareOf(sure.filter(({ right }) => !right).length, sure.length),
    bins,
    expectedError: reads.length === 0 ? null : error / reads.length,
  };
}
