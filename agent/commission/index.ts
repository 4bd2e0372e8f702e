export { type Acceptance, loadAcceptance } from './acceptance.ts';
export { compare } from './compare-policy.ts';
export { conclude } from './concluding.ts';
export { csvOf } from './csv.ts';
export type { Moment } from './moments-policy.ts';
export { pageOf } from './page.ts';
export { type Progress, progressOf, record, VIEW_PICTURE } from './recording.ts';
export { contentOf, probeLines } from './report.ts';
export { type Report, type ReportContent, reportJsonSchema, reportSchema } from './report-schema.ts';
export { openReview, type Review } from './review.ts';
export { type ReviewEnd, type ReviewPage, startReviewPage } from './review-page.ts';
export { type NearRead, plateText, type Question, readsNear } from './review-policy.ts';
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
