// `anpr replay` on a short recording and on a picture: read, kept as JSON, compared, changed and compared again.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

test('a folder of pictures, and the folders in it, is compared picture by picture', {
  timeout: 240_000,
}, async (t) => {
  const pictures = fileURLToPath(new URL('../fixtures/plates', import.meta.url));
  const folder = join(t.testdir(), 'field');
  mkdirSync(join(folder, 'night'), { recursive: true });
  cpSync(join(pictures, 'belgian.jpg'), join(folder, 'belgian.jpg'));
  cpSync(join(pictures, 'dutch.jpg'), join(folder, 'dutch.jpg'));
  cpSync(join(pictures, 'german-night.jpg'), join(folder, 'night', 'german.jpg'));

  const then = await anpr(['replay', folder, '--json']);
  t.equal(then.exitCode, 0, then.stderr);
  const { plates } = JSON.parse(then.stdout);
  t.match(plates, [
    { file: 'belgian.jpg', text: '1VKR482' },
    { file: 'dutch.jpg', text: 'XJ473P' },
    { file: join('night', 'german.jpg'), text: 'KAEM739' },
  ]);
  t.notOk(
    plates.some(({ firstMs }: { firstMs?: number }) => firstMs !== undefined),
    'pictures have no time',
  );

  const kept = join(folder, 'kept.json');
  writeFileSync(kept, then.stdout);
  t.match(await anpr(['replay', folder, '--expect', kept]), {
    exitCode: 0,
    stdout: /3 read; the same as then/,
  });
  // one picture is another one now, one is gone, and one is known to say something else
  cpSync(join(pictures, 'far.jpg'), join(folder, 'belgian.jpg'));
  rmSync(join(folder, 'night'), { recursive: true });
  writeFileSync(kept, then.stdout.replace('XJ473P', 'XJ473R'));
  const now = await anpr(['replay', folder, '--expect', kept, '--json']);
  t.equal(now.exitCode, 1);
  t.match(JSON.parse(now.stdout).differences, [
    { kind: 'other-text', before: { file: 'belgian.jpg', text: '1VKR482' }, now: { text: 'FW382HN' } },
    { kind: 'other-text', before: { file: 'dutch.jpg', text: 'XJ473R' }, now: { text: 'XJ473P' } },
    { kind: 'missing', before: { text: 'KAEM739' } },
  ]);
  writeFileSync(join(folder, 'cut.jpg'), readFileSync(join(pictures, 'dutch.jpg')).subarray(0, 300));
  const broken = await anpr(['replay', folder]);
  t.equal(broken.exitCode, 1);
  t.match(broken.stderr, /cut\.jpg/);
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
