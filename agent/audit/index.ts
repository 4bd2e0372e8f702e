export { type AsideEntry, asideFileOf, notKept, readAside, recordAside, takeOver } from './aside.ts';
export { type Access, type AuditedJournal, openAudited } from './offline.ts';
export {
  checkReason,
  introduce,
  ownClaim,
  proofFolderOf,
  reasonGiven,
  reasonOrNull,
  takeProofs,
  type Who,
  whoAsks,
} from './who.ts';
