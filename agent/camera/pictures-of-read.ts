// The pictures of each read on their way to the disk, begun as early as they are ripe. What is made for one passage is made
// one after the other: a better picture replaces the one before it, never the other way round.

import type { EvidenceItem } from '../evidence/index.ts';
import type { BestPicture } from './best-picture.ts';

export interface PictureWork {
  /** Makes and keeps the pictures; resolves with what is on disk. Never rejects. */
  make(readId: string, picture: BestPicture): Promise<EvidenceItem[]>;
  /** Takes away what was kept for a read that there will not be. */
  remove(readId: string, capturedAt: number): Promise<void>;
}

interface Begun {
  items: Promise<EvidenceItem[]>;
  capturedAt: number;
}

export function createPicturesOfReads({ make, remove }: PictureWork) {
  const begun = new Map<string, Begun>();

  async function replace(
    id: string,
    before: Begun | undefined,
    picture: BestPicture,
  ): Promise<EvidenceItem[]> {
    if (before === undefined) return make(id, picture);
    const old = await before.items;
    const items = await make(id, picture);
    // A better picture that could not be kept leaves the one before it.
    return items.length > 0 ? items : old;
  }

  return {
    begin(id: string, picture: BestPicture): void {
      const items = replace(id, begun.get(id), picture);
      begun.set(id, { items, capturedAt: picture.best.capturedAt });
    },
    /** What was begun for an open passage; undefined: nothing was. */
    begun: (id: string): Readonly<Begun> | undefined => begun.get(id),
    /** The pictures of a passage that has ended; null: no better one than what was begun, if anything was. */
    finish(id: string, picture: BestPicture | null): Promise<EvidenceItem[]> {
      const before = begun.get(id);
      begun.delete(id);
      if (picture !== null) return replace(id, before, picture);
      return before?.items ?? Promise.resolve([]);
    },
    forget(id: string): void {
      const before = begun.get(id);
      begun.delete(id);
      if (before) void before.items.then(() => remove(id, before.capturedAt));
    },
  };
}
