// One picture of what a camera sees now, taken from the frames that pass anyway: no second session with the camera.

import type { Frame } from '../capture/index.ts';
import { overviewOf } from '../evidence/index.ts';

export interface Snapshot {
  /** JPEG at the camera's full size */
  jpeg: Uint8Array;
  /** UTC epoch milliseconds of the frame */
  capturedAt: number;
  width: number;
  height: number;
}

const QUALITY = 90;

/** Between the frames and whoever looks at them; nothing is done until somebody wants a picture. */
export function createSnapshots() {
  let wanted: ((snapshot: Snapshot) => void)[] = [];

  async function take(frame: Frame): Promise<void> {
    // Read now: the frame is gone as soon as it has been looked at.
    const planes = frame.planes();
    if (!planes) return;
    const { capturedAt, width, height } = frame;
    const waiting = wanted;
    wanted = [];
    const jpeg = await overviewOf(planes, { quality: QUALITY, maxWidthPx: width });
    for (const resolve of waiting) resolve({ jpeg, capturedAt, width, height });
  }

  return {
    /** The next frame that comes. Never resolves when none does. */
    next: () => new Promise<Snapshot>((resolve) => wanted.push(resolve)),
    /** The same frames. */
    async *watching(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void> {
      for await (const frame of frames) {
        // A picture that cannot be encoded costs nobody else anything: whoever wanted it gives up in its own time.
        if (wanted.length > 0) void take(frame).catch(() => {});
        yield frame;
      }
    },
  };
}
