// Which adapter runs a graph that nobody has described: told from the shapes and types of its inputs and outputs, from
// the properties that its exporter left, and, where several things fit, from what a person says. Pure: it looks at
// nothing but its arguments, and rather asks than guesses.

import { detectorOf } from './detector-policy.ts';
import { byHand, type Hints, type Proposal, type Seen, unknown } from './graph.ts';
import { readerOf } from './reader-policy.ts';

/**
 * @throws AnprError `model.unknown-graph` when no adapter fits, `model.ambiguous` when several do or something is missing
 * that a person must say, `model.size-wanted` when the graph leaves the size of its input open
 */
export function propose(seen: Seen, hints: Hints): Proposal {
  const [input] = seen.inputs;
  if (!input || seen.inputs.length !== 1) throw unknown(seen, `it has ${seen.inputs.length} inputs, not one`);
  if (input.dims.length !== 4) throw unknown(seen, 'its input has not the four dimensions of a picture');
  if (input.type !== 'float32' && input.type !== 'uint8')
    throw unknown(seen, `its input is ${input.type}; export it with float32 (or bytes, for a reader)`);
  if (input.dims[0] !== null && input.dims[0] !== 1)
    throw unknown(seen, `it takes ${input.dims[0]} pictures at a time; export it for one`);
  const channelsLast = isChannels(input.dims[3]) && !isChannels(input.dims[1]);
  const kind = channelsLast ? 'reader' : 'detector';
  if (!channelsLast && !isChannels(input.dims[1]))
    throw unknown(seen, 'its input has neither one nor three channels');
  if (!channelsLast) refuseOthers(seen);
  if (hints.kind && hints.kind !== kind)
    throw unknown(seen, `it looks like a ${kind}, and a ${hints.kind} was wanted`);
  return channelsLast ? readerOf(input, seen, hints) : detectorOf(input, seen, hints);
}

const isChannels = (length: number | null | undefined) => length === 1 || length === 3;

/** Graphs that are well known and still cannot be run from their shapes alone. */
function refuseOthers(seen: Seen): void {
  const names = seen.outputs.map(({ name }) => name);
  if (names.includes('heat') && names.includes('corners'))
    throw byHand(
      seen,
      "the agent's own kind of detector (adapter centre-point)",
      'models/training/export_detector.py',
    );
  const [, channels, height, width] = seen.inputs[0]!.dims;
  const classes = seen.outputs[0]?.dims.length === 3 ? seen.outputs[0].dims[2] : undefined;
  const isStrip = height && width && height <= MOST_STRIP_HEIGHT && width >= 2 * height;
  if (!isStrip || !classes || classes < FEWEST_CLASSES || classes > MOST_CLASSES) return;
  if (channels === 3)
    throw unknown(seen, 'it looks like a CTC reader in colour; such a reader is supported in grey');
  throw byHand(seen, 'a CTC reader (adapter ctc)', 'models/training/export_reader.py');
}

/** A reader's strip, and its characters: digits and some letters at least, no more than an alphabet or three. */
const MOST_STRIP_HEIGHT = 128;
const FEWEST_CLASSES = 20;
const MOST_CLASSES = 128;
