export { type Candidate, type CandidateLimits, candidatesOf, defaultLimits } from './candidates.ts';
export { type Evidence, evidenceOf, probabilityOf } from './evidence-policy.ts';
export { type ListPrior, type Match, matchEntries, plausibility } from './match-policy.ts';
export { normalisePlate } from './plate.ts';
export * from './types.ts';
export { isValidAt } from './validity-policy.ts';
