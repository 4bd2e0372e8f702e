// Makes a read's pictures in a thread of its own. Encoding and the disk's fsyncs take many small waits, and each would
// wait for the event loop of the camera's process, which stands still while a model runs: a read would be half a second
// late for its pictures.

import type { Planes } from '../capture/index.ts';
import type { Quad } from '../shared/geometry.ts';
import { startThread } from '../shared/thread.ts';
import type { MakerOperations, MakerOptions } from './maker-thread.ts';
import type { StoredEvidence } from './store.ts';

export interface PictureOfRead {
  readId: string;
  /** UTC epoch milliseconds */
  capturedAt: number;
  /** `make` moves them into the thread: they are empty afterwards */
  planes: Planes | { y: Planes['y'] };
  corners: Quad;
}

export interface MadeEvidence {
  items: StoredEvidence[];
  /** why a picture is missing from `items`: the read goes without it */
  problem: { code: string; message: string } | null;
}

export interface EvidenceMaker {
  /** Resolves once the pictures are on disk. @throws {AnprError} `evidence.failed`, `evidence.closed` */
  make(picture: PictureOfRead): Promise<MadeEvidence>;
  /** Removes the pictures of a passage that gives no read. @param capturedAt as they were made with */
  remove(readId: string, capturedAt: number): Promise<void>;
  /** Waits for pictures under way. */
  close(): Promise<void>;
}

export async function startEvidenceMaker(options: MakerOptions): Promise<EvidenceMaker> {
  const module = new URL('./maker-thread.ts', import.meta.url);
  const thread = await startThread<MakerOperations, undefined>(module, options, 'evidence');
  return {
    make: (picture) => thread.call('make', picture, memoryOf(picture.planes)),
    remove: (readId, capturedAt) => thread.call('remove', { readId, capturedAt }),
    close: () => thread.close(),
  };
}

/** The planes often lie in one piece of memory, and none can be moved twice. */
function memoryOf(planes: PictureOfRead['planes']): ArrayBuffer[] {
  const all = Object.values(planes).map(({ data }) => data.buffer);
  return [...new Set(all)].filter((memory) => memory instanceof ArrayBuffer);
}
