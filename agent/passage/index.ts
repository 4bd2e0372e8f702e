export type { PassageClaim } from './claim.ts';
export { defaultPolicy, type PassagePolicy } from './policy.ts';
export { type ReadContext, readPayload } from './read-of.ts';
export { claimOfSightings } from './track.ts';
export { createTracker, type LookedAt, type Tracker, type TrackerConfig } from './tracker.ts';
export * from './types.ts';
