// `addModel` with real files: what it writes is what the agent runs, it is there whole or not at all, and each kind of
// file that is no model says so.

import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'tap';
import { countrySigns } from '../../agent/grammar/index.ts';
import { readOnnxFile } from '../../agent/vision/adding/onnx-file.ts';
import { type AddOptions, addModel, loadVision, verifyModel } from '../../agent/vision/index.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/models');
const modelFile = (kind: string, name: string) => path.join(fixtures, kind, name, 'model.onnx');
const json = async (...parts: string[]) => JSON.parse(await readFile(path.join(...parts), 'utf8'));

const PLATE_CONFIG = `max_plate_slots: 8
alphabet: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_'
pad_char: '_'
img_height: 64
img_width: 128
keep_aspect_ratio: true
interpolation: linear
image_color_mode: rgb
plate_regions:
  - Belgium
  - Netherlands
  - Unknown
`;

const byHand: [kind: 'detector' | 'reader', name: string, hints: Partial<AddOptions>][] = [
  ['detector', 'yolo', {}],
  ['detector', 'yolo-dynamic', { size: { width: 96, height: 64 } }],
  ['detector', 'yolo-rotated', {}],
  ['detector', 'yolo-corners', {}],
  ['detector', 'yolo-end2end', { classes: [0] }],
  ['detector', 'yolo-top-rows', {}],
  ['reader', 'slots', {}],
  ['reader', 'slots-flat', {}],
];

for (const [kind, name, hints] of byHand)
  test(`${name}: the manifest that is written is the one that somebody wrote by hand`, async (t) => {
    const directory = t.testdir();
    const added = await addModel(modelFile(kind, name), { directory, name, licence: 'Apache-2.0', ...hints });
    t.match(added, { kind, name, folder: path.join(directory, kind, name), runMs: Number });
    const written = await json(directory, kind, name, 'manifest.json');
    const wanted = await json(fixtures, kind, name, 'manifest.json');
    // Every key that is written; what has a default need not be.
    t.match({ ...wanted, version: '1', threshold: written.threshold }, written);
    t.match(await verifyModel(directory, kind, name), { kind, name, licence: 'Apache-2.0' });
    t.equal(
      added.warnings.some((text) => text.includes('colour')),
      kind === 'detector',
    );
    t.same(await readdir(directory), [kind], 'nothing is left beside it');
  });

test("fast-plate-ocr's configuration beside the model is found, with its regions", async (t) => {
  const directory = t.testdir({ 'mine_plate_config.yaml': PLATE_CONFIG });
  await copyFile(modelFile('reader', 'slots-rgb'), path.join(directory, 'mine.onnx'));
  const added = await addModel(path.join(directory, 'mine.onnx'), {
    directory,
    countrySigns: countrySigns(),
  });
  t.match(added, { kind: 'reader', name: 'mine', adapter: 'slots' });
  t.match(added.warnings, [/licence/, /colour/]);
  const written = await json(directory, 'reader/mine/manifest.json');
  const byHand = await json(fixtures, 'reader/slots-rgb/manifest.json');
  t.match({ ...byHand, name: 'mine', version: '1', licence: 'unknown' }, written);
  t.same(written.countries, ['B', 'NL', 'unknown']);
});

test('a folder with its manifest is copied, and used beside the models that come with the agent', async (t) => {
  const directory = path.join(t.testdir(), 'own');
  const added = await addModel(path.join(fixtures, 'reader/tiny'), { directory, name: 'brought' });
  t.match(added, { kind: 'reader', name: 'brought', adapter: 'ctc', licence: 'Apache-2.0' });
  const vision = await loadVision({ directory, detector: 'centre-v1', reader: 'brought' });
  t.match(vision.info, { detector: { name: 'centre-v1' }, reader: { adapter: 'ctc' } });
  await vision.close();
  await t.rejects(loadVision({ directory, detector: 'centre-v1', reader: 'none' }), {
    code: 'model.missing',
    message: new RegExp(`no ${directory}/reader/none/manifest.json`),
    remedy: /brought/,
  });
});

test('what is there is not replaced', async (t) => {
  const directory = t.testdir();
  const add = () => addModel(modelFile('detector', 'yolo'), { directory, name: 'one' });
  await add();
  const before = await readFile(path.join(directory, 'detector/one/manifest.json'));
  await t.rejects(add(), { code: 'model.exists', message: /detector one already/, remedy: /--name/ });
  t.same(await readFile(path.join(directory, 'detector/one/manifest.json')), before);
});

test('a model that fails leaves nothing behind', async (t) => {
  const directory = t.testdir();
  // Every adapter would take its shapes; its grid is of another size.
  const wrong = addModel(modelFile('detector', 'yolo-dynamic'), {
    directory,
    size: { width: 640, height: 640 },
  });
  await t.rejects(wrong, {
    code: 'model.wrong-shape',
    message: /trial run with images \[1, 3, 640, 640\] failed/,
  });
  await t.rejects(addModel(path.join(fixtures, 'detector/four-values'), { directory }), {
    code: 'model.wrong-shape',
  });
  t.same(
    (await readdir(directory, { recursive: true })).filter((name) => name !== 'detector'),
    [],
  );
});

