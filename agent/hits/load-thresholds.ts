// The measured thresholds that come with the agent.

import { readFileSync } from 'node:fs';
import { type ThresholdsFile, thresholdsFile } from './threshold-policy.ts';

export const loadThresholds = (): ThresholdsFile =>
  thresholdsFile.parse(JSON.parse(readFileSync(new URL('./thresholds.json', import.meta.url), 'utf8')));
