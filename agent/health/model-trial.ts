// A process of its own that loads the models, looks at some frames and lets go of them again: a fault in the native
// runtime ends this and not the doctor, and its work does not stand in the way of the other probes' clocks. Options as
// JSON in the first argument, one line of JSON as the answer.

import type { Frame } from '../capture/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { loadVision, type ModelInfo } from '../vision/index.ts';

export type Trial =
  | {
      /** in the order in which they work */
      models: ModelInfo[];
      /** reading, checking and trying them */
      loadMs: number;
      /** the first look, which is slower than those after it */
      warmUpMs: number;
      /** median of a look at a frame without plates */
      lookMs: number;
    }
  | { error: { code: string; message: string; remedy: string | undefined } };

const LOOKS = 9;
const WIDTH = 1920;
const HEIGHT = 1080;

if (import.meta.main) {
  const trial = await tryModels(JSON.parse(process.argv[2] ?? '{}'));
  process.stdout.write(`${JSON.stringify(trial)}\n`);
}

async function tryModels(options: Parameters<typeof loadVision>[0]): Promise<Trial> {
  const started = performance.now();
  try {
    const vision = await loadVision(options);
    const loadMs = Math.round(performance.now() - started);
    const { detector, straightener, reader } = vision.info;
    const models = [detector, ...(straightener ? [straightener] : []), reader];
    const frame = emptyFrame(vision.smallSize(WIDTH, HEIGHT));
    const times: number[] = [];
    for (let look = 0; look <= LOOKS; look++) {
      const begun = performance.now();
      await vision.look(frame);
      times.push(performance.now() - begun);
    }
    const [warmUpMs, ...later] = times;
    const lookMs = later.sort((a, b) => a - b)[Math.floor(later.length / 2)]!;
    await vision.close();
    return { models, loadMs, warmUpMs: warmUpMs!, lookMs };
  } catch (error) {
    const remedy = error instanceof AnprError ? error.remedy : undefined;
    return { error: { code: codeOf(error), message: messageOf(error), remedy } };
  }
}

/** An even grey road: the detector works as hard on it as on any other picture. */
function emptyFrame({ width, height }: { width: number; height: number }): Frame {
  const small = { data: new Uint8Array(width * height).fill(110), width, height };
  const rows = (top: number, bottom: number) => ({
    data: new Uint8Array(WIDTH * (bottom - top)).fill(110),
    width: WIDTH,
    height: bottom - top,
  });
  return {
    ...{ camera: 'trial', sequence: 0, capturedAt: 0, width: WIDTH, height: HEIGHT, small, rows },
    planes: () => ({ y: rows(0, HEIGHT) }),
    release: () => {},
  };
}
