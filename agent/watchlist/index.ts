export { type Candidate, type CandidateLimits, candidatesOf, defaultLimits } from './candidates.ts';
export { DEFAULT_RULES, type LengthRule, textsWithin } from './differences-policy.ts';
export { type Evidence, evidenceOf, probabilityOf } from './evidence-policy.ts';

export { type BadRow, type ImportOptions, type ImportReport, importList, listPath } from './import.ts';

export {
  endsOf,
  type ListAnswer,
  type ListSettings,
  type ListState,
  openLists,
  type Policy,
  unknownList,
  type Watchlists,
} from './lists.ts';
export { loadLost } from './load-lost.ts';
export { type Losses, type LostCharacters, withOneMoreOrLess } from './lost-policy.ts';
export { type ListPrior, type Match, matchEntries, plausibility, weightAmong } from './match-policy.ts';
export { normalisePlate } from './plate.ts';
export { seenPlateOf } from './read-policy.ts';
export { type ListContents, listContents, type Rebuilt, rebuildList } from './rebuild.ts';
export { entryOf, FIELDS, type Field, type Row } from './row-policy.ts';
export {
  type Columns,
  type Format,
  type FoundRow,
  fileSource,
  OWN_COLUMNS,
  rowsOf,
  type Source,
} from './rows.ts';
export { identityOf } from './sealed.ts';
export { type ListMeta, type Published, readMeta, type StoredEntry } from './store.ts';
export { typedPlate } from './typed-policy.ts';
export * from './types.ts';
export { isValidAt, isValidIn } from './validity-policy.ts';
