// The YOLO family's outputs: which of its kinds a detector is, what its values mean, which of its classes are plates.

import type { GraphValue } from '../session.ts';
import { ambiguous, type Hints, type Proposal, type Seen, sizeOf, unknown } from './graph.ts';

const PAD = 114;
/** As fast-alpr has it for such detectors; a place to begin. */
const THRESHOLD = 0.4;
const MAX_ROWS = 1000;
const PLATE_NAME = /plate|licen[cs]e|placa|plaque|kennzeichen|kenteken|matr[ií]c|targa|anpr|alpr|\blp\b/i;

export function detectorOf(input: GraphValue, seen: Seen, hints: Hints): Proposal {
  if (input.type !== 'float32') throw unknown(seen, 'a detector with an input of bytes is not supported');
  const wide = sizeOf(input, 3, 2, seen, hints);
  const task = seen.properties.task;
  if (task && !['detect', 'obb', 'pose'].includes(task))
    throw unknown(seen, `it is a net for the task "${task}"`);
  const floats = seen.outputs.filter(({ type }) => type === 'float32');
  const [output] = floats;
  if (!output || seen.outputs.length !== 1)
    throw unknown(seen, `it has ${seen.outputs.length} outputs; detectors are supported with one of float32`);
  const channels = input.dims[1] === 1 ? 1 : 3;
  const head = {
    input: {
      ...{ name: input.name, layout: 'NCHW', colour: channels === 1 ? 'luma' : 'rgb', channels },
      ...{ ...wide, pad: PAD, mean: 0, scale: 1 },
    },
  };
  const assumed = [
    ...(channels === 3 ? ['channels in the order red, green, blue'] : []),
    `levels from 0 to 1, the picture in the middle of grey ${PAD}, threshold ${THRESHOLD}`,
  ];
  const { dims } = output;
  const listed =
    dims.length === 2 ? dims[1] === 7 : dims.length === 3 && dims[2] === 6 && (dims[1] ?? 0) <= MAX_ROWS;
  const body = listed ? boxList(output, seen, hints, assumed) : plainYolo(output, wide, seen, hints, assumed);
  return {
    kind: 'detector',
    ...body,
    manifest: { ...head, ...body.manifest, threshold: THRESHOLD },
    assumed,
  };
}

type Body = Pick<Proposal, 'adapter' | 'what' | 'manifest'>;

function boxList(output: GraphValue, seen: Seen, hints: Hints, assumed: string[]): Body {
  const batched = output.dims.length === 2;
  const columns = batched
    ? ['batch', 'x1', 'y1', 'x2', 'y2', 'class', 'score']
    : ['x1', 'y1', 'x2', 'y2', 'score', 'class'];
  const names = classNames(seen);
  const classes = hints.classes ?? (names && names.length > 1 ? plateClasses(names, seen) : undefined);
  if (!names && !classes) assumed.push('every class is a plate');
  return {
    adapter: 'yolo-end2end',
    what: batched
      ? 'YOLO detector with its own suppression, as YOLOv9 is exported'
      : 'YOLO detector that lists its boxes',
    manifest: { output: { name: output.name, columns }, ...(classes && { classes }) },
  };
}

function plainYolo(
  output: GraphValue,
  { width, height }: { width: number; height: number },
  seen: Seen,
  hints: Hints,
  assumed: string[],
): Body {
  const [, values, places] = output.dims;
  const wanted = [8, 16, 32].reduce((sum, stride) => sum + (width / stride) * (height / stride), 0);
  if (output.dims.length !== 3 || output.dims[0] === 0 || !values || values < 5)
    throw unknown(seen, 'its output is none that an adapter knows');
  if (places !== null && places !== undefined && places < values)
    throw unknown(
      seen,
      'its output has the places before the values, as YOLOv5 and YOLOv7 have it; export it as YOLOv8 or YOLO11 does',
    );
  if (places !== null && places !== wanted)
    assumed.push(`${places} places are read as they come (three grids of this input would have ${wanted})`);
  const names = classNames(seen);
  const shape = hints.shape ?? shapeOf(seen, values, names?.length);
  const keypoint = shape === 'corners' ? cornerValues(seen, values, names?.length) : 0;
  const count = values - 4 - (shape === 'rotated' ? 1 : 4 * keypoint);
  if (count < 1) throw unknown(seen, `${values} values are too few for ${shape} boxes and a class`);
  if (names && names.length !== count)
    throw unknown(seen, `it names ${names.length} classes, ${values} values have room for ${count}`);
  const classes = hints.classes ?? (count > 1 ? plateClasses(names, seen) : undefined);
  const outside = classes?.find((number) => number >= count);
  if (outside !== undefined)
    throw ambiguous(`there is no class ${outside}: they go from 0 to ${count - 1}`, '');
  return {
    adapter: 'yolo',
    what: {
      upright: 'YOLO detector, upright boxes',
      rotated: 'YOLO detector, rotated boxes',
      corners: 'YOLO detector, corners as keypoints',
    }[shape],
    manifest: {
      output: { name: output.name, classes: count, shape, ...(keypoint && { cornerValues: keypoint }) },
      ...(classes && { classes }),
    },
  };
}

/** Five values are a box and one class, whatever made them; more may mean several things. */
function shapeOf(seen: Seen, values: number, classes: number | undefined): NonNullable<Hints['shape']> {
  const { task } = seen.properties;
  if (task) return task === 'obb' ? 'rotated' : task === 'pose' ? 'corners' : 'upright';
  if (values === 5 || classes === values - 4) return 'upright';
  const fits = [
    `upright boxes of ${values - 4} classes`,
    `rotated boxes of ${values - 5}`,
    ...(values >= 13 ? ['corners as keypoints'] : []),
  ];
  throw ambiguous(
    `${values} values a place may be ${fits.join(', or ')}, and the file does not say which`,
    'Say it: --shape upright, rotated or corners.',
  );
}

function cornerValues(seen: Seen, values: number, classes: number | undefined): 2 | 3 {
  const [count, each] = (seen.properties.kpt_shape?.match(/\d+/g) ?? []).map(Number);
  if (count !== undefined && count !== 4)
    throw unknown(seen, `it finds ${count} keypoints; a plate's four corners are wanted`);
  if (each === 2 || each === 3) return each;
  if (values === 13 || classes === values - 12) return 2;
  if (values === 17) return 3;
  if (classes === values - 16) return 3;
  throw ambiguous(
    `${values} values a place do not tell how many a corner has`,
    'Write the manifest by hand: docs/models.md shows each key.',
  );
}

/** `{0: 'plate', 1: "car"}`, as Ultralytics writes a Python dict. */
function classNames({ properties }: Seen): string[] | undefined {
  if (!properties.names) return undefined;
  const names: string[] = [];
  for (const [, number, one, other] of properties.names.matchAll(
    /(\d+):\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)")/g,
  ))
    names[Number(number)] = one ?? other ?? '';
  return names.length > 0 ? names : undefined;
}

function plateClasses(names: string[] | undefined, seen: Seen): number[] {
  const plates = [...(names ?? []).entries()].filter(([, name]) => PLATE_NAME.test(name ?? ''));
  if (plates.length > 0) return plates.map(([number]) => number);
  const there = names
    ? `: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ' …' : ''}`
    : ', and the file does not name them';
  throw ambiguous(
    `${seen.outputs[0]!.name} has several classes${there}; none of them says that it is a plate`,
    'Say which are plates: --classes 0, or --classes 0,2.',
  );
}
