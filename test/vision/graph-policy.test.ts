// Which adapter a graph is for: a table of what people bring, and of what is refused and why.

import { test } from 'tap';
import { type Hints, type PlateConfig, SUPPORTED } from '../../agent/vision/adding/graph.ts';
import { propose } from '../../agent/vision/adding/graph-policy.ts';
import { checkYolo, kindOfRows } from '../../agent/vision/adding/trial-policy.ts';
import type { GraphValue } from '../../agent/vision/session.ts';

type Dims = GraphValue['dims'];

const float = (name: string, ...dims: Dims): GraphValue => ({ name, type: 'float32', dims });
const bytes = (name: string, ...dims: Dims): GraphValue => ({ name, type: 'uint8', dims });

const IMAGES = float('images', 1, 3, 640, 640);

interface Graph {
  inputs?: GraphValue[];
  outputs: GraphValue[];
  properties?: Record<string, string>;
}

const proposed = ({ inputs = [IMAGES], outputs, properties = {} }: Graph, hints: Hints = {}) =>
  propose({ inputs, outputs, properties }, hints);

const NAMES = "{0: 'car', 1: 'License_Plate', 2: \"driver's door\"}";

const known: [name: string, graph: Graph, hints: Hints, wanted: object][] = [
  [
    'YOLOv9 as open-image-models exports it',
    { inputs: [float('images', 1, 3, 384, 384)], outputs: [float('output0', null, 7)] },
    {},
    {
      kind: 'detector',
      adapter: 'yolo-end2end',
      manifest: {
        input: {
          name: 'images',
          layout: 'NCHW',
          colour: 'rgb',
          channels: 3,
          width: 384,
          height: 384,
          pad: 114,
        },
        output: { name: 'output0', columns: ['batch', 'x1', 'y1', 'x2', 'y2', 'class', 'score'] },
        threshold: 0.4,
      },
    },
  ],
  [
    'YOLOv10 and others that list their boxes',
    { outputs: [float('output0', 1, 300, 6)], properties: { names: NAMES } },
    {},
    {
      adapter: 'yolo-end2end',
      manifest: { output: { columns: ['x1', 'y1', 'x2', 'y2', 'score', 'class'] }, classes: [1] },
    },
  ],
  [
    'YOLOv8 with one class, without a word about itself',
    { outputs: [float('output0', 1, 5, 8400)] },
    {},
    { adapter: 'yolo', manifest: { output: { name: 'output0', classes: 1, shape: 'upright' } } },
  ],
  [
    'YOLO11 with several classes, one of them a plate',
    { outputs: [float('output0', 1, 7, 8400)], properties: { task: 'detect', names: NAMES } },
    {},
    { manifest: { output: { classes: 3, shape: 'upright' }, classes: [1] } },
  ],
  [
    'several classes without names, and a person who knows',
    { outputs: [float('output0', 1, 84, 8400)] },
    { shape: 'upright', classes: [79] },
    { manifest: { output: { classes: 80 }, classes: [79] } },
  ],
  [
    'rotated boxes',
    { outputs: [float('output0', 1, 6, 8400)], properties: { task: 'obb', names: "{0: 'plate'}" } },
    {},
    { adapter: 'yolo', manifest: { output: { classes: 1, shape: 'rotated' } } },
  ],
  [
    'corners as keypoints',
    { outputs: [float('output0', 1, 17, 8400)], properties: { task: 'pose', kpt_shape: '[4, 3]' } },
    {},
    { manifest: { output: { classes: 1, shape: 'corners', cornerValues: 3 } } },
  ],
  [
    'corners of two values, told by a person',
    { outputs: [float('output0', 1, 13, 8400)] },
    { shape: 'corners' },
    { manifest: { output: { classes: 1, shape: 'corners', cornerValues: 2 } } },
  ],
  [
    'a size that is open, told by the exporter (height first)',
    {
      inputs: [float('images', null, 3, null, null)],
      outputs: [float('output0', null, 5, null)],
      properties: { imgsz: '[384, 640]' },
    },
    {},
    { manifest: { input: { width: 640, height: 384 } } },
  ],
  [
    'a size that is open, told by a person',
    { inputs: [float('images', null, 3, null, null)], outputs: [float('output0', null, 5, null)] },
    { size: { width: 416, height: 256 } },
    { manifest: { input: { width: 416, height: 256 } } },
  ],
  [
    'a detector for grey pictures',
    { inputs: [float('images', 1, 1, 640, 640)], outputs: [float('output0', 1, 5, 8400)] },
    { kind: 'detector' },
    { manifest: { input: { colour: 'luma', channels: 1 } } },
  ],
  [
    "fast-plate-ocr's first models: all slots in one row",
    { inputs: [bytes('input', null, 70, 140, 1)], outputs: [float('output', null, 7 * 37)] },
    {},
    {
      kind: 'reader',
      adapter: 'slots',
      manifest: {
        input: { name: 'input', layout: 'NHWC', type: 'uint8', colour: 'luma', width: 140, height: 70 },
        output: { characters: 'output', slots: 7 },
        alphabet: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_',
        pad: '_',
      },
    },
  ],
  [
    'later ones, in colour, with slots of their own',
    { inputs: [bytes('input', null, 64, 128, 3)], outputs: [float('plate', null, 9, 37)] },
    { kind: 'reader' },
    { manifest: { input: { colour: 'rgb', width: 128, height: 64 }, output: { slots: 9 } } },
  ],
];

