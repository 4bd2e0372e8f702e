// What vision says of a frame. Plain data: it crosses to passage and, as a summary, to the CLI.

import type { Box, Quad } from '../shared/geometry.ts';

/** Where one plate is in one frame, in pixels of the full frame. */
export interface Detection {
  box: Box;
  corners: Quad;
  /** 0..1, how sure the detector is that this is a plate */
  score: number;
}

export { ALPHABET } from '../shared/alphabet.ts';

/** Probabilities of one character position: [nothing, '0', '1', … 'Z'], 37 numbers that sum to 1. */
export type Slot = number[];

/** Another text that the reader holds possible. */
export interface TextGuess {
  text: string;
  /** probability that the whole text is right, 0..1 */
  confidence: number;
}

/** What the reader says of one detection. */
export interface Reading {
  /** most probable text, A–Z and 0–9 only, possibly empty (nothing readable) */
  text: string;
  /** the reader's own probability of the whole text, 0..1: for CTC the sum over all its alignments */
  confidence: number;
  /** one a character of `text`: what this position may hold if every other position is as in `text` */
  slots: Slot[];
  /** other texts, most probable first, without `text` itself; absent when the reader gives none */
  alternatives?: TextGuess[];
  /** country code as on the plate (`B`, `NL`, … or `unknown`) → probability; empty when the reader has no such output */
  countries: Record<string, number>;
  /** 1, or 2 for a two-line plate */
  lines: 1 | 2;
}

/** A detection with its reading. */
export interface Sighting extends Detection {
  reading: Reading;
}

/** Milliseconds of the parts of one look, each with its pre- and post-processing. */
export interface LookTimes {
  detect: number;
  read: number;
}

export interface Look {
  sightings: Sighting[];
  /** found, but the frame's full-size rows were gone when they were asked for: somewhere, not read */
  unread: Detection[];
  ms: LookTimes;
}
