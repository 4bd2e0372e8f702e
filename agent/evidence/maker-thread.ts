// The thread behind maker.ts.

import { workerData } from 'node:worker_threads';
import { codeOf, messageOf } from '../shared/errors.ts';
import { serveThread } from '../shared/thread.ts';
import type { MadeEvidence, PictureOfRead } from './maker.ts';
import { overviewOf } from './overview.ts';
import { plateOf } from './plate.ts';
import { createEvidenceStore } from './store.ts';

export interface MakerOptions {
  directory: string;
  overview: 'none' | 'full';
  /** 30..100 */
  jpegQuality: number;
}

export type MakerOperations = { make(picture: PictureOfRead): Promise<MadeEvidence> };

const { directory, overview, jpegQuality: quality } = workerData as MakerOptions;
const store = createEvidenceStore({ directory });

async function make({ readId, capturedAt, planes, corners }: PictureOfRead): Promise<MadeEvidence> {
  const items: MadeEvidence['items'] = [];
  try {
    items.push(await store.put(readId, 'plate', capturedAt, await plateOf(planes, corners, { quality })));
    if (overview === 'full')
      items.push(await store.put(readId, 'overview', capturedAt, await overviewOf(planes, { quality })));
    return { items, problem: null };
  } catch (error) {
    return { items, problem: { code: codeOf(error), message: messageOf(error) } };
  }
}

serveThread<MakerOperations, undefined>(() => ({ ready: undefined, operations: { make }, close: () => {} }));
