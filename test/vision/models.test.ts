import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'tap';
import { AnprError } from '../../agent/shared/errors.ts';
import {
  loadVision,
  modelKinds,
  modelNames,
  modelsDirectory,
  verifyModel,
} from '../../agent/vision/index.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures/models');

async function refusal(
  directory: string,
  detector = 'tiny',
  reader = 'tiny',
  straightener = 'tiny',
): Promise<AnprError> {
  try {
    await (await loadVision({ directory, detector, straightener, reader })).close();
  } catch (error) {
    if (error instanceof AnprError) return error;
    throw error;
  }
  throw new Error('the models were loaded');
}

/** A copy of the tiny models that may be broken. */
async function copy(t: { testdir(): string }): Promise<string> {
  const directory = t.testdir();
  for (const kind of modelKinds)
    await cp(path.join(fixtures, kind, 'tiny'), path.join(directory, kind, 'tiny'), { recursive: true });
  return directory;
}

/** Changes a manifest; null takes a key away. */
async function change(directory: string, kind: string, changes: Record<string, unknown>) {
  const file = path.join(directory, kind, 'tiny/manifest.json');
  const manifest = { ...JSON.parse(await readFile(file, 'utf8')), ...changes };
  for (const [key, value] of Object.entries(changes)) if (value === null) delete manifest[key];
  await writeFile(file, JSON.stringify(manifest));
}

test('models that are what their manifests say are loaded, and tell what they are', async (t) => {
  const vision = await loadVision({
    directory: fixtures,
    detector: 'tiny',
    straightener: 'none',
    reader: 'tiny',
  });
  const { detector, reader, detectorThreshold } = vision.info;
  t.match(detector, {
    kind: 'detector',
    name: 'tiny',
    version: '1.0.0',
    adapter: 'centre-point',
    sizeBytes: 407,
  });
  t.match(reader, { kind: 'reader', name: 'tiny', adapter: 'ctc', sha256: /^[0-9a-f]{64}$/ });
  t.equal(detectorThreshold, 0.5);
  t.same(vision.smallSize(1920, 1080), { width: 640, height: 360 });
  await vision.close();
  await vision.close();
  await t.rejects(vision.look(undefined as never), { code: 'vision.closed' });
});

test('the models that come with the agent are what their manifests say', async (t) => {
  for (const kind of modelKinds)
    for (const name of await modelNames(modelsDirectory, kind))
      t.match(await verifyModel(modelsDirectory, kind, name), { kind, name });
});

test('a reader says whether it is calibrated; one fitted for another file is not', async (t) => {
  const directory = await copy(t);
  const { sha256 } = await verifyModel(directory, 'reader', 'tiny');
  const scale = {
    bias: 0,
    weights: { shown: 1, rival: 0, clarity: 0, agreement: 0, cut: 0, characters: 0 },
    sureFrom: 0.99,
    most: 0.999,
  };
  const file = path.join(directory, 'reader/tiny/calibration.json');
  for (const [reader, calibrated] of [
    [sha256, true],
    ['0'.repeat(64), false],
  ] as const) {
    await writeFile(file, JSON.stringify({ version: 1, reader, passage: scale, picture: scale }));
    t.match(await verifyModel(directory, 'reader', 'tiny'), { calibrated });
    const vision = await loadVision({ directory, detector: 'tiny', straightener: 'none', reader: 'tiny' });
    t.equal(vision.calibration !== null, calibrated);
    await vision.close();
  }
  await rm(file);
  t.match(await verifyModel(directory, 'reader', 'tiny'), { calibrated: false });
  await writeFile(file, '{}');
  t.equal((await refusal(directory)).code, 'model.calibration-invalid');
});

test('a detector may have several inputs, chosen by their names', async (t) => {
  const directory = await copy(t);
  const sizes = { small: { maxWidth: 320, maxHeight: 192 }, large: { maxWidth: 1280, maxHeight: 768 } };
  await change(directory, 'detector', { sizes });
  for (const [detectorInput, width, height] of [
    [undefined, 640, 360],
    ['default', 640, 360],
    ['small', 320, 180],
    ['large', 1280, 720],
  ] as const) {
    const vision = await loadVision({ directory, detector: 'tiny', reader: 'tiny', detectorInput });
    t.same(vision.smallSize(1920, 1080), { width, height });
    t.same(vision.info.detector.sizes, ['small', 'large']);
    await vision.close();
  }
  const wanted = loadVision({ directory, detector: 'tiny', reader: 'tiny', detectorInput: 'huge' });
  await t.rejects(wanted, {
    code: 'model.unknown-size',
    message: 'detector tiny has no input of the name "huge"',
    remedy: 'It has: default, small, large.',
  });
  await t.rejects(
    loadVision({ directory: fixtures, detector: 'tiny', reader: 'tiny', detectorInput: 'small' }),
    {
      code: 'model.unknown-size',
      remedy: 'It has: default.',
    },
  );
});

