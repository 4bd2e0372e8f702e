// One box, cameras with different policies: each read has the overview that its own camera's policy wants, on the disk.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { test } from 'tap';
import { noFfmpeg, noTraffic, trafficClip } from '../fixtures/needs.ts';
import { sceneFor } from '../fixtures/scene.ts';

test('the box has a default, a camera its own policy', {
  skip: noFfmpeg || noTraffic,
  timeout: 120_000,
}, async (t) => {
  const scene = sceneFor(t);
  const clip = join(scene.directory(), 'one-vehicle.mp4');
  execFileSync('ffmpeg', ['-loglevel', 'error', '-i', trafficClip, '-t', '4', '-c', 'copy', clip]);
  const url = pathToFileURL(clip).href;
  const folder = scene.folder({
    cameras: [
      { id: 'default', url },
      { id: 'plates-only', url, overview: 'none' },
      { id: 'whole', url, overview: 'full' },
    ],
  });
  const agent = await folder.start();
  await agent.until(({ cameras }) => cameras.length === 3 && cameras.every(({ reads }) => reads > 0));
  await agent.stop();

  const journal = await folder.journal();
  const reads = await journal.reads({ limit: 100 });
  await journal.close();
  const evidence = folder.evidence();
  const shown = async (camera: string) => {
    const read = reads.find(({ payload }) => (payload as { camera: string }).camera === camera)!;
    const kinds = (read.payload as { evidence: { kind: string }[] }).evidence.map(({ kind }) => kind);
    const overview = await evidence.get(read.id, 'overview', read.at);
    if (overview === undefined) return { kinds };
    // the camera's clock: bright letters at the upper left
    const clock = sharp(overview).extract({ left: 8, top: 8, width: 260, height: 20 }).greyscale();
    return { kinds, brightest: Math.max(...(await clock.raw().toBuffer())) };
  };
  t.same(await shown('plates-only'), { kinds: ['plate'] });
  const [masked, full] = [await shown('default'), await shown('whole')];
  t.same(
    [masked.kinds, full.kinds],
    [
      ['plate', 'overview'],
      ['plate', 'overview'],
    ],
  );
  t.ok(full.brightest! > 200, 'full: the lettering in the picture can be read');
  t.ok(masked.brightest! < 150, 'masked: it is gone');
});
