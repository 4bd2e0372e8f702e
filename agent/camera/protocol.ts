// What the agent and a camera's child process say to each other over IPC. The child tells what a passage says as soon as
// it knows, before its pictures are made: when it is killed, the agent has that (unfinished-policy.ts). It ends by itself only
// when each of its reads is in the journal (`ack`).

import type { AimReport } from '../aim/index.ts';
import type { Config } from '../config/index.ts';
import type { CameraState } from '../contract/index.ts';
import type { EvidenceItem } from '../evidence/index.ts';
import type { BestSight, PassageResult } from '../passage/index.ts';
import type { KeyRing } from '../seal/index.ts';
import type { PreviewNote } from './previewing.ts';
import type { Snapshot } from './snapshot.ts';
import type { WitnessNote } from './witness.ts';

export interface StartMessage {
  type: 'start';
  camera: Config['cameras'][number];
  models: Config['models'];
  reads: Config['reads'];
  /** open passages are told so long after their first sighting; null: nobody wants to know */
  earlyMs: number | null;
  /** with the keys that pictures are sealed with */
  evidence: Config['evidence'] & { keys: KeyRing };
  log: Config['log'] & { bindings: Record<string, string> };
}

export type ToChild =
  | StartMessage
  | { type: 'ack'; id: string }
  /** the next picture, no wider than that; null: as it is */
  | { type: 'snapshot'; maxWidthPx: number | null }
  /** an open passage has raised a hit: its pictures so far, as those of the record `record` */
  | { type: 'early-pictures'; passage: string; record: string }
  /** somebody aims, or nobody any more */
  | { type: 'aim'; on: boolean }
  /** an acceptance test runs, or none any more */
  | { type: 'witness'; on: boolean }
  /** a preview begins, its pictures on a socket in that folder, or ends (null) */
  | { type: 'preview'; key: string; folder: string | null }
  | { type: 'stop' };

/** A passage is over: its read, but for its pictures. */
export interface EndedFromChild {
  type: 'ended';
  result: PassageResult;
  /** UTC epoch milliseconds of the moment at which the passage was found to be over */
  endedAt: number;
  software: Software;
}

/** What the open passages would give if they ended now: all of them each time. */
export interface OpenFromChild {
  type: 'open';
  passages: PassageResult[];
  software: Software;
}

/** An open passage, as far as it can be read. */
export interface EarlyFromChild {
  type: 'early';
  result: PassageResult;
  software: Software;
}

/** Pictures that were asked for before their passage ended. */
export interface EarlyPictures {
  type: 'early-pictures';
  record: string;
  /** whose pictures they are on the disk: the record's own, or the passage's, which may yet get better ones */
  of: 'record' | 'passage';
  /** UTC epoch milliseconds of the picture */
  at: number;
  items: EvidenceItem[];
}

/** What read it. */
export interface Software {
  detector: { name: string; sha256: string };
  straightener?: { name: string; sha256: string };
  reader: { name: string; sha256: string };
}

/** A camera's life in numbers, told once a second and at each change of state. */
export interface CameraReport {
  state: CameraState;
  reason: string | null;
  /** UTC epoch milliseconds of the last change of state */
  since: number;
  width: number | null;
  height: number | null;
  fps: number | null;
  codec: string | null;
  decode: string | null;
  framesDecoded: number;
  framesDropped: number;
  restarts: number;
  looks: number;
  /** plates found and read in these looks */
  sightings: number;
  passages: number;
  reads: number;
  /** passages that ended without a text worth keeping */
  dropped: number;
  lastReadAt: number | null;
}

/** What becomes of passages. */
export type PassageFromChild =
  | OpenFromChild
  | EarlyFromChild
  /** the pictures of an open passage are being made, of that moment; a better one may still come */
  | { type: 'picture'; id: string; best: BestSight }
  | EndedFromChild
  /** the pictures of a passage that has ended are on the disk, as far as they could be made */
  | { type: 'pictured'; id: string; evidence: EvidenceItem[] }
  /** something was told of a passage, and it gives no read */
  | { type: 'dropped'; id: string };

export type FromChild =
  | PassageFromChild
  | EarlyPictures
  | { type: 'report'; report: CameraReport }
  | { type: 'models'; software: Software }
  | { type: 'snapshot'; maxWidthPx: number | null; snapshot: Snapshot }
  | { type: 'aim'; report: AimReport }
  | { type: 'witness'; note: WitnessNote }
  | { type: 'preview'; key: string; note: PreviewNote }
  /** a recorded video came to its end: nothing to start again */
  | { type: 'finished' };
