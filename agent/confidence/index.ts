export { clarityOf } from './clarity.ts';
export {
  type Calibration,
  type Claim,
  calibrated,
  type FeatureName,
  featureNames,
  featuresOf,
  type Grounds,
  type Scale,
  UNCALIBRATED_MOST,
  UNCERTAIN_BELOW,
} from './confidence-policy.ts';
export { CALIBRATION_FILE, loadCalibration } from './load.ts';
