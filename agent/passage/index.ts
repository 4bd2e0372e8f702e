export { defaultPolicy, type PassagePolicy } from './policy.ts';
export { type ReadContext, readPayload } from './read-of.ts';
export { createTracker, type LookedAt, type Tracker, type TrackerConfig } from './tracker.ts';
export * from './types.ts';
