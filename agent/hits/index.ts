export { type Hits, type HitsDraft, type HitsOptions, openHits } from './hits.ts';
export { EVENT_OF, stepOf } from './life-policy.ts';
export { loadThresholds } from './load-thresholds.ts';
export { groundsOf, keyOf, type Thresholds } from './raise-policy.ts';
export { foldHits, parsedHit } from './records.ts';
export { createThresholds, type ThresholdsFile } from './threshold-policy.ts';
export * from './types.ts';
