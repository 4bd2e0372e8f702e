export { annotate } from './annotate.ts';
export { type Calibration, calibrationOf, type Judged, SURE_FROM } from './calibration-policy.ts';
export { claimOfPicture, type PictureClaim } from './claim.ts';
export { parseCsv } from './csv.ts';
export { type EvaluateOptions, type Evaluation, evaluate, type Mistake } from './evaluate.ts';
export { isPicture, type PicturePath, picturesOf } from './pictures.ts';
export { type Recognised, recognise, recogniseOne } from './recognise.ts';
export { type Share, shareOf } from './statistics.ts';
export * from './types.ts';
