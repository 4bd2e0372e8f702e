// The thread that takes a version over.

import { serveThread } from '../shared/thread.ts';
import { takeOver } from './take.ts';

const operations = { takeOver };
export type TakeOperations = typeof operations;

serveThread(() => ({ ready: undefined, operations, close() {} }));
