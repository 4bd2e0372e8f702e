// The thread behind maker.ts.

import { workerData } from 'node:worker_threads';
import sharp from 'sharp';
import type { KeyRing } from '../seal/index.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import { giveBack } from '../shared/memory.ts';
import { serveThread } from '../shared/thread.ts';
import type { MadeEvidence, PictureOfRead } from './maker.ts';
import { maskOf, type OverviewPolicy } from './mask-policy.ts';
import { overviewOf } from './overview.ts';
import { plateOf } from './plate.ts';
import { createEvidenceStore } from './store.ts';

export interface MakerOptions {
  directory: string;
  overview: OverviewPolicy;
  /** 30..100 */
  jpegQuality: number;
  /** pictures are sealed with these */
  keys?: KeyRing;
}

export type MakerOperations = {
  make(picture: PictureOfRead): Promise<MadeEvidence>;
  remove(of: { readId: string; capturedAt: number }): Promise<void>;
};

const { directory, overview, jpegQuality: quality, keys } = workerData as MakerOptions;
const store = createEvidenceStore({ directory, keys });

// one picture at a time on the camera's cores
sharp.concurrency(1);

async function make({ readId, capturedAt, planes, corners }: PictureOfRead): Promise<MadeEvidence> {
  const plate = async () =>
    store.put(readId, 'plate', capturedAt, await plateOf(planes, corners, { quality }));
  const scene = async () => {
    const mask = overview === 'masked' ? maskOf(corners, planes.y) : undefined;
    return store.put(readId, 'overview', capturedAt, await overviewOf(planes, { quality, mask }));
  };
  // side by side: each waits for the disk
  const made = await Promise.allSettled(overview === 'none' ? [plate()] : [plate(), scene()]);
  for (const { data } of Object.values(planes)) giveBack(data);
  const failed = made.find((each) => each.status === 'rejected');
  return {
    items: made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    problem: failed === undefined ? null : { code: codeOf(failed.reason), message: messageOf(failed.reason) },
  };
}

serveThread<MakerOperations, undefined>(() => ({
  ready: undefined,
  operations: { make, remove: ({ readId, capturedAt }) => store.remove(readId, capturedAt) },
  close: () => {},
}));
