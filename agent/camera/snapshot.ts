// One picture of what a camera sees now, taken from the frames that pass anyway: no second session with the camera.

import type { Frame } from '../capture/index.ts';
import { overviewOf } from '../evidence/index.ts';

export interface Snapshot {
  /** JPEG at the camera's full size, or averaged down by a whole number to the width that was asked for */
  jpeg: Uint8Array;
  /** UTC epoch milliseconds of the frame */
  capturedAt: number;
  /** of the camera's picture, pixels */
  width: number;
  height: number;
}

const QUALITY = 90;

interface Wanted {
  maxWidthPx: number | null;
  resolve(snapshot: Snapshot): void;
}

/** Between the frames and whoever looks at them; nothing is done until somebody wants a picture. */
export function createSnapshots() {
  let wanted: Wanted[] = [];

  async function take(frame: Frame): Promise<void> {
    // Read now: the frame is gone as soon as it has been looked at.
    const planes = frame.planes();
    if (!planes) return;
    const { capturedAt, width, height } = frame;
    const waiting = wanted;
    wanted = [];
    const encoded = [...new Set(waiting.map(({ maxWidthPx }) => maxWidthPx))].map(async (maxWidthPx) => {
      const jpeg = await overviewOf(planes, { quality: QUALITY, maxWidthPx: maxWidthPx ?? width });
      for (const one of waiting)
        if (one.maxWidthPx === maxWidthPx) one.resolve({ jpeg, capturedAt, width, height });
    });
    await Promise.all(encoded);
  }

  return {
    /** The next frame that comes, no wider than that; null: as it is. Never resolves when none comes. */
    next: (maxWidthPx: number | null) =>
      new Promise<Snapshot>((resolve) => wanted.push({ maxWidthPx, resolve })),
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
