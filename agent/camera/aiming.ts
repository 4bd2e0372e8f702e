// Aiming beside a camera's real work: nothing is done until somebody aims, and it costs the frames nothing but the measuring.

import { type AimReport, createAim } from '../aim/index.ts';
import type { Frame } from '../capture/index.ts';
import type { PassageEvent } from '../passage/index.ts';
import type { Look } from '../vision/index.ts';

/** a frame without a look still tells that the camera lives, so often */
const TELL_EVERY_MS = 250;

/** What the loop tells of its work, for somebody who aims. */
export interface LoopWatcher {
  /** looks are wanted although nothing moves: somebody turns the camera, or a parked car is aimed at */
  wanted(): boolean;
  /** called before the frame is released */
  looked(frame: Frame, look: Look): void;
  told(events: readonly PassageEvent[]): void;
}

export interface Aiming extends LoopWatcher {
  /** Begins anew, or ends. */
  set(on: boolean): void;
  /** The same frames; tells of those that are not looked at, now and then. */
  watching(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void>;
}

export function createAiming(
  options: { camera: string; uncertainBelow: number },
  tell: (report: AimReport) => void,
): Aiming {
  let aim: ReturnType<typeof createAim> | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;

  function report(at: number): void {
    if (!aim) return;
    toldAt = at;
    tell(aim.report(at));
  }

  return {
    set(on) {
      aim = on ? createAim(options) : undefined;
      toldAt = Number.NEGATIVE_INFINITY;
    },
    wanted: () => aim !== undefined,
    looked(frame, { sightings }) {
      aim?.looked(frame, sightings);
      report(frame.capturedAt);
    },
    told: (events) => aim?.told(events),
    async *watching(frames) {
      for await (const frame of frames) {
        yield frame;
        const { capturedAt } = frame;
        if (capturedAt - toldAt >= TELL_EVERY_MS || capturedAt < toldAt) report(capturedAt);
      }
    },
  };
}
