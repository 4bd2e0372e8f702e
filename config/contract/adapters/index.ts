// The adapters: what boxes say, in the words of platforms that are in use today. docs/adapters.md tells what each says, what it
// leaves out and why; `scripts/central adapt` runs them.

export { isoCountryOf } from './countries.ts';
export { csvHead, toCsv } from './csv.ts';
export { type AnprFlowObserved, normalised, simplified, toAnprFlowObserved } from './fiware.ts';
export { PICTURE_NAMES, toHikvision } from './hikvision.ts';
export {
  type AdapterOptions,
  createHitMemory,
  type HitMemory,
  type Observation,
  type ObservedHit,
  type Origin,
  observationOf,
  type PictureKind,
} from './observation.ts';
