// Somebody who aims costs the agent's real work no passage: the same recording, each look of it, with nobody and with somebody.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { test } from 'tap';
import type { AimReport } from '../../agent/aim/index.ts';
import { createAiming, followCamera } from '../../agent/camera/in-process.ts';
import { openCamera } from '../../agent/capture/index.ts';
import { cameraSchema, schema } from '../../agent/config/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { createTracker } from '../../agent/passage/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { loadVision, type Vision } from '../../agent/vision/index.ts';
import { noFfmpeg, noTraffic, notLong, trafficClip } from '../fixtures/needs.ts';

const { reads } = schema.parse({ version: 1, site: 'none', box: 'none' });
/** of the recording: who aims has every picture looked at */
const SECONDS = 20;

async function textsOf(
  clip: string,
  vision: Vision,
  aims: boolean,
): Promise<{ texts: string[]; reports: AimReport[] }> {
  const [texts, reports]: [string[], AimReport[]] = [[], []];
  const camera = cameraSchema.parse({ id: 'gate', url: pathToFileURL(clip).href });
  const source = openCamera(camera, {
    ...{ log: createLog('silent'), small: vision.smallLimits, pace: 'fast' },
    maxFramesPerSecond: camera.looksPerSecond,
  });
  const watcher = createAiming({ camera: camera.id, uncertainBelow: reads.uncertainBelow }, (report) =>
    reports.push(report),
  );
  watcher.set(aims);
  let ids = 0;
  const unused = () => {};
  await followCamera({
    ...{ camera, vision, watcher, frames: watcher.watching(source.frames()) },
    tracker: createTracker(
      { ...camera, reads, grammars: loadGrammars(), calibration: vision.calibration },
      () => `passage-${ids++}`,
    ),
    ended: ({ text }) => texts.push(text),
    ...{ ripe: unused, dropped: unused },
    counts: { looks: 0, sightings: 0, passages: 0, dropped: 0, detectMs: 0, readMs: 0 },
  });
  await source.close();
  return { texts: texts.sort(), reports };
}

t.setTimeout(3_600_000);

test('the same is read of a recording whether somebody aims or not', {
  skip: notLong || noFfmpeg || noTraffic,
}, async (t) => {
  const vision = await loadVision({ detector: 'centre-v1', reader: 'crnn-v1' });
  t.teardown(() => vision.close());
  const clip = join(t.testdir(), 'traffic.mp4');
  execFileSync('ffmpeg', ['-v', 'error', '-i', trafficClip, '-t', String(SECONDS), '-c', 'copy', clip]);
  const alone = await textsOf(clip, vision, false);
  t.ok(alone.texts.length >= 3, `${alone.texts.length} reads`);
  t.same(alone.reports, [], 'nobody aims: nothing is measured');
  const beside = await textsOf(clip, vision, true);
  t.same(beside.texts, alone.texts);
  t.ok(
    beside.reports.length >= 3 * SECONDS,
    `${beside.reports.length} numbers: three a second of the recording`,
  );
  const last = beside.reports.at(-1);
  t.match(last, { reads: alone.texts.length, latelyStanding: false });
});