test('each input of a detector is verified', async (t) => {
  const directory = await copy(t);
  await change(directory, 'detector', { sizes: { odd: { maxWidth: 330, maxHeight: 192 } } });
  await t.rejects(verifyModel(directory, 'detector', 'tiny'), {
    code: 'model.manifest-invalid',
    message: /must be multiples of `multiple`/,
  });
  await change(directory, 'detector', { sizes: { 'Very Large': { maxWidth: 960 } } });
  await t.rejects(verifyModel(directory, 'detector', 'tiny'), {
    code: 'model.manifest-invalid',
    message: /sizes\.Very Large: a name in small letters/,
  });
});

test('a model that is not there is missing, and the others are named', async (t) => {
  const noFolder = await refusal(fixtures, 'nowhere');
  t.match(noFolder, {
    code: 'model.missing',
    message: /detector nowhere: no .*manifest\.json/,
    remedy: /tiny/,
  });
  const noDirectory = await refusal(path.join(fixtures, 'elsewhere'));
  t.match(noDirectory, { code: 'model.missing', remedy: /models folder/ });
  const directory = await copy(t);
  await rm(path.join(directory, 'reader/tiny/model.onnx'));
  t.match(await refusal(directory), { code: 'model.missing', message: /reader tiny: no .*model\.onnx/ });
});

test('a file that is cut or changed does not have the hash of the manifest', async (t) => {
  const directory = await copy(t);
  const file = path.join(directory, 'detector/tiny/model.onnx');
  const bytes = await readFile(file);
  for (const [name, broken] of [
    ['cut', bytes.subarray(0, 200)],
    ['empty', Buffer.alloc(0)],
    ['changed', Buffer.from(bytes).fill(7, 100, 101)],
  ] as const) {
    await writeFile(file, broken);
    const error = await refusal(directory);
    t.match(
      error,
      { code: 'model.hash-mismatch', message: new RegExp(`${broken.length} bytes`), remedy: /copy/ },
      name,
    );
  }
});

test('a file that ONNX Runtime does not take is unreadable, though its hash be right', async (t) => {
  const directory = await copy(t);
  const { createHash } = await import('node:crypto');
  for (const content of ['this is no model', '']) {
    await writeFile(path.join(directory, 'reader/tiny/model.onnx'), content);
    await change(directory, 'reader', { sha256: createHash('sha256').update(content).digest('hex') });
    const error = await refusal(directory);
    t.match(error, { code: 'model.unreadable', message: /^reader tiny: ONNX Runtime refuses the file/ });
  }
});

