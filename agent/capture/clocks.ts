// The box's clock and one that nobody sets, read at one moment.

import { performance } from 'node:perf_hooks';
import type { Moment } from './frame-clock.ts';

/** Another process may get the core between the two. */
const AT_ONCE_MS = 1;
const TRIES = 5;

export function readClocks(): Moment {
  let [at, steadyMs] = [0, 0];
  for (let tried = 0; tried < TRIES; tried++) {
    const before = performance.now();
    at = Date.now();
    steadyMs = performance.now();
    if (steadyMs - before < AT_ONCE_MS) break;
  }
  return { at, steadyMs };
}
