// What passage tells of plates followed over time. Plain data: it crosses to the camera loop, the journal and the
// watchlist.

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
  /** below `reads.uncertainBelow` */
  uncertain: boolean;
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

/** Why a passage that is over gives no read. */
export type DropReason =
  /** a few weak detections that were no plate, or one look that could not be read well */
  | 'too-few-looks'
  /** stood all the time, and the detector was never sure of it: a road sign, a number on a wall */
  | 'standing-thing'
  /** below `reads.minConfidence` */
  | 'low-confidence'
  /** below `reads.minCharacters` */
  | 'too-short'
  /** the same vehicle has given its read: it flickered, or drove off after standing */
  | 'same-vehicle';

/** Each passage has one `begun`, at most one `sure` and, last, one `ended` or one `dropped`. */
export type PassageEvent =
  /** the first sighting of a new passage */
  | { type: 'begun'; id: string; at: number }
  /** the passage's best picture so far is in the frame that was just followed: keep it now or never */
  | { type: 'better-picture'; id: string; best: BestSight }
  /** what an open passage says so far, told again when that changes; only where it is asked for (`earlyMs`) */
  | { type: 'early'; at: number; result: PassageResult }
  /**
   * The passage would give a read, and hardly gets a better picture than the one it has: its pictures can be made now, and are
   * there when it ends. Told again after a better one came all the same.
   */
  | { type: 'ripe'; id: string }
  /** the evidence suffices: at most once a passage */
  | { type: 'sure'; at: number; result: PassageResult }
  /** the plate left, or stands still long enough to be called parked: this is the read */
  | { type: 'ended'; at: number; result: PassageResult }
  /** the passage is over and gives no read: forget its pictures */
  | { type: 'dropped'; at: number; id: string; reason: DropReason; result: PassageResult };

/** What is being followed, for whoever paces the looks. */
export interface OpenPassages {
  /** passages that will still give a read, or be dropped: while there are any, looks count */
  open: number;
  /** of these, the ones not yet sure: looks count most here */
  unsure: number;
  /** of these, the ones that move */
  moving: number;
  /** of these, the ones that have stood so long that only their leaving would be news */
  parked: number;
  /** plates that have given their read and are remembered so that they give no second one */
  told: number;
}
