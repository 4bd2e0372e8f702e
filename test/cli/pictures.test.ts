// `anpr recognise` and `anpr evaluate` as a person runs them, with models small enough to work out by hand.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type Test, test } from 'tap';
import { anpr } from './anpr.ts';

const models = [
  '--models',
  path.resolve(import.meta.dirname, '../fixtures/models'),
  '--detector',
  'tiny',
  '--reader',
  'tiny',
];

/** `count` dark pictures of 320x240 in which the tiny models read AB12 at 148, 80, 32x8; and what else is given. */
async function folderOf(t: Test, count: number, more: Record<string, string> = {}): Promise<string> {
  const folder = t.testdir(more);
  const spot = { create: { width: 8, height: 8, channels: 3 as const, background: '#fff' } };
  const bytes = await sharp({ create: { width: 320, height: 240, channels: 3, background: '#000' } })
    .composite([{ input: spot, left: 160, top: 80 }])
    .png()
    .toBuffer();
  const { writeFile } = await import('node:fs/promises');
  for (let i = 0; i < count; i++)
    await writeFile(path.join(folder, `${String(i).padStart(3, '0')}.png`), bytes);
  return folder;
}

test('recognise prints one JSON line a picture, in order, and 1 for what failed', async (t) => {
  const folder = await folderOf(t, 2, { '001.jpg': 'not a picture' });
  const gone = path.join(folder, 'gone.jpg');
  const { exitCode, stdout, stderr } = await anpr(['recognise', gone, folder, '--json', ...models]);
  t.equal(exitCode, 1);
  t.equal(stderr, '');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(lines, [
    { file: gone, error: { code: 'picture.missing' } },
    {
      file: path.join(folder, '000.png'),
      width: 320,
      height: 240,
      plates: [{ text: 'AB12', uncertain: false }],
    },
    { file: path.join(folder, '001.jpg'), error: { code: 'picture.unreadable' } },
    { file: path.join(folder, '001.png'), plates: [{ text: 'AB12' }] },
  ]);
  t.equal(lines.length, 4);
});

test('a picture that cannot be read is named once, with what is wrong with it', async (t) => {
  const folder = t.testdir({ 'bad.jpg': 'not a picture', 'empty.png': '' });
  const gone = path.join(folder, 'gone.jpg');
  const { exitCode, stdout } = await anpr(['recognise', gone, folder, ...models]);
  t.equal(exitCode, 1);
  const [missing, bad, empty] = stdout.trim().split('\n');
  t.equal(missing, `${gone}: no such file`);
  t.match(bad, /bad\.jpg: \S/);
  t.equal(bad?.split('bad.jpg').length, 2);
  t.equal(empty, `${path.join(folder, 'empty.png')}: the file is empty (0 bytes)`);
});

test('plates less sure than asked for are marked', async (t) => {
  const folder = await folderOf(t, 1);
  const asked = ['recognise', folder, '--uncertain-below', '0.99', ...models];
  const { stdout } = await anpr([...asked, '--json']);
  t.match(JSON.parse(stdout), { plates: [{ text: 'AB12', confidence: 0.95, uncertain: true }] });
  t.match((await anpr(asked)).stdout, /AB12 +95\.0%\? unknown/);
});

test('recognise in words, with annotated pictures', async (t) => {
  const folder = await folderOf(t, 1);
  const out = path.join(folder, 'out');
  const { exitCode, stdout } = await anpr([
    'recognise',
    path.join(folder, '000.png'),
    '--annotate',
    out,
    ...models,
  ]);
  t.equal(exitCode, 0);
  t.match(stdout, /000\.png: 1 plate \(\d+ ms\)\n {2}AB12 +95\.0% {2}unknown +32x8 at 148,80/);
  t.same(await readdir(out), ['000.annotated.jpg']);
});

test('a long folder shows on stderr how far it is', async (t) => {
  const { exitCode, stdout, stderr } = await anpr(['recognise', await folderOf(t, 21), '--json', ...models]);
  t.equal(exitCode, 0);
  t.equal(stdout.trim().split('\n').length, 21);
  t.equal(stderr, '21 of 21 pictures\n');
});

test('a folder without a picture is a mistake', async (t) => {
  const { exitCode, stderr } = await anpr(['recognise', t.testdir({ 'a.txt': '' }), '--json', ...models]);
  t.equal(exitCode, 2);
  t.match(stderr, /no JPEG or PNG in /);
});

test('a model that is not there ends the command with what to do', async (t) => {
  const { exitCode, stdout, stderr } = await anpr(['recognise', 'x.jpg', ...models, '--reader', 'nowhere']);
  t.equal(exitCode, 1);
  t.equal(stdout, '');
  t.match(stderr, /anpr: reader nowhere: no .*manifest\.json\n +Choose one of the models there: .*tiny/);
});

test('evaluate prints each figure with its n and interval, and what went wrong', async (t) => {
  const labels =
    'file,x,y,w,h,text,split\n000.png,148,80,32,8,AB12,val\n001.png,148,80,32,8,AB1Z,val\n002.png,1,1,9,9,X,train';
  const folder = await folderOf(t, 3, { 'labels.csv': labels });
  const { exitCode, stdout } = await anpr([
    'evaluate',
    folder,
    '--where',
    'split=val',
    '--errors',
    ...models,
  ]);
  t.equal(exitCode, 0);
  t.match(stdout, /^2 pictures\n/);
  t.match(stdout, /plates found \(IoU 0\.5\) +100\.0 % +2 of 2 +34\.2 % to 100\.0 %/);
  t.match(stdout, /exactly right +50\.0 % +1 of 2 +9\.5 % to 90\.5 %/);
  t.match(stdout, /characters right +87\.5 % +7 of 8/);
  t.match(stdout, /95\.0 % to 99\.0 % +2 +95\.0 % +50\.0 % +9\.5 % to 90\.5 %/);
  t.match(stdout, /expected calibration error 45\.0 %\n/);
  t.notMatch(stdout, /0\.99 and more/, 'a reader that is not calibrated is never so sure');
  t.ok(stdout.split('\n').every((line) => line.length <= 80));
  t.match(stdout, /001\.png +misread +AB1Z +AB12/);
  const json = await anpr(['evaluate', folder, '--where', 'split=val', '--json', ...models]);
  t.match(JSON.parse(json.stdout), {
    pictures: 2,
    exact: { count: 1, n: 2 },
    calibration: { reads: 2, sureWrong: { count: 0, n: 0 }, bins: Array },
    mistakes: [{ kind: 'misread' }],
  });
});

test('evaluate without ground truth says how it may go on', async (t) => {
  const folder = await folderOf(t, 2);
  const { exitCode, stderr } = await anpr(['evaluate', folder, ...models]);
  t.equal(exitCode, 1);
  t.match(stderr, /no CSV with the columns .*\n +With --no-plates/);
  const noPlates = await anpr(['evaluate', folder, '--no-plates', ...models]);
  t.match(noPlates.stdout, /false reads a picture +1\.000 +2 in 2/);
});
