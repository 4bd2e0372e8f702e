// A passage's result as the contract has it: the read without its place in the journal. Numbers are rounded to what they
// are worth, and per position only characters that are worth a look are listed.

import type { ReadPayload } from '../contract/index.ts';
import { ALPHABET } from '../shared/alphabet.ts';
import { heightOf, type Quad } from '../shared/geometry.ts';
import { isoOf } from '../shared/time.ts';
import type { Slot } from '../vision/index.ts';
import type { PassageResult } from './types.ts';

/** What a read says besides the passage: who read it, where, with what, and what is kept of it. */
export interface ReadContext
  extends Pick<
    ReadPayload,
    'site' | 'box' | 'camera' | 'position' | 'headingDegrees' | 'clock' | 'software' | 'overview'
  > {
  evidence: readonly ReadPayload['evidence'][number][];
}

/** characters per position: those of at least 1 %, and no more than five */
const MIN_CHARACTER = 0.01;
const MOST_CHARACTERS = 5;

export function readPayload(result: PassageResult, context: ReadContext): ReadPayload {
  const { best } = result;
  return {
    schema: 1,
    type: 'read',
    id: result.id,
    site: context.site,
    box: context.box,
    camera: context.camera,
    capturedAt: isoOf(best.capturedAt),
    clock: context.clock,
    position: context.position,
    headingDegrees: context.headingDegrees,
    plate: {
      text: result.text,
      country: result.country,
      countryConfidence: probability(result.countryConfidence),
      confidence: probability(result.confidence),
      uncertain: result.uncertain,
      lines: result.lines,
      characters: result.slots.map(charactersOf),
      alternatives: result.alternatives.map(({ text, confidence }) => ({
        text,
        confidence: probability(confidence),
      })),
    },
    passage: {
      firstSeen: isoOf(result.firstSeen),
      lastSeen: isoOf(result.lastSeen),
      framesUsed: result.framesUsed,
      direction: result.direction,
      lane: result.lane,
    },
    picture: {
      widthPx: Math.round(best.widthPx),
      heightPx: Math.round(heightOf(best.corners)),
      corners: cornersOf(best.corners),
    },
    evidence: context.evidence.map(({ kind, mediaType, sizeBytes, sha256 }) => ({
      kind,
      mediaType,
      sizeBytes,
      sha256,
    })),
    ...(context.overview !== undefined && { overview: context.overview }),
    software: context.software,
  };
}

function charactersOf(slot: Slot): ReadPayload['plate']['characters'][number] {
  const listed = slot
    .map((share, index) => ({
      character: index === 0 ? '' : ALPHABET[index - 1]!,
      probability: probability(share),
    }))
    .sort((a, b) => b.probability - a.probability);
  return listed
    .slice(0, MOST_CHARACTERS)
    .filter((each, rank) => rank === 0 || each.probability >= MIN_CHARACTER);
}

/** four digits: finer differences mean nothing */
function probability(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

function cornersOf([a, b, c, d]: Quad): Quad {
  return [tenths(a), tenths(b), tenths(c), tenths(d)];
}

function tenths([x, y]: [number, number]): [number, number] {
  return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
}
