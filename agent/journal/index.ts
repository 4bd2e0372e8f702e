export { type ExportOptions, type ExportSource, exportLines } from './export-lines.ts';
export { type OpenOptions, openJournal } from './journal.ts';
export { auditRecordOf, changeRecordOf } from './key-record.ts';
export { isMark, leaveMark, type Mark, readMark } from './mark.ts';
export * from './questions.ts';
export { openJournalReadOnly } from './read-only.ts';
export * from './types.ts';
export { type VerifyJournalOptions, verifyJournal } from './verify.ts';
