// A camera's whole life as one loop: frames in, finished passages out. It holds the stages together and decides
// nothing itself: whether to look is capture's policy, what is a passage is the tracker's.

import { createLookPacer, createMotionGate, type Frame } from '../capture/index.ts';
import type { CameraConfig } from '../config/index.ts';
import type { PassageEvent, PassageResult, Tracker } from '../passage/index.ts';
import { withPauses } from '../shared/pauses.ts';
import type { Vision } from '../vision/index.ts';
import type { LoopWatcher } from './aiming.ts';
import { type BestPicture, keepBestPictures } from './best-picture.ts';

export interface LoopCounts {
  looks: number;
  sightings: number;
  passages: number;
  /** passages that gave no read */
  dropped: number;
  detectMs: number;
  readMs: number;
}

export interface LoopParts {
  camera: CameraConfig;
  frames: AsyncIterable<Frame>;
  vision: Pick<Vision, 'look'>;
  tracker: Tracker;
  /** the picture of an open passage that will hardly get a better one: its best, unless `ended` comes with one */
  ripe(id: string, picture: BestPicture): void;
  /** what an open passage says so far, where the tracker is to tell it */
  early?(result: PassageResult): void;
  /** after each look, and when something has ended: what the open passages would give if they ended at `at` */
  open?(passages: PassageResult[], at: number): void;
  /** keeps the best picture of each open passage */
  pictures?: ReturnType<typeof keepBestPictures>;
  /** a passage gave its read; `picture` is its best frame, null when it could not be had or was told as ripe */
  ended(result: PassageResult, picture: BestPicture | null): void;
  /** a passage that gives no read, after all */
  dropped(id: string): void;
  /**
   * After so long without a frame time goes on for the open passages: a vehicle that was there when the cable was cut has its read then, and
   * not when pictures come again. Longer than a stream may be silent, or a late frame would find its passage ended. Absent: never.
   */
  quietMs?: number;
  /** somebody who watches how it goes */
  watcher?: LoopWatcher;
  /** the same object all along, counted up */
  counts: LoopCounts;
}

/**
 * Follows the frames until they end, then closes the passages that are still open.
 * @throws what the frames or vision throw; open passages are closed first
 */
export async function followCamera({
  camera,
  frames,
  vision,
  tracker,
  early,
  open,
  pictures = keepBestPictures(),
  ripe,
  ended,
  dropped,
  quietMs,
  watcher,
  counts,
}: LoopParts): Promise<void> {
  const motion = createMotionGate(camera.motion, { region: camera.region, masks: camera.masks });
  const pacer = createLookPacer({ looksPerSecond: camera.looksPerSecond });
  let lastAt = 0;
  let cameAt = performance.now();

  function tell(events: PassageEvent[], frame: Frame | null): void {
    watcher?.told(events);
    for (const event of events) {
      if (event.type === 'begun') counts.passages++;
      else if (event.type === 'better-picture' && frame !== null) pictures.keep(event.id, event.best, frame);
      else if (event.type === 'early') early?.(event.result);
      else if (event.type === 'ripe') {
        const picture = pictures.take(event.id);
        if (picture) ripe(event.id, picture);
      } else if (event.type === 'ended') ended(event.result, pictures.take(event.result.id));
      else if (event.type === 'dropped') {
        counts.dropped++;
        pictures.forget(event.id);
        dropped(event.id);
      }
    }
    if (open && (frame !== null || events.length > 0)) open(tracker.soFar(), lastAt);
  }

  try {
    for await (const frame of quietMs === undefined ? frames : withPauses(frames, quietMs)) {
      if (frame === null) {
        tell(tracker.idle(lastAt + (performance.now() - cameAt)), null);
        continue;
      }
      lastAt = frame.capturedAt;
      cameAt = performance.now();
      const moving = !camera.motion.enabled || motion.in(frame) || (watcher?.wanted() ?? false);
      const following = tracker.open();
      if (
        pacer.due({
          at: frame.capturedAt,
          moving,
          // what is parked and cannot be read is waited for: a sign would be looked at for ever
          following: following.open > following.parked,
          sequence: frame.sequence,
        })
      ) {
        const look = await vision.look(frame);
        counts.looks++;
        counts.sightings += look.sightings.length;
        counts.detectMs += look.ms.detect;
        counts.readMs += look.ms.read;
        watcher?.looked(frame, look);
        pacer.looked({ at: frame.capturedAt, costMs: look.ms.detect + look.ms.read });
        tell(tracker.follow(frame, look.sightings), frame);
      } else tell(tracker.idle(frame.capturedAt), null);
      frame.release();
    }
  } finally {
    tell(tracker.close(lastAt), null);
  }
}
