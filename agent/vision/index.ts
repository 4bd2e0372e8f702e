export { type AddedModel, type AddOptions, addModel } from './adding/add-model.ts';
export { type FitLimits, smallSize } from './letterbox.ts';
export {
  type ModelInfo,
  type ModelKind,
  modelInfo,
  modelKinds,
  modelNames,
  modelsDirectory,
} from './manifest.ts';
export { frameOfPicture, type PictureOptions } from './picture.ts';
export * from './types.ts';
export {
  loadVision,
  type ModelRuns,
  smallLimitsOf,
  type Vision,
  type VisionInfo,
  type VisionOptions,
  verifyModel,
} from './vision.ts';
export { type Homography, project, squareTo } from './warp.ts';