test('a model with other inputs or outputs says what was wanted and what came', async (t) => {
  const cases: [string, string, RegExp][] = [
    ['four-values', 'tiny', /output corners float32 \[1, 8, any, any\] wanted, .*corners float32 \[batch, 4/],
    ['other-output', 'tiny', /output heat .* wanted, the file has scores/],
    ['other-stride', 'tiny', /output heat \[1, 1, 48, 80\] wanted, a trial run gave \[1, 1, 24, 40\]/],
    ['tiny', 'short-alphabet', /output characters float32 \[1, any, 37\] wanted, .*\[batch, 12, 30\]/],
    ['tiny', 'other-size', /input plate float32 \[1, 1, 48, 192\] wanted, .*\[batch, 1, 32, 96\]/],
  ];
  for (const [detector, reader, message] of cases)
    t.match(
      await refusal(fixtures, detector, reader),
      { code: 'model.wrong-shape', message },
      String(message),
    );
  t.match(await refusal(fixtures, 'tiny', 'tiny', 'three-corners'), {
    code: 'model.wrong-shape',
    message: /^straightener three-corners: output corners float32 \[1, 8\] wanted, .*\[batch, 6\]/,
  });
});

test('a straightener that is not there is missing; `none` is nobody', async (t) => {
  t.match(await refusal(fixtures, 'tiny', 'tiny', 'nowhere'), {
    code: 'model.missing',
    message: /straightener nowhere: no .*manifest\.json/,
  });
  const vision = await loadVision({
    directory: fixtures,
    detector: 'tiny',
    straightener: 'none',
    reader: 'tiny',
  });
  t.equal(vision.info.straightener, null);
  await vision.close();
});

test('a manifest with mistakes names each of them', async (t) => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['detector', { colour: 'red' }, /Unrecognized key: "colour"/],
    ['detector', { threshold: null }, /threshold: /],
    ['detector', { threshold: 3, version: 1 }, /version: /],
    ['detector', { file: '../tiny/model.onnx' }, /file: a file in the same folder/],
    ['detector', { sha256: 'ABC' }, /sha256: 64 hexadecimal digits/],
    ['detector', { kind: 'reader' }, /describes a reader, a detector is wanted here/],
    ['detector', { output: { heat: 'heat', corners: 'corners', stride: 8 } }, /output\.cornerUnit: /],
    [
      'detector',
      { output: { heat: 'heat', corners: 'corners', stride: 12, cornerUnit: 'px' } },
      /output\.stride: must divide input\.multiple/,
    ],
    ['straightener', { input: { name: 'plate' } }, /input\.layout: .*input\.marginAlong: /],
    ['straightener', { output: { corners: 3 } }, /output\.corners: /],
    ['reader', { alphabet: '0123456789a' }, /alphabet: digits and capital letters only/],
    ['reader', { alphabet: 'ABCA' }, /alphabet: each character once/],
    ['reader', { blank: 40 }, /blank: /],
    ['reader', { countries: null }, /countries: wanted together with output\.country/],
    ['reader', { licence: null }, /licence: /],
    ['reader', { licence: '' }, /licence: /],
    ['reader', { sha256: null }, /sha256: /],
    ['detector', { name: null, adapter: null }, /name: .*; adapter: /],
    ['detector', { sizes: { small: 3 } }, /sizes\.small: /],
  ];
  for (const [kind, changes, message] of cases) {
    const directory = await copy(t);
    await change(directory, kind, changes);
    const error = await refusal(directory);
    t.match(error, { code: 'model.manifest-invalid', message, remedy: /manifest/ }, String(message));
    t.match(error.message, new RegExp(`^${kind} tiny: `));
  }
});

test("manifests of other people's nets: each mistake by its name", async (t) => {
  type Part = Record<string, unknown>;
  const cases: [string, string, (manifest: Part & { input: Part; output: Part }) => Part, RegExp][] = [
    ['detector', 'yolo', (m) => ({ input: { ...m.input, colour: 'grey' } }), /input\.colour: /],
    [
      'detector',
      'yolo',
      (m) => ({ input: { ...m.input, channels: 1 } }),
      /input\.channels: one channel is luma/,
    ],
    ['detector', 'yolo', (m) => ({ input: { ...m.input, layout: 'NHWC' } }), /input\.layout: /],
    ['detector', 'yolo', (m) => ({ input: { ...m.input, width: 6400 } }), /input\.width: /],
    ['detector', 'yolo', (m) => ({ input: { ...m.input, pad: 300 } }), /input\.pad: /],
    ['detector', 'yolo', (m) => ({ output: { ...m.output, shape: 'round' } }), /output\.shape: /],
    [
      'detector',
      'yolo',
      (m) => ({ output: { ...m.output, shape: 'corners' } }),
      /cornerValues: wanted together/,
    ],
    [
      'detector',
      'yolo',
      (m) => ({ output: { ...m.output, cornerValues: 2 } }),
      /cornerValues: wanted together/,
    ],
    ['detector', 'yolo', () => ({ classes: [2] }), /classes: numbers from 0 to output\.classes - 1/],
    ['detector', 'yolo', () => ({ classes: [] }), /classes: /],
    [
      'detector',
      'yolo-end2end',
      (m) => ({ output: { ...m.output, columns: ['x1', 'y1', 'x2', 'score'] } }),
      /output\.columns: x1, y1, x2, y2, score are wanted/,
    ],
    [
      'detector',
      'yolo-end2end',
      (m) => ({ output: { ...m.output, columns: ['x1', 'y1', 'x2', 'y2', 'score', 'score'] } }),
      /output\.columns: each column once/,
    ],
    ['reader', 'slots', () => ({ alphabet: '0123456789AA_' }), /alphabet: each character once/],
    ['reader', 'slots', () => ({ alphabet: '0123456789ab_' }), /alphabet: digits and capital letters only/],
    ['reader', 'slots', () => ({ pad: '-' }), /pad: one of the characters of `alphabet`/],
    ['reader', 'slots', () => ({ pad: '' }), /pad: one character/],
    ['reader', 'slots', () => ({ countries: ['B'] }), /countries: wanted together with output\.country/],
    ['reader', 'slots', (m) => ({ output: { ...m.output, slots: 0 } }), /output\.slots: /],
    ['reader', 'slots', (m) => ({ output: { ...m.output, kind: 'odds' } }), /output\.kind: /],
    ['reader', 'slots', (m) => ({ input: { ...m.input, type: 'int64' } }), /input\.type: /],
  ];
  for (const [kind, name, changes, message] of cases) {
    const directory = t.testdir();
    const folder = path.join(directory, kind, name);
    await cp(path.join(fixtures, kind, name), folder, { recursive: true });
    const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
    await writeFile(
      path.join(folder, 'manifest.json'),
      JSON.stringify({ ...manifest, ...changes(manifest) }),
    );
    const wanted = { code: 'model.manifest-invalid', message };
    await t.rejects(verifyModel(directory, kind as 'detector' | 'reader', name), wanted, String(message));
  }
});

