// What vision says of a frame. Plain data: it crosses to passage and, as a summary, to the CLI.

import type { Box, Quad } from '../shared/geometry.ts';

/** Where one plate is in one frame, in pixels of the full frame. */
export interface Detection {
  box: Box;
  corners: Quad;
  /** 0..1, how sure the detector is that this is a plate */
  score: number;
}

/** Characters that a slot can hold, in the order of a slot's numbers; index 0 stands for "no character here". */
export const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Probabilities of one character position: [nothing, '0', '1', … 'Z'], 37 numbers that sum to 1. */
export type Slot = number[];

/** What the reader says of one detection. */
export interface Reading {
  /** most probable text, A–Z and 0–9 only, possibly empty (nothing readable) */
  text: string;
  /** probability that the whole text is right, 0..1: the product over its slots of the best character's share */
  confidence: number;
  /** one a character of `text` */
  slots: Slot[];
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
  ms: LookTimes;
}