for (const [name, graph, hints, wanted] of known)
  test(name, (t) => {
    t.match(proposed(graph, hints), wanted);
    t.end();
  });

const CONFIG: PlateConfig = {
  ...{ slots: 10, alphabet: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_', pad: '_', width: 128, height: 64 },
  ...{ colour: 'rgb', padding: 114, regions: ['Belgium', 'Argentina', 'Netherlands', 'Unknown'] },
};
const V2: Graph = {
  inputs: [bytes('input', null, 64, 128, 3)],
  outputs: [float('plate', null, 10, 37), float('region', null, 4)],
};

test('the newest have regions, which their plate configuration names', (t) => {
  const countrySigns = new Map([
    ['belgium', 'B'],
    ['netherlands', 'NL'],
  ]);
  const { manifest, assumed } = proposed(V2, { plateConfig: CONFIG, countrySigns });
  t.match(manifest, {
    input: { pad: 114 },
    output: { characters: 'plate', slots: 10, country: 'region' },
    countries: ['B', 'unknown', 'NL', 'unknown'],
  });
  t.match(assumed, [/2 of 4 regions count as unknown \(Argentina, Unknown …\)/]);
  const without = proposed(V2);
  t.notOk('countries' in without.manifest);
  t.match(without.assumed.join(), /region output is not used/);
  t.end();
});

const refused: [name: string, graph: Graph, hints: Hints, wanted: { code: string; message: RegExp }][] = [
  [
    'two inputs',
    { inputs: [IMAGES, float('size', 1, 2)], outputs: [float('output0', 1, 5, 8400)] },
    {},
    { code: 'model.unknown-graph', message: /2 inputs, not one/ },
  ],
  [
    'half precision',
    { inputs: [{ name: 'images', type: 'float16', dims: [1, 3, 640, 640] }], outputs: [] },
    {},
    { code: 'model.unknown-graph', message: /float16; export it with float32/ },
  ],
  [
    'a batch of sixteen',
    { inputs: [float('images', 16, 3, 640, 640)], outputs: [float('output0', 16, 5, 8400)] },
    {},
    { code: 'model.unknown-graph', message: /takes 16 pictures at a time/ },
  ],
  [
    'no picture at all',
    { inputs: [float('tokens', 1, 77)], outputs: [float('features', 1, 512)] },
    {},
    { code: 'model.unknown-graph', message: /not the four dimensions.*takes tokens float32 \[1, 77\]/ },
  ],
  [
    'four channels',
    { inputs: [float('images', 1, 4, 640, 640)], outputs: [float('output0', 1, 5, 8400)] },
    {},
    { code: 'model.unknown-graph', message: /neither one nor three channels/ },
  ],
  [
    'a classifier',
    { inputs: [float('x', 1, 3, 224, 224)], outputs: [float('y', 1, 1000)] },
    {},
    { code: 'model.unknown-graph', message: /none that an adapter knows/ },
  ],
  [
    'segmentation',
    { outputs: [float('output0', 1, 37, 8400), float('output1', 1, 32, 160, 160)] },
    {},
    { code: 'model.unknown-graph', message: /2 outputs/ },
  ],
  [
    'another task',
    { outputs: [float('output0', 1, 5, 8400)], properties: { task: 'segment' } },
    {},
    { code: 'model.unknown-graph', message: /task "segment"/ },
  ],
  [
    "YOLOv5's order",
    { outputs: [float('output0', 1, 25200, 85)] },
    {},
    { code: 'model.unknown-graph', message: /places before the values, as YOLOv5/ },
  ],
  [
    'six values that may be two things',
    { outputs: [float('output0', 1, 6, 8400)] },
    {},
    { code: 'model.ambiguous', message: /upright boxes of 2 classes, or rotated boxes of 1/ },
  ],
  [
    'eighty classes of which none is a plate',
    { outputs: [float('output0', 1, 7, 8400)], properties: { names: "{0: 'person', 1: 'car', 2: 'bus'}" } },
    {},
    { code: 'model.ambiguous', message: /several classes: person, car, bus; none of them says/ },
  ],
  [
    'a class that is not there',
    { outputs: [float('output0', 1, 5, 8400)] },
    { classes: [3] },
    { code: 'model.ambiguous', message: /no class 3: they go from 0 to 0/ },
  ],
  [
    'more names than values',
    { outputs: [float('output0', 1, 5, 8400)], properties: { task: 'detect', names: NAMES } },
    {},
    { code: 'model.unknown-graph', message: /names 3 classes, 5 values have room for 1/ },
  ],
  [
    'seventeen keypoints: a person',
    { outputs: [float('output0', 1, 56, 8400)], properties: { task: 'pose', kpt_shape: '[17, 3]' } },
    {},
    { code: 'model.unknown-graph', message: /17 keypoints; a plate's four corners/ },
  ],
  [
    'an open size that nobody tells',
    { inputs: [float('images', 1, 3, null, null)], outputs: [float('output0', 1, 5, null)] },
    {},
    { code: 'model.size-wanted', message: /images float32 \[1, 3, any, any\] leaves its size open/ },
  ],
  [
    'a size that is another',
    { outputs: [float('output0', 1, 5, 8400)] },
    { size: { width: 416, height: 416 } },
    { code: 'model.ambiguous', message: /416x416 is wanted and the graph takes 640x640/ },
  ],
  [
    'a detector where a reader was wanted',
    { outputs: [float('output0', 1, 5, 8400)] },
    { kind: 'reader' },
    { code: 'model.unknown-graph', message: /looks like a detector, and a reader was wanted/ },
  ],
  [
    "the agent's own detector without its manifest",
    {
      inputs: [float('picture', null, 1, null, null)],
      outputs: [float('heat', null, 1, null, null), float('corners', null, 8, null, null)],
    },
    {},
    { code: 'model.ambiguous', message: /own kind of detector \(adapter centre-point\)/ },
  ],
  [
    "the agent's own reader without its manifest",
    { inputs: [float('plate', null, 1, 48, 192)], outputs: [float('characters', null, 48, 37)] },
    {},
    { code: 'model.ambiguous', message: /CTC reader \(adapter ctc\)/ },
  ],
  [
    'a CTC reader in colour',
    { inputs: [float('x', 1, 3, 48, 320)], outputs: [float('y', 1, 40, 97)] },
    {},
    { code: 'model.unknown-graph', message: /CTC reader in colour/ },
  ],
  [
    'slots of another alphabet',
    { inputs: [bytes('input', null, 64, 128, 1)], outputs: [float('output', null, 9, 42)] },
    {},
    { code: 'model.ambiguous', message: /does not divide into slots of 37 characters/ },
  ],
  [
    "another model's plate configuration",
    { inputs: [bytes('input', null, 64, 128, 3)], outputs: [float('plate', null, 9, 37)] },
    { plateConfig: CONFIG },
    { code: 'model.ambiguous', message: /has 10 slots, the graph 9/ },
  ],
  [
    'a plate configuration of another colour',
    { inputs: [bytes('input', null, 64, 128, 1)], outputs: [float('plate', null, 10, 37)] },
    { plateConfig: CONFIG },
    { code: 'model.ambiguous', message: /wants rgb, the graph takes luma/ },
  ],
  [
    'a plate configuration with other regions',
    { ...V2, outputs: [float('plate', null, 10, 37), float('region', null, 66)] },
    { plateConfig: CONFIG },
    { code: 'model.ambiguous', message: /4 regions, the graph 66/ },
  ],
];

for (const [name, graph, hints, wanted] of refused)
  test(`refused: ${name}`, (t) => {
    t.throws(() => proposed(graph, hints), wanted);
    t.end();
  });

test('who brings what nobody knows is told what is supported', (t) => {
  try {
    proposed({ outputs: [float('y', 1, 1000)] });
    t.fail('it was taken');
  } catch (error) {
    for (const line of SUPPORTED) t.match((error as { remedy?: string }).remedy, line);
  }
  t.end();
});

test('a run with noise tells probabilities from their logarithms and from logits', (t) => {
  t.equal(kindOfRows(new Float32Array([0.2, 0.8, 0.5, 0.5]), 2), 'probabilities');
  t.equal(kindOfRows(new Float32Array([Math.log(0.2), Math.log(0.8)]), 2), 'log-probabilities');
  t.equal(kindOfRows(new Float32Array([3, -1, 0.2, 0.8]), 2), 'logits');
  t.end();
});

test('a run with noise tells boxes that are no pixels, and scores that are none', (t) => {
  // Two places: x, y, width, height, and a score.
  checkYolo(new Float32Array([4, 636, 4, 636, 50, 60, 20, 20, 0.1, 0.2]), 2, 1, 640);
  t.throws(() => checkYolo(new Float32Array([0.1, 0.9, 0.1, 0.9, 0.2, 0.2, 0.1, 0.1, 0.1, 0.2]), 2, 1, 640), {
    code: 'model.unknown-graph',
    message: /shares of the input, not pixels/,
  });
  t.throws(() => checkYolo(new Float32Array([4, 636, 4, 636, 50, 60, 20, 20, -7, 0.2]), 2, 1, 640), {
    message: /scores go from -7.00 to 0.20/,
  });
  t.throws(() => checkYolo(new Float32Array([4, 636, 4, 636, Number.NaN, 60, 20, 20, 0.1, 0.2]), 2, 1, 640), {
    message: /NaN/,
  });
  t.end();
});
