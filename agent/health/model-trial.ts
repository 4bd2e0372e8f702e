// A process of its own that loads both models and lets go of them again: a fault in the native runtime ends this and
// not the doctor, and its work does not stand in the way of the other probes' clocks. Options as JSON in the first
// argument, one line of JSON as the answer.

import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { loadVision, type ModelInfo } from '../vision/index.ts';

export type Trial =
  | { detector: ModelInfo; reader: ModelInfo; loadMs: number }
  | { error: { code: string; message: string; remedy: string | undefined } };

if (import.meta.main) {
  const trial = await tryModels(JSON.parse(process.argv[2] ?? '{}'));
  process.stdout.write(`${JSON.stringify(trial)}\n`);
}

async function tryModels(options: Parameters<typeof loadVision>[0]): Promise<Trial> {
  const started = performance.now();
  try {
    const vision = await loadVision(options);
    const loadMs = Math.round(performance.now() - started);
    const { detector, reader } = vision.info;
    await vision.close();
    return { detector, reader, loadMs };
  } catch (error) {
    const remedy = error instanceof AnprError ? error.remedy : undefined;
    return { error: { code: codeOf(error), message: messageOf(error), remedy } };
  }
}
