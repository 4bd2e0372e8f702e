// Reads calibration.json, which lies beside a reader's manifest and says for which file it was fitted.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { type Calibration, featureNames } from './confidence-policy.ts';

export const CALIBRATION_FILE = 'calibration.json';

const scale = z.strictObject({
  bias: z.number(),
  weights: z.strictObject(
    Object.fromEntries(featureNames.map((name) => [name, z.number()])) as Record<
      (typeof featureNames)[number],
      z.ZodNumber
    >,
  ),
  sureFrom: z.number().min(0).max(1),
  most: z.number().min(0).max(1),
});

const calibrationSchema = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of the model file that it was fitted for */
  reader: z.string().regex(/^[0-9a-f]{64}$/),
  passage: scale,
  picture: scale,
  /** what it was fitted on, for people */
  fitted: z.looseObject({}).optional(),
});

/**
 * The calibration of a reader, or why there is none.
 * @param folder the reader's folder
 * @param sha256 of its model file
 * @throws AnprError `model.calibration-invalid`: there is a calibration.json, and it is no calibration
 */
export async function loadCalibration(
  folder: string,
  sha256: string,
): Promise<{ calibration: Calibration } | { calibration: null; why: string }> {
  const file = path.join(folder, CALIBRATION_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return { calibration: null, why: `no ${file}` };
    throw invalid(file, messageOf(cause));
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, `not JSON: ${messageOf(cause)}`);
  }
  const result = calibrationSchema.safeParse(data);
  if (!result.success) throw invalid(file, z.prettifyError(result.error).replaceAll('\n', ' '));
  const { reader, passage, picture } = result.data;
  if (reader !== sha256)
    return { calibration: null, why: `${file} was fitted for another model file (SHA-256 ${reader})` };
  return { calibration: { passage, picture } };
}

function invalid(file: string, what: string): AnprError {
  return new AnprError(
    'model.calibration-invalid',
    `${file}: ${what}`,
    'Fit it again with scripts/calibrate, or remove it: confidences are then capped.',
  );
}
