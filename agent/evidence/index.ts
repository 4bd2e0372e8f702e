export { type EvidenceMaker, type MadeEvidence, type PictureOfRead, startEvidenceMaker } from './maker.ts';
export { maskOf, type OverviewPolicy } from './mask-policy.ts';
export { overviewOf } from './overview.ts';
export { boxInPatch, plateOf } from './plate.ts';
export {
  createEvidenceStore,
  type EvidenceItem,
  type EvidenceKind,
  type EvidenceStore,
  type StoredEvidence,
} from './store.ts';
