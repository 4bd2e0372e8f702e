// Keeps, for each open passage, the full-size planes of its best frame so far: the frame itself is gone from capture
// a moment later, and evidence is made only once the passage has ended.

import type { Frame, Plane, Planes } from '../capture/index.ts';
import type { BestSight } from '../passage/index.ts';
import { giveBack } from '../shared/memory.ts';

export interface BestPicture {
  planes: Planes | { y: Plane };
  best: BestSight;
}

/** open passages that may hold a picture at once (about 3 MB each at 1920x1080); the oldest gives way */
const MOST_KEPT = 8;

export function keepBestPictures() {
  const kept = new Map<string, BestPicture>();

  function take(id: string): BestPicture | null {
    const picture = kept.get(id) ?? null;
    kept.delete(id);
    return picture;
  }

  function forget(id: string): void {
    const picture = take(id);
    if (picture) for (const plane of Object.values(picture.planes)) giveBack(plane.data);
  }

  return {
    /** Reads the frame's planes now; keeps the earlier picture when the frame has already been overtaken. */
    keep(id: string, best: BestSight, frame: Frame): void {
      const planes = frame.planes();
      if (planes === undefined) return;
      forget(id);
      kept.set(id, { planes, best });
      if (kept.size > MOST_KEPT) forget(kept.keys().next().value!);
    },
    take,
    /** The passage gives no read. */
    forget,
  };
}
