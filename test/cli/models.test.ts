// `anpr models` with models of one's own: added, listed, verified, used.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { test } from 'tap';
import { anpr } from './anpr.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/models');

test('a detector and a reader that somebody brings: added, verified, and they read', async (t) => {
  const folder = path.join(t.testdir(), 'own models');
  const to = ['--models', folder];
  const detector = path.join(fixtures, 'detector/yolo-end2end/model.onnx');
  const added = await anpr(['models', 'add', detector, '--name', 'end2end', '--licence', 'MIT', ...to]);
  t.equal(added.stderr, '');
  t.equal(added.exitCode, 0);
  t.match(added.stdout, /^end2end: YOLO detector with its own suppression.* \(adapter yolo-end2end\)/);
  t.match(added.stdout, /input {4}images float32 \[1, 3, 64, 96\]/);
  t.match(
    added.stdout,
    /Use it, in the configuration:\n {2}models:\n {4}directory: .*own models\n {4}detector: end2end/,
  );
  const brought = path.join(fixtures, 'reader/slots/model.onnx');
  const asJson = await anpr(['models', 'add', brought, '--name', 'slots', '--json', '--directory', folder]);
  t.match(JSON.parse(asJson.stdout), {
    kind: 'reader',
    adapter: 'slots',
    licence: 'unknown',
    warnings: [/under which licence/],
  });

  t.match(await anpr(['models', 'list', ...to]), {
    exitCode: 0,
    stdout: /detector {2}end2end {2}1 {8}yolo-end2end {2}.*MIT[\s\S]*reader {4}slots {4}1 {8}slots/,
  });
  t.match(await anpr(['models', 'verify', ...to]), {
    exitCode: 0,
    stdout: /ok {2}detector {2}end2end .*adapter yolo-end2end/,
  });

  // A red spot is a plate to that detector; what it reads is as bright as it is.
  const pixels = Buffer.alloc(3 * 192 * 128);
  for (let y = 48; y < 64; y++) for (let x = 80; x < 96; x++) pixels.set([230, 20, 20], 3 * (y * 192 + x));
  await mkdir(path.join(folder, 'pictures'));
  const picture = path.join(folder, 'pictures/red.png');
  await sharp(pixels, { raw: { width: 192, height: 128, channels: 3 } })
    .png()
    .toFile(picture);
  const models = ['--detector', 'end2end', '--straightener', 'none', '--reader', 'slots', ...to];
  const { plates } = JSON.parse((await anpr(['recognise', picture, '--json', ...models])).stdout);
  t.match(plates, [{ box: [56, 48, 64, 16], country: 'unknown' }]);
  t.match(plates[0].text, /^000[A-F]{2}000$/);
});

test('what went wrong is said with what to do, and nothing is written', async (t) => {
  const folder = path.join(t.testdir(), 'own');
  const open = path.join(fixtures, 'detector/yolo-dynamic/model.onnx');
  const unsized = await anpr(['models', 'add', open, '--models', folder]);
  t.equal(unsized.exitCode, 1);
  t.match(
    unsized.stderr,
    /leaves its size open\n +Say how large.*--input 640x640\.\n +\(model\.size-wanted\)/,
  );
  for (const [args, message] of [
    [['--input', '640'], /wanted width and height in pixels, like 640x640/],
    [['--classes', 'plate'], /wanted numbers, like 0 or 0,2/],
    [['--shape', 'round'], /Allowed choices are upright, rotated, corners/],
    [['--kind', 'camera'], /Allowed choices are detector, reader/],
  ] as const) {
    const ran = await anpr(['models', 'add', open, '--models', folder, ...args]);
    t.equal(ran.exitCode, 2);
    t.match(ran.stderr, message);
  }
  t.match(await anpr(['models', 'list', '--models', folder]), { exitCode: 1, stderr: /no models/ });
});
