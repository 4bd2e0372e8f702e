// What an acceptance test has to see beside the reads: each passage's plate measured at its best picture, and what moved,
// with pictures of the moments in which something moved and no plate was surely read. It asks for no look more than the
// camera's work needs, and has a motion gate of its own, so that it sees what the agent's own gate may have kept from the
// detector. Nothing is done until wanted.

import { longestExposureMs, measurePlate, type PlateMeasure } from '../aim/index.ts';
import { createMotionGate, type Frame } from '../capture/index.ts';
import type { CameraConfig } from '../config/index.ts';
import { overviewOf } from '../evidence/index.ts';
import type { BestSight, DropReason, PassageEvent } from '../passage/index.ts';
import { centreOf, distance, isCut, type Point } from '../shared/geometry.ts';
import type { Look } from '../vision/index.ts';
import type { LoopWatcher } from './aiming.ts';

/** A passage's plate at its best picture. */
export interface SeenPlate {
  measure: PlateMeasure;
  /** its centre as shares of the picture's width and height */
  x: number;
  y: number;
  /** touches the picture's edge */
  cut: boolean;
  /** longest exposure that leaves its strokes apart at its speed; null: not known */
  exposureMs: number | null;
}

/** Times are UTC epoch milliseconds of frames. */
export type WitnessNote =
  /** something moved all that time (and up to a second less: the gate stays open so long) */
  | { type: 'motion'; from: number; to: number }
  /** a passage is over; `outcome` says whether it gave a read */
  | { type: 'passage'; from: number; to: number; outcome: 'read' | DropReason; plate: SeenPlate | null }
  /** moved: something moves, and no plate is surely read just now; view: nothing moves, what the camera looks at */
  | { type: 'picture'; of: 'moved' | 'view'; at: number; jpeg: Uint8Array };

/** a longer motion is told in parts, so that little is lost when the process ends */
const PART_MS = 2000;
/** a vehicle is in the picture for one to three seconds */
const PICTURE_EVERY_MS = 600;
const PICTURE_WIDTH_PX = 960;
/** a plate of 150 pixels is 50 wide in it, and cannot be read */
const VIEW_WIDTH_PX = 640;
const CALM_MS = 2000;
const QUALITY = 75;

export interface Witness extends LoopWatcher {
  /** Begins anew, or ends. */
  set(on: boolean): void;
  /** The same frames. */
  watching(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void>;
}

export function createWitness(
  camera: Pick<CameraConfig, 'motion' | 'region' | 'masks'>,
  tell: (note: WitnessNote) => void,
): Witness {
  let work: ReturnType<typeof begin> | undefined;

  function begin() {
    const gate = createMotionGate(camera.motion, camera);
    /** open passages; true: surely read */
    const open = new Map<string, boolean>();
    const plates = new Map<string, { seen: SeenPlate; at: number; centre: Point }>();
    let looked: { frame: Frame; look: Look } | undefined;
    let motion: { from: number; to: number } | undefined;
    let [pictureAt, calmSince] = [0, Number.POSITIVE_INFINITY];
    let isViewTold = false;

    function endMotion(): void {
      if (motion) tell({ type: 'motion', ...motion });
      motion = undefined;
    }

    function picture(frame: Frame, of: 'moved' | 'view', maxWidthPx: number): void {
      const planes = frame.planes();
      if (!planes) return;
      const at = frame.capturedAt;
      // A picture that cannot be encoded costs nobody else anything.
      void overviewOf(planes, { quality: QUALITY, maxWidthPx })
        .then((jpeg) => tell({ type: 'picture', of, at, jpeg }))
        .catch(() => {});
    }

    /** The frame that was just looked at still has its rows. */
    function measure(id: string, { corners, box, capturedAt: at }: BestSight): void {
      if (looked?.frame.capturedAt !== at) return;
      const { frame, look } = looked;
      const centre = centreOf(corners);
      const near = (sighting: Look['sightings'][number]) => distance(centreOf(sighting.corners), centre);
      const sighting = look.sightings.toSorted((a, b) => near(a) - near(b))[0];
      const measured = measurePlate(frame, corners, sighting?.reading.lines ?? 1);
      if (!measured) return;
      const before = plates.get(id);
      const speed =
        before && at > before.at ? (1000 * distance(before.centre, centre)) / (at - before.at) : null;
      const exposureMs = longestExposureMs(measured.heightPx, speed) ?? before?.seen.exposureMs ?? null;
      const place = { x: centre[0] / frame.width, y: centre[1] / frame.height, cut: isCut(box, frame) };
      plates.set(id, { seen: { measure: measured, ...place, exposureMs }, at, centre });
    }

    return {
      looked(frame: Frame, look: Look): void {
        looked = { frame, look };
      },
      seen(frame: Frame): void {
        looked = undefined;
        const at = frame.capturedAt;
        const moves = gate.in(frame);
        if (motion && (!moves || at - motion.from >= PART_MS || at < motion.to)) endMotion();
        if (moves) {
          motion = { from: motion?.from ?? at, to: at };
          calmSince = Number.POSITIVE_INFINITY;
          const isRead = [...open.values()].some(Boolean);
          if (!isRead && Math.abs(at - pictureAt) >= PICTURE_EVERY_MS) {
            pictureAt = at;
            picture(frame, 'moved', PICTURE_WIDTH_PX);
          }
        } else {
          calmSince = Math.min(calmSince, at);
          if (!isViewTold && open.size === 0 && at - calmSince >= CALM_MS) {
            isViewTold = true;
            picture(frame, 'view', VIEW_WIDTH_PX);
          }
        }
      },
      told(events: readonly PassageEvent[]): void {
        for (const event of events)
          if (event.type === 'begun') open.set(event.id, false);
          else if (event.type === 'better-picture') measure(event.id, event.best);
          else if (event.type === 'sure') open.set(event.result.id, true);
          else if (event.type === 'ended' || event.type === 'dropped') {
            const { id, firstSeen, lastSeen } = event.result;
            const outcome = event.type === 'ended' ? 'read' : event.reason;
            const plate = plates.get(id)?.seen ?? null;
            open.delete(id);
            plates.delete(id);
            tell({ type: 'passage', from: firstSeen, to: lastSeen, outcome, plate });
          }
      },
      endMotion,
    };
  }

  return {
    set(on) {
      work?.endMotion();
      work = on ? begin() : undefined;
    },
    wanted: () => false,
    looked: (frame, look) => work?.looked(frame, look),
    told: (events) => work?.told(events),
    async *watching(frames) {
      for await (const frame of frames) {
        // Before it is looked at: afterwards its rows are gone.
        work?.seen(frame);
        yield frame;
      }
      work?.endMotion();
    },
  };
}

/** Several watchers of one loop. */
export function together(...watchers: readonly LoopWatcher[]): LoopWatcher {
  return {
    wanted: () => watchers.some((each) => each.wanted()),
    looked(frame, look) {
      for (const each of watchers) each.looked(frame, look);
    },
    told(events) {
      for (const each of watchers) each.told(events);
    },
  };
}
