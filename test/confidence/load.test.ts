import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'tap';
import { CALIBRATION_FILE, loadCalibration } from '../../agent/confidence/index.ts';
import { modelsDirectory } from '../../agent/vision/index.ts';

const sha = 'a'.repeat(64);
const scale = {
  bias: 1,
  weights: { shown: 1, rival: 1, clarity: 1, agreement: 1, cut: -1, characters: 0 },
  sureFrom: 0.99,
  most: 0.999,
};
const good = { version: 1, reader: sha, passage: scale, picture: scale, fitted: { passages: 9 } };

test('a calibration beside the reader is loaded', async (t) => {
  const folder = t.testdir({ [CALIBRATION_FILE]: JSON.stringify(good) });
  t.same(await loadCalibration(folder, sha), { calibration: { passage: scale, picture: scale } });
});

test('without one, or with one for another file, it is said why there is none', async (t) => {
  t.match(await loadCalibration(t.testdir(), sha), { calibration: null, why: /^no .*calibration\.json$/ });
  const folder = t.testdir({ [CALIBRATION_FILE]: JSON.stringify(good) });
  t.match(await loadCalibration(folder, 'b'.repeat(64)), {
    calibration: null,
    why: /fitted for another model file/,
  });
});

test('one that is none is an error that names what is wrong', async (t) => {
  for (const [text, message] of [
    ['{', /not JSON/],
    [JSON.stringify({ ...good, version: 2 }), /version/],
    [JSON.stringify({ ...good, passage: { ...scale, most: 1.5 } }), /most/],
    [JSON.stringify({ ...good, picture: { ...scale, weights: { shown: 1 } } }), /rival/],
    [JSON.stringify({ ...good, spare: 1 }), /spare/],
  ] as const) {
    const folder = t.testdir();
    writeFileSync(path.join(folder, CALIBRATION_FILE), text);
    await t.rejects(loadCalibration(folder, sha), { code: 'model.calibration-invalid', message });
  }
});

test("the agent's own reader is calibrated for the file that it comes with", async (t) => {
  const folder = path.join(modelsDirectory, 'reader', 'crnn-v1');
  const { sha256 } = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
  t.not((await loadCalibration(folder, sha256)).calibration, null);
});
