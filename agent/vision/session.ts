// One ONNX Runtime session: opened from bytes whose hash is known, its inputs and outputs held against what the
// adapter expects, and run. All that is ONNX Runtime's own stays in this file.

// before ONNX Runtime is loaded
import './no-telemetry.ts';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { AnprError, messageOf } from '../shared/errors.ts';

export { Tensor } from 'onnxruntime-node';

/** A tensor that the adapter expects; null is a dimension that may be anything. */
export interface Wanted {
  name: string;
  type: Tensor.Type;
  /** absent: as many of any length as there are, a trial run must prove them */
  dims?: readonly (number | null)[];
}

export interface Session {
  /** One run; outputs by name. The event loop stands still for its duration: ONNX Runtime's binding is synchronous. */
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  /** The same into tensors that are there already, one for each output wanted: no garbage outside the heap. */
  runInto(feeds: Record<string, Tensor>, outputs: Record<string, Tensor>): Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** for messages: "detector centre-v1" */
  title: string;
  threads: number;
  inputs: Wanted[];
  outputs: Wanted[];
}

const remedy = 'Use the manifest that came with this file, or the adapter that fits it.';

/**
 * @throws AnprError `model.unreadable` when it is no model that ONNX Runtime takes, `model.wrong-shape` when inputs or
 * outputs are others than wanted
 */
export async function openSession(bytes: Uint8Array, options: SessionOptions): Promise<Session> {
  const { title, threads, inputs, outputs } = options;
  const session = await create(bytes, title, threads);
  try {
    compare(title, 'input', inputs, session.inputMetadata, true);
    compare(title, 'output', outputs, session.outputMetadata, false);
  } catch (error) {
    await session.release();
    throw error;
  }
  const names = outputs.map((output) => output.name);
  return {
    run: (feeds) => session.run(feeds, names) as Promise<Record<string, Tensor>>,
    async runInto(feeds, into) {
      await session.run(feeds, into);
    },
    close: () => session.release(),
  };
}

/** One input or output as the file has it; a dimension that it leaves open is null. */
export interface GraphValue {
  name: string;
  type: string;
  dims: (number | null)[];
}

/** A file that nobody knows yet: what goes in and out, and a run of it. */
export interface Graph {
  inputs: GraphValue[];
  outputs: GraphValue[];
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}

/** @throws AnprError `model.unreadable` */
export async function openGraph(bytes: Uint8Array, title: string): Promise<Graph> {
  const session = await create(bytes, title, 1);
  return {
    inputs: session.inputMetadata.map(graphValue),
    outputs: session.outputMetadata.map(graphValue),
    run: (feeds) => session.run(feeds) as Promise<Record<string, Tensor>>,
    close: () => session.release(),
  };
}

function graphValue(value: InferenceSession.ValueMetadata): GraphValue {
  if (!value.isTensor) return { name: value.name, type: 'no tensor', dims: [] };
  const dims = value.shape.map((length) => (typeof length === 'number' && length >= 0 ? length : null));
  return { name: value.name, type: value.type, dims };
}

async function create(bytes: Uint8Array, title: string, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
      // Threads that wait for work must not burn the cores that ffmpeg needs.
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    const reason = messageOf(cause);
    throw new AnprError(
      'model.unreadable',
      `${title}: ONNX Runtime refuses the file: ${reason}`,
      /external/i.test(reason)
        ? 'Its weights lie in a file of their own: export it as one file.'
        : 'Export the model again, with an opset that this version of ONNX Runtime knows.',
      { cause },
    );
  }
}

function compare(
  title: string,
  side: 'input' | 'output',
  wanted: Wanted[],
  found: readonly InferenceSession.ValueMetadata[],
  all: boolean,
) {
  const list = found.map((value) => shapeOf(value)).join(', ');
  for (const tensor of wanted) {
    const value = found.find((candidate) => candidate.name === tensor.name);
    if (!value?.isTensor || value.type !== tensor.type || !fits(value.shape, tensor.dims))
      throw wrongShape(title, `${side} ${shapeOf(tensor)} wanted, the file has ${list}`);
  }
  if (all && found.length > wanted.length)
    throw wrongShape(title, `${wanted.length} ${side} wanted, the file has ${list}`);
}

/** Dimensions that the file leaves open (names) fit anything: the warm-up run proves them. */
function fits(shape: readonly (number | string)[], dims: Wanted['dims']): boolean {
  if (!dims) return true;
  return (
    shape.length === dims.length &&
    shape.every((length, i) => typeof length !== 'number' || dims[i] === null || dims[i] === length)
  );
}

/**
 * Holds an output of the warm-up run against what was expected of it, now that every dimension is known.
 * @throws AnprError `model.wrong-shape`
 */
export function proveShape(
  title: string,
  name: string,
  tensor: Tensor | undefined,
  dims: readonly (number | null)[],
): void {
  if (tensor && fits(tensor.dims, dims)) return;
  const came = tensor ? `[${tensor.dims.join(', ')}]` : 'nothing';
  throw wrongShape(
    title,
    `output ${name} [${dims.map((d) => d ?? 'any').join(', ')}] wanted, a trial run gave ${came}`,
  );
}

/** A trial run that fails is a model that does not take what its manifest says. */
export async function trialRun(
  title: string,
  session: Session,
  feeds: Record<string, Tensor>,
): Promise<Record<string, Tensor>> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    const fed = Object.entries(feeds).map(([name, tensor]) => `${name} [${tensor.dims.join(', ')}]`);
    throw wrongShape(title, `a trial run with ${fed.join(', ')} failed: ${messageOf(cause)}`, cause);
  }
}

function wrongShape(title: string, what: string, cause?: unknown): AnprError {
  return new AnprError('model.wrong-shape', `${title}: ${what}`, remedy, { cause });
}

function shapeOf(value: Wanted | InferenceSession.ValueMetadata): string {
  if ('isTensor' in value && !value.isTensor) return `${value.name} (no tensor)`;
  const dims = 'shape' in value ? value.shape : value.dims;
  return `${value.name} ${value.type}${dims ? ` [${dims.map((d) => d || 'any').join(', ')}]` : ''}`;
}