test("manifests of other people's nets that fit another file", async (t) => {
  type Part = Record<string, unknown>;
  const cases: [string, string, (manifest: Part & { input: Part; output: Part }) => Part, RegExp][] = [
    [
      'detector',
      'yolo',
      (m) => ({ input: { ...m.input, width: 64, height: 96 } }),
      /\[1, 3, 96, 64\] wanted/,
    ],
    ['detector', 'yolo', (m) => ({ input: { ...m.input, name: 'x' } }), /input x .*the file has images/],
    [
      'detector',
      'yolo',
      (m) => ({ output: { ...m.output, classes: 80 } }),
      /output0 float32 \[1, 84, any\] wanted/,
    ],
    ['detector', 'yolo', (m) => ({ output: { ...m.output, shape: 'rotated' } }), /\[1, 7, any\] wanted/],
    [
      'detector',
      'yolo-end2end',
      (m) => ({ output: { ...m.output, columns: ['x1', 'y1', 'x2', 'y2', 'score', 'class'] } }),
      /output float32 \[1, any, 6\] wanted/,
    ],
    [
      'reader',
      'slots',
      (m) => ({ output: { ...m.output, slots: 9 } }),
      /plate \[1, 333\] wanted, .*\[1, 296\]/,
    ],
    [
      'reader',
      'slots',
      () => ({ alphabet: '0123456789_' }),
      /plate \[1, 88\] wanted, a trial run gave \[1, 296\]/,
    ],
    ['reader', 'slots', (m) => ({ input: { ...m.input, colour: 'rgb' } }), /\[1, 64, 128, 3\] wanted/],
    ['reader', 'slots', (m) => ({ input: { ...m.input, type: 'float32' } }), /input float32 .* wanted/],
    ['reader', 'slots-rgb', () => ({ countries: ['B', 'NL'] }), /region float32 \[1, 2\] wanted/],
  ];
  for (const [kind, name, changes, message] of cases) {
    const directory = t.testdir();
    const folder = path.join(directory, kind, name);
    await cp(path.join(fixtures, kind, name), folder, { recursive: true });
    const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8'));
    await writeFile(
      path.join(folder, 'manifest.json'),
      JSON.stringify({ ...manifest, ...changes(manifest) }),
    );
    const wanted = { code: 'model.wrong-shape', message };
    await t.rejects(verifyModel(directory, kind as 'detector' | 'reader', name), wanted, String(message));
  }
});

test('a manifest that is no JSON, or for an adapter that nobody knows', async (t) => {
  const directory = await copy(t);
  await change(directory, 'reader', { adapter: 'tea-leaves' });
  t.match(await refusal(directory), {
    code: 'model.unknown-adapter',
    message: /no adapter "tea-leaves" for a reader/,
    remedy: /ctc/,
  });
  await writeFile(path.join(directory, 'detector/tiny/manifest.json'), '{"name": ');
  t.match(await refusal(directory), { code: 'model.manifest-invalid', message: /is not JSON/ });
});
