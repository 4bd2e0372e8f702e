// Keeps, for each open passage, the full-size planes of its best frame so far: the frame itself is gone from capture
// a moment later. When a look has brought no better picture of a passage that is sure to give a read, or none has come for
// a while, the picture is ripe: the evidence can be begun before the passage ends, and most reads need not wait for it.

import type { Frame, Plane, Planes } from '../capture/index.ts';
import type { BestSight } from '../passage/index.ts';
import { giveBack } from '../shared/memory.ts';

export interface BestPicture {
  planes: Planes | { y: Plane };
  best: BestSight;
}

/** open passages that may hold a picture at once (about 3 MB each at 1920x1080); the oldest gives way */
const MOST_KEPT = 8;
/** Without a better one for so long the vehicle has gone by, or stands: an unsure passage is held for a second. */
const RIPE_AFTER_MS = 400;

export function keepBestPictures() {
  const kept = new Map<string, BestPicture>();
  const sure = new Set<string>();
  /** got a better picture in the look just taken */
  const improved = new Set<string>();

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
      improved.add(id);
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
    /** The evidence suffices: this passage will give a read. */
    sure(id: string): void {
      sure.add(id);
    },
    /**
     * After each look: pictures that may be begun now; a better one may still come.
     * @param now UTC epoch milliseconds of the look
     */
    ripe(now: number): [id: string, picture: BestPicture][] {
      const isRipe = ([id, { best }]: [string, BestPicture]) =>
        !improved.has(id) && (sure.has(id) || now - best.capturedAt >= RIPE_AFTER_MS);
      const ripe = [...kept].filter(isRipe);
      improved.clear();
      for (const [id] of ripe) {
        kept.delete(id);
        sure.delete(id);
      }
      return ripe;
    },
    /** The passage has ended; null when its picture could not be had, or was ripe and none better came. */
    take(id: string): BestPicture | null {
      const picture = kept.get(id) ?? null;
      kept.delete(id);
      sure.delete(id);
      return picture;
    },
    /** The passage gives no read. */
    forget(id: string): void {
      drop(id);
      sure.delete(id);
    },
  };
}
