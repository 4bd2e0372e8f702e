// A thread that keeps as many objects as it is told to.

import { serveThread } from '../../agent/shared/thread.ts';

const kept: object[] = [];
const operations = {
  keep(count: number): number {
    for (let n = 0; n < count; n++) kept.push({ n, and: [n] });
    return kept.length;
  },
};
export type KeepingOperations = typeof operations;

serveThread(() => ({ ready: undefined, operations, close() {} }));
