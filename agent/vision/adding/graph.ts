// What is known of a graph that nobody has described, what a person may add, and what comes of it; and how it is told when
// no adapter fits, or when several do.

import { AnprError } from '../../shared/errors.ts';
import type { ModelKind } from '../manifest.ts';
import type { GraphValue } from '../session.ts';

/** What is known of a graph before it is run. */
export interface Seen {
  inputs: readonly GraphValue[];
  outputs: readonly GraphValue[];
  /** as exporters write them: Ultralytics has task, names, imgsz, kpt_shape … */
  properties: Record<string, string>;
}

/** What fast-plate-ocr keeps beside its models. */
export interface PlateConfig {
  slots: number;
  alphabet: string;
  pad: string;
  width: number;
  height: number;
  colour: 'luma' | 'rgb';
  /** grey level beside the plate when its shape is kept; undefined: it is stretched */
  padding: number | undefined;
  regions: string[] | undefined;
}

/** What a person adds. */
export interface Hints {
  kind?: ModelKind | undefined;
  size?: { width: number; height: number } | undefined;
  shape?: 'upright' | 'rotated' | 'corners' | undefined;
  /** numbers of the classes that are plates */
  classes?: number[] | undefined;
  plateConfig?: PlateConfig | undefined;
  /** the sign of a country by its English name, lower case */
  countrySigns?: ReadonlyMap<string, string>;
}

export interface Proposal {
  kind: ModelKind;
  adapter: string;
  /** for people: "YOLO detector, upright boxes" */
  what: string;
  /** the adapter's part of the manifest */
  manifest: Record<string, unknown>;
  /** what was assumed because the graph cannot tell */
  assumed: string[];
}

export const SUPPORTED = [
  'yolo-end2end: input [1, 3, height, width]; output [rows, 7] (batch, x1, y1, x2, y2, class, score) or [1, rows, 6]',
  'yolo: input [1, 3, height, width]; output [1, 4 + classes, places], one value more for rotated boxes, 8 or 12 for corners',
  'slots: input [n, height, width, 1 or 3]; output [n, slots, characters] or [n, slots * characters], and a region',
];

/** The size of the input: the graph's own, else the exporter's word for it, else a person's. */
export function sizeOf(input: GraphValue, x: number, y: number, seen: Seen, { size }: Hints) {
  const [width, height] = [input.dims[x], input.dims[y]];
  if (width && height) {
    if (size && (size.width !== width || size.height !== height))
      throw ambiguous(
        `${size.width}x${size.height} is wanted and the graph takes ${width}x${height}`,
        'Leave the size out, or export the model again with the wanted size.',
      );
    return { width, height };
  }
  if (size) return size;
  const [down, across] = (seen.properties.imgsz?.match(/\d+/g) ?? []).map(Number);
  if (down && across) return { width: across, height: down };
  throw new AnprError(
    'model.size-wanted',
    `input ${valueText(input)} leaves its size open`,
    'Say how large it should be, as in training: --input 640x640.',
  );
}

export function valueText({ name, type, dims }: GraphValue): string {
  return `${name} ${type} [${dims.map((length) => length ?? 'any').join(', ')}]`;
}

export function unknown({ inputs, outputs }: Seen, why: string): AnprError {
  const list = (values: readonly GraphValue[]) => values.map(valueText).join(', ') || 'nothing';
  return new AnprError(
    'model.unknown-graph',
    `no adapter for this graph: ${why}. It takes ${list(inputs)} and gives ${list(outputs)}`,
    `Supported are ${SUPPORTED.join('; ')}.`,
  );
}

export function byHand({ inputs }: Seen, what: string, exporter: string): AnprError {
  return new AnprError(
    'model.ambiguous',
    `this looks like ${what}: input ${inputs.map(valueText).join(', ')}. What its numbers mean the graph cannot tell`,
    `Add the folder that ${exporter} wrote, with its manifest, or write one by hand: docs/models.md shows each key.`,
  );
}

export function ambiguous(what: string, remedy: string): AnprError {
  return new AnprError('model.ambiguous', what, remedy || undefined);
}
