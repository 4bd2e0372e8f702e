export { annotate } from './annotate.ts';
export { type EvaluateOptions, type Evaluation, evaluate, type Mistake } from './evaluate.ts';
export { isPicture, type PicturePath, picturesOf } from './pictures.ts';
export { type Recognised, recognise, recogniseOne } from './recognise.ts';
export * from './types.ts';
