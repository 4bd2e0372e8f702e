export { type AsideEntry, asideFileOf, notKept, readAside, recordAside, takeOver } from './aside.ts';
export { type AuditedJournal, openAudited } from './offline.ts';
export { introduce, ownClaim, proofFolderOf, takeProofs, type Who, whoAsks } from './who.ts';
