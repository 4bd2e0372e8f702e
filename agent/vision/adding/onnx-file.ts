// What an ONNX file says of itself outside its graph: who made it, and the properties that exporters leave (class names,
// task, licence). An ONNX file is a protobuf message (onnx.proto, ModelProto); its fields are walked over here without
// their content, which also tells a file that is cut from one that is something else.

import { AnprError } from '../../shared/errors.ts';

export interface OnnxFile {
  /** "pytorch 2.7.1"; empty when the exporter told nothing */
  producer: string;
  /** the exporter's own properties: `names`, `task`, `license` … */
  properties: Record<string, string>;
}

/** Fields of ModelProto and of StringStringEntryProto, by their numbers in onnx.proto. */
const FIELD = { irVersion: 1, producer: 2, producerVersion: 3, graph: 7, opset: 8, property: 14 };
const EXPORT = 'Export the model to ONNX and add that file.';
const ENTRY = { key: 1, value: 2 };

/** Files that people take for ONNX, by what they begin with (at 4: after four bytes). */
const OTHERS: { starts: string; at?: number; what: string; remedy: string }[] = [
  { starts: 'PK\u0003\u0004', what: 'a zip archive, as PyTorch writes its .pt files', remedy: EXPORT },
  { starts: '\u0080\u0002', what: 'a Python pickle, as PyTorch writes its .pt files', remedy: EXPORT },
  { starts: '\u0089HDF', what: 'an HDF5 file, as Keras writes its models', remedy: EXPORT },
  { starts: 'TFL3', at: 4, what: 'a TensorFlow Lite model', remedy: EXPORT },
  { starts: '<?xml', what: 'an XML file, as OpenVINO describes its models', remedy: EXPORT },
  {
    starts: 'version https://git-lfs',
    what: 'a Git LFS pointer: the text that stands for the model, not the model',
    remedy: 'Fetch the file itself: git lfs pull.',
  },
  {
    starts: '<',
    what: 'a text file',
    remedy: 'Name the .onnx file; a download may have given an error page.',
  },
  { starts: '{', what: 'a text file', remedy: 'Name the .onnx file.' },
];

/**
 * @param name of the file, for messages
 * @throws AnprError `model.not-onnx`, `model.cut`
 */
export function readOnnxFile(bytes: Uint8Array, name: string): OnnxFile {
  if (bytes.length === 0) throw new AnprError('model.not-onnx', `${name}: the file is empty (0 bytes)`);
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  const other = OTHERS.find(({ starts, at = 0 }) => start.startsWith(starts, at));
  if (other) throw new AnprError('model.not-onnx', `${name} is ${other.what}`, other.remedy);
  const seen = new Set<number>();
  const properties: Record<string, string> = {};
  const producer = ['', ''];
  for (const { number, content } of fieldsOf(bytes, name)) {
    seen.add(number);
    if (number === FIELD.producer) producer[0] = text(content);
    else if (number === FIELD.producerVersion) producer[1] = text(content);
    else if (number === FIELD.property) {
      const entry = new Map([...fieldsOf(content, name)].map((part) => [part.number, text(part.content)]));
      const key = entry.get(ENTRY.key);
      if (key) properties[key] = entry.get(ENTRY.value) ?? '';
    }
  }
  if (!seen.has(FIELD.irVersion) || !seen.has(FIELD.graph)) throw notOnnx(name, 'it has no graph');
  if (!seen.has(FIELD.opset)) throw cut(name, `it ends after the graph, at ${bytes.length} bytes`);
  return { producer: producer.filter(Boolean).join(' '), properties };
}

const text = (content: Uint8Array) => Buffer.from(content).toString('utf8');

interface Field {
  number: number;
  /** of a field with a length: its bytes; of others: nothing */
  content: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** The fields of one protobuf message (protobuf.dev/programming-guides/encoding), in order. */
function* fieldsOf(bytes: Uint8Array, name: string): Generator<Field> {
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      const byte = bytes[position++];
      if (byte === undefined) throw cut(name, `it ends in the middle of a number, at ${bytes.length} bytes`);
      value += (byte & 127) * 128 ** shift;
      if (byte < 128) return value;
    }
    throw notOnnx(name, `a number of more than ten bytes at ${position}`);
  };
  while (position < bytes.length) {
    const tag = varint();
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (number === 0) throw notOnnx(name, `a field without a number at ${position}`);
    const start = type === 2 ? 0 : position;
    const length = type === 2 ? varint() : type === 1 ? 8 : type === 5 ? 4 : 0;
    if (type === 0) varint();
    else if (type !== 1 && type !== 2 && type !== 5)
      throw notOnnx(name, `a field of unknown type at ${start}`);
    const end = position + length;
    if (end > bytes.length) {
      // A length out of all proportion is no length: this was never a protobuf message.
      if (length > MAX_BYTES) throw notOnnx(name, `a field of ${length} bytes`);
      throw cut(name, `it has ${bytes.length} bytes and should have at least ${end}`);
    }
    yield { number, content: type === 2 ? bytes.subarray(position, end) : NOTHING };
    position = end;
  }
}

/** What protobuf allows a message. */
const MAX_BYTES = 2 ** 31;

function cut(name: string, what: string): AnprError {
  return new AnprError('model.cut', `${name} is cut: ${what}`, 'Copy or download the file again.');
}

function notOnnx(name: string, what: string): AnprError {
  return new AnprError('model.not-onnx', `${name} is no ONNX file: ${what}`, 'Name the .onnx file.');
}
