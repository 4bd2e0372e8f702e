export { annotate } from './annotate.ts';
export { type Calibration, SURE_FROM } from './calibration-policy.ts';
export { type EvaluateOptions, type Evaluation, evaluate, type Mistake } from './evaluate.ts';
export { isPicture, type PicturePath, picturesOf } from './pictures.ts';
export { type Recognised, recognise, recogniseOne } from './recognise.ts';
export * from './types.ts';
