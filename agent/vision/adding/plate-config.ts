// The YAML file that fast-plate-ocr keeps beside each of its models: what its slots and inputs mean.

import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { AnprError, codeOf, messageOf } from '../../shared/errors.ts';
import type { PlateConfig } from './graph.ts';

const PAD = 114;
const level = z.int().min(0).max(255);

/** Keys that do not matter here (interpolation …) may be there. */
const schema = z.looseObject({
  max_plate_slots: z.int().min(1),
  alphabet: z.string().min(2),
  pad_char: z.string().length(1),
  img_height: z.int().min(8),
  img_width: z.int().min(16),
  keep_aspect_ratio: z.boolean().default(false),
  image_color_mode: z.enum(['grayscale', 'rgb']).default('grayscale'),
  padding_color: z.union([level, z.array(level).length(3)]).default(PAD),
  plate_regions: z.array(z.string()).nullish(),
});

/** Where such a file lies when nobody says: beside the model, under the names that the project gives. */
export function plateConfigNames(modelFile: string): string[] {
  const base = modelFile.replace(/\.onnx$/i, '');
  return [`${base}_plate_config.yaml`, `${base}_config.yaml`];
}

/**
 * @returns undefined when there is no such file
 * @throws AnprError `model.plate-config`
 */
export async function readPlateConfig(file: string): Promise<PlateConfig | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw wrong(file, messageOf(cause));
  }
  let data: unknown;
  try {
    data = parse(text);
  } catch (cause) {
    throw wrong(file, `it is not YAML: ${messageOf(cause).split('\n')[0]}`);
  }
  const result = schema.safeParse(data);
  if (!result.success)
    throw wrong(
      file,
      result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  const config = result.data;
  const [first, ...others] = [config.padding_color].flat() as [number, ...number[]];
  if (config.keep_aspect_ratio && others.some((other) => other !== first))
    throw wrong(file, 'padding_color: a grey is wanted, three equal levels');
  return {
    ...{ slots: config.max_plate_slots, alphabet: config.alphabet, pad: config.pad_char },
    ...{ width: config.img_width, height: config.img_height },
    colour: config.image_color_mode === 'rgb' ? 'rgb' : 'luma',
    padding: config.keep_aspect_ratio ? first : undefined,
    regions: config.plate_regions ?? undefined,
  };
}

function wrong(file: string, why: string): AnprError {
  return new AnprError(
    'model.plate-config',
    `${file}: ${why}`,
    'Give the YAML file that belongs to the model: max_plate_slots, alphabet, pad_char, img_height, img_width …',
  );
}
