export { type Acceptance, loadAcceptance } from './acceptance.ts';
export { compare } from './compare-policy.ts';
export { csvOf } from './csv.ts';
export { pageOf } from './page.ts';
export { conclude } from './concluding.ts';
export { type Progress, progressOf, record, VIEW_PICTURE } from './recording.ts';
export { contentOf, probeLines } from './report.ts';
export { type Report, type ReportContent, reportJsonSchema, reportSchema } from './report-schema.ts';
export {
  firstOpen,
  type MomentAnswer,
  plateText,
  type Question,
  questionsOf,
  type ReadAnswer,
  typedAnswer,
} from './review-policy.ts';
export { samplesOf } from './samples.ts';
export { type Checked, checkFile, reportHash, sealCsv, sealPage, sealReport } from './sealing.ts';
export {
  openSession,
  type RecordedRead,
  type Session,
  type SessionState,
  unwritable,
  writeWhole,
} from './session.ts';
export { type Held, held, loadTruth, type Truth } from './truth.ts';
export { type Language, languages, wordsIn } from './words.ts';