test('names that are no folder names, files and folders that are none', async (t) => {
  const directory = t.testdir({ empty: {}, nothing: { 'manifest.json': 'null' } });
  const yolo = modelFile('detector', 'yolo');
  for (const name of ['', '../up', '.hidden', 'a/b', '-x', 'name with spaces'])
    await t.rejects(addModel(yolo, { directory, name }), { code: 'model.bad-name', remedy: /--name/ }, name);
  await t.rejects(addModel(path.join(directory, 'none.onnx'), { directory }), { code: 'model.missing' });
  await t.rejects(addModel(path.join(directory, 'empty'), { directory }), {
    code: 'model.missing',
    message: /no manifest.json in it/,
  });
  await t.rejects(addModel(path.join(directory, 'nothing'), { directory }), {
    code: 'model.manifest-invalid',
    message: /kind: one of detector, straightener, reader is wanted/,
  });
  await t.rejects(addModel(yolo, { directory, plateConfig: path.join(directory, 'none.yaml') }), {
    code: 'model.missing',
    message: /none\.yaml/,
  });
});

test('a folder that nobody may write in', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async (t) => {
  const directory = t.testdir();
  await chmod(directory, 0o500);
  await t.rejects(addModel(modelFile('detector', 'yolo'), { directory }), { code: 'model.cannot-write' });
  await chmod(directory, 0o700);
});

test('a file where the models folder should be', async (t) => {
  const directory = path.join(t.testdir({ models: 'a file' }), 'models');
  await t.rejects(addModel(modelFile('detector', 'yolo'), { directory }), {
    code: 'model.cannot-write',
    remedy: /--models/,
  });
});

const mistakes: [name: string, content: string | Buffer, code: string, message: RegExp][] = [
  ['an empty file', '', 'model.not-onnx', /empty \(0 bytes\)/],
  ['a PyTorch file', 'PK\u0003\u0004archive/data.pkl', 'model.not-onnx', /zip archive, as PyTorch/],
  ['an old PyTorch file', Buffer.from([0x80, 2, 0x8a, 10]), 'model.not-onnx', /Python pickle/],
  ['a Keras file', Buffer.from('\u0089HDF\r\n', 'latin1'), 'model.not-onnx', /HDF5/],
  ['a TensorFlow Lite file', '\u0020\u0000\u0000\u0000TFL3', 'model.not-onnx', /TensorFlow Lite/],
  ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:1', 'model.not-onnx', /Git LFS/],
  ['an error page', '<!DOCTYPE html><html>Not found</html>', 'model.not-onnx', /text file/],
  ['words', 'this is no model at all, only words', 'model.not-onnx', /no ONNX file/],
  [
    'noise',
    Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 97 + 31) % 251)),
    'model.not-onnx',
    /no ONNX/,
  ],
  ['another protobuf', Buffer.from([8, 3, 18, 2, 65, 66]), 'model.not-onnx', /has no graph/],
];

for (const [name, content, code, message] of mistakes)
  test(`${name} is not added`, async (t) => {
    const directory = t.testdir({ 'x.onnx': '' });
    const file = path.join(directory, 'x.onnx');
    await writeFile(file, content, 'latin1');
    await t.rejects(addModel(file, { directory }), { code, message });
    t.same(await readdir(directory), ['x.onnx']);
  });

test('a file that is cut anywhere says so', async (t) => {
  const directory = t.testdir();
  const whole = await readFile(path.resolve(fixtures, '../../../models/detector/centre-v1/model.onnx'));
  for (const length of [10, 1000, 700_000, whole.length - 3]) {
    const file = path.join(directory, `${length}.onnx`);
    await writeFile(file, whole.subarray(0, length));
    await t.rejects(addModel(file, { directory }), { code: 'model.cut', message: /is cut/, remedy: /again/ });
  }
  t.equal(readOnnxFile(whole, 'centre').producer, 'pytorch 1.13.0');
});

test('a plate configuration with mistakes names each of them', async (t) => {
  const directory = t.testdir();
  await mkdir(path.join(directory, 'in'));
  const file = path.join(directory, 'in/x.onnx');
  await copyFile(modelFile('reader', 'slots-rgb'), file);
  for (const [text, message] of [
    ['max_plate_slots: [', /not YAML/],
    [PLATE_CONFIG.replace('max_plate_slots: 8\n', ''), /max_plate_slots: /],
    [PLATE_CONFIG.replace('rgb', 'cmyk'), /image_color_mode: /],
    [`${PLATE_CONFIG}padding_color: [0, 0, 255]\n`, /a grey is wanted/],
  ] as const) {
    await writeFile(path.join(directory, 'in/x_plate_config.yaml'), text);
    await t.rejects(addModel(file, { directory }), { code: 'model.plate-config', message }, String(message));
  }
});
