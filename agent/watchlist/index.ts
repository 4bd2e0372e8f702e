export { type Candidate, type CandidateLimits, candidatesOf, defaultLimits } from './candidates.ts';
export { type Evidence, evidenceOf, probabilityOf } from './evidence-policy.ts';
export { type BadRow, type ImportReport, importList } from './import.ts';
export {
  type ListAnswer,
  type ListSettings,
  type ListState,
  openLists,
  unknownList,
  type Watchlists,
} from './lists.ts';
export { type ListPrior, type Match, matchEntries, plausibility } from './match-policy.ts';
export { normalisePlate } from './plate.ts';
export type { Format } from './rows.ts';
export type { ListMeta, StoredEntry } from './store.ts';
export { typedPlate } from './typed-policy.ts';
export * from './types.ts';
export { isValidAt } from './validity-policy.ts';
