export { type Aim, createAim } from './aim.ts';
export { judge, longestExposureMs, typicalPlate } from './judge-policy.ts';
export { measurePlate, type PlateMeasure } from './plate.ts';
export * from './types.ts';
