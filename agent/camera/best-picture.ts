// Keeps, for each open passage, the full-size planes of its best frame so far: the frame itself is gone from capture
// a moment later.

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

  function drop(id: string): void {
    const picture = kept.get(id);
    kept.delete(id);
    if (picture) for (const plane of Object.values(picture.planes)) giveBack(plane.data);
  }

  return {
    /** Reads the frame's planes now; keeps the earlier picture when the frame has already been overtaken. */
    keep(id: string, best: BestSight, frame: Frame): void {
      const planes = frame.planes();
      if (planes === undefined) return;
      drop(id);
      kept.set(id, { planes, best });
      if (kept.size > MOST_KEPT) drop(kept.keys().next().value!);
    },
    /** A copy of the picture as it is now: the passage goes on with its own. */
    copy(id: string): BestPicture | null {
      const picture = kept.get(id);
      if (!picture) return null;
      const copied = Object.entries(picture.planes).map(([name, plane]: [string, Plane]) => [
        name,
        { ...plane, data: plane.data.slice() },
      ]);
      return { planes: Object.fromEntries(copied) as BestPicture['planes'], best: { ...picture.best } };
    },
    /** The picture as it is now; null when it could not be had, or was taken before and none better came. */
    take(id: string): BestPicture | null {
      const picture = kept.get(id) ?? null;
      kept.delete(id);
      return picture;
    },
    /** The passage gives no read. */
    forget: drop,
  };
}
