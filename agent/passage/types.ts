// What passage tells of plates followed over time.

import type { Box, Quad } from '../shared/geometry.ts';
import type { Slot } from '../vision/index.ts';

export type Direction = 'approaching' | 'receding' | 'stationary' | 'unknown';

export interface Alternative {
  text: string;
  /** probability, 0..1 */
  confidence: number;
}

/** The best picture of a passage, where the evidence is cut from. */
export interface BestSight {
  capturedAt: number;
  box: Box;
  corners: Quad;
  /** width of the plate in pixels of the full frame */
  widthPx: number;
}

/** The result of one passage so far; the last one, of the `ended` event, becomes the read. */
export interface PassageResult {
  /** UUIDv7, the read's id from the first sighting on */
  id: string;
  text: string;
  /** probability that `text` is right, 0..1 */
  confidence: number;
  country: string;
  countryConfidence: number;
  /** other texts, most probable first, without `text` itself */
  alternatives: Alternative[];
  /** added-up evidence, one slot a character of `text` */
  slots: Slot[];
  lines: 1 | 2;
  /** UTC epoch milliseconds of the first and the last sighting */
  firstSeen: number;
  lastSeen: number;
  /** sightings with a reading that took part */
  framesUsed: number;
  direction: Direction;
  /** id of the lane, when lanes are configured and the plate was inside one */
  lane: string | null;
  best: BestSight;
}

export type PassageEvent =
  /** the first sighting of a new passage */
  | { type: 'begun'; id: string; at: number }
  /** the evidence suffices: at most once a passage */
  | { type: 'sure'; at: number; result: PassageResult }
  /** the passage's best picture so far is in the frame that was just followed: keep it now or never */
  | { type: 'better-picture'; id: string; best: BestSight }
  /** the plate left, or stands still long enough to be called parked */
  | { type: 'ended'; at: number; result: PassageResult };
