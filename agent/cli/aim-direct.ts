// Aiming without an agent: this process opens the camera or the recording and follows it as the agent would.

import type { AimReport } from '../aim/index.ts';
import type { CameraConfig, Config } from '../config/index.ts';
import { AnprError } from '../shared/errors.ts';
import { readSecret } from '../shared/secret-file.ts';
import type { Trouble } from './aim-trouble.ts';

/** Throws what the camera, its password or the models throw; ends with the recording or with the signal. */
export async function* directAim(
  given: CameraConfig | { id: string; url: string },
  config: Config | undefined,
  trouble: Pick<Trouble, 'tell'>,
  signal: AbortSignal,
): AsyncGenerator<AimReport, void> {
  const { cameraSchema, schema } = await import('../config/index.ts');
  const { createAiming, followCamera } = await import('../camera/in-process.ts');
  const { openCamera } = await import('../capture/index.ts');
  const { loadGrammars } = await import('../grammar/index.ts');
  const { createTracker } = await import('../passage/index.ts');
  const { ownKeys, usablePassword } = await import('../seal/index.ts');
  const { createLog } = await import('../shared/log.ts');
  const { loadVision } = await import('../vision/index.ts');
  const parsed = cameraSchema.safeParse(given);
  if (!parsed.success)
    throw new AnprError(
      'usage.camera-url',
      `wanted ${parsed.error.issues[0]?.message}`,
      'Like: file:///tmp/clip.mp4',
    );
  const camera = parsed.data;
  const log = createLog('silent');
  const { models, reads, journal } = config ?? schema.parse({ version: 1, site: 'none', box: 'none' });
  const vision = await loadVision({ ...models, log });
  const password =
    camera.passwordFile === undefined
      ? undefined
      : usablePassword(readSecret(camera.passwordFile), () => ownKeys(journal.path).ring);
  const source = openCamera(camera, { password, signal, log, small: vision.smallLimits });
  source.onState(({ state, reason }) => trouble.tell(state === 'streaming' ? null : reason));
  let newest: AimReport | undefined;
  let wake = () => {};
  let over = false;
  const watcher = createAiming({ camera: camera.id, uncertainBelow: reads.uncertainBelow }, (report) => {
    newest = report;
    wake();
  });
  watcher.set(true);
  let ids = 0;
  const unused = () => {};
  const following = followCamera({
    camera,
    frames: watcher.watching(source.frames()),
    vision,
    tracker: createTracker(
      { ...camera, reads, grammars: loadGrammars(), calibration: vision.calibration },
      () => `passage-${ids++}`,
    ),
    ...{ ripe: unused, ended: unused, dropped: unused, watcher },
    counts: { looks: 0, sightings: 0, passages: 0, dropped: 0, detectMs: 0, readMs: 0 },
  }).finally(() => {
    over = true;
    wake();
  });
  // It is looked at below, when the last report has been given.
  following.catch(() => {});
  try {
    while (!over || newest) {
      if (!newest) await new Promise<void>((resolve) => (wake = resolve));
      const report = newest;
      newest = undefined;
      if (report) yield report;
    }
    await following;
  } finally {
    await source.close();
    await following.catch(() => {});
    await vision.close();
  }
}
