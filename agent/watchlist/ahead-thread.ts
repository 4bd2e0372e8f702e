// The thread that reads ahead.

import { serveThread } from '../shared/thread.ts';
import { readAhead } from './ahead.ts';

const operations = { readAhead };
export type AheadOperations = typeof operations;

serveThread(() => ({ ready: undefined, operations, close() {} }));
