// `anpr replay` on a short recording and on a picture: read, kept as JSON, compared, changed and compared again.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { noFfmpeg, noTraffic, trafficClip, trafficTruth } from '../fixtures/needs.ts';
import { anpr } from './anpr.ts';

test('a recording gives what is known of it, and a difference is told with exit status 1', {
  skip: noFfmpeg || noTraffic,
  timeout: 240_000,
}, async (t) => {
  const folder = t.testdir();
  const clip = join(folder, 'clip.mp4');
  execFileSync('ffmpeg', ['-loglevel', 'error', '-i', trafficClip, '-t', '4', '-c', 'copy', clip]);
  const { passages } = JSON.parse(readFileSync(trafficTruth, 'utf8'));
  const known = passages.filter(({ lastMs }: { lastMs: number }) => lastMs < 3500);
  t.equal(known.length, 1);

  const alone = await anpr(['replay', clip, '--json']);
  t.equal(alone.exitCode, 0, alone.stderr);
  const { plates, differences } = JSON.parse(alone.stdout);
  t.equal(differences, null, 'nothing to compare with');
  t.equal(plates.length, 1);
  t.equal(plates[0].text, known[0].plate);
  t.ok(Math.abs(plates[0].firstMs - known[0].firstMs) < 1500);

  const kept = join(folder, 'kept.json');
  writeFileSync(kept, alone.stdout);
  t.match(await anpr(['replay', clip, '--expect', kept]), { exitCode: 0, stdout: /the same as then/ });
  // beside the video it is found without being named
  writeFileSync(join(folder, 'clip.json'), JSON.stringify({ passages: [{ ...known[0], plate: 'XX0000' }] }));
  t.match(await anpr(['replay', clip]), {
    exitCode: 1,
    stdout: new RegExp(`was XX0000, now ${known[0].plate}[\\s\\S]*1 different`),
  });
});

test('what cannot be replayed or compared is said before the work', async (t) => {
  const folder = t.testdir({ 'a.mp4': 'no video', 'a.json': '{"other": 1}', 'b.mp4': 'no video', none: {} });
  t.match(await anpr(['replay', join(folder, 'nowhere.mp4')]), {
    exitCode: 2,
    stderr: /there is no .*nowhere/,
  });
  t.match(await anpr(['replay', join(folder, 'a.mp4')]), {
    exitCode: 2,
    stderr: /neither passages nor plates[\s\S]*render-traffic/,
  });
  t.match(await anpr(['replay', join(folder, 'b.mp4')]), { exitCode: 1, stderr: /wanted a video in/ });
  t.match(await anpr(['replay', join(folder, 'none')]), { exitCode: 2, stderr: /no JPEG or PNG/ });
});
