// The detector's input: how large the small copy of a frame is, and how its pixels become numbers. The size is a rule
// of its own because capture (ffmpeg scales), still pictures and training must all agree on it.

import type { Plane } from '../capture/index.ts';

export interface FitLimits {
  maxWidth: number;
  maxHeight: number;
}

/**
 * The size of a frame's small copy: as large as fits into the limits with the frame's own shape, never larger than the
 * frame. Each side is even (ffmpeg's yuv420p) and at least 2.
 */
export function smallSize(
  width: number,
  height: number,
  limits: FitLimits,
): { width: number; height: number } {
  const scale = Math.min(1, limits.maxWidth / width, limits.maxHeight / height);
  return { width: even(width * scale), height: even(height * scale) };
}

const even = (length: number) => Math.max(2, Math.round(length / 2) * 2);

/** `length` rounded up to a multiple of `multiple`. */
export function padded(length: number, multiple: number): number {
  return Math.ceil(length / multiple) * multiple;
}

/** Weights are whole numbers of 1/1024: integer arithmetic is a third quicker here, and at most one grey level off. */
const ONE = 1024;

/**
 * `plane` scaled down to width x height: each new pixel is the mean of the area that it covers, edges shared by
 * weight. Rows first, so that most of the work runs straight through memory.
 */
export function shrink(plane: Plane, width: number, height: number): Plane {
  if (plane.width === width && plane.height === height) return plane;
  const lines = spans(plane.height, height);
  const columns = spans(plane.width, width);
  if (isLittle(lines, plane.height) && isLittle(columns, plane.width))
    return {
      data: shrinkLittle(plane, threeOf(lines, plane.height), threeOf(columns, plane.width)),
      width,
      height,
    };
  const line = new Int32Array(plane.width);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    addRows(plane, line, lines, y);
    for (let x = 0; x < width; x++) {
      const first = columns.first[x]!;
      const last = columns.last[x]!;
      const whole = columns.whole[x]!;
      let sum = line[first]! * columns.head[x]!;
      for (let i = first + 1; i < last; i++) sum += line[i]! * whole;
      sum += line[last]! * columns.tail[x]!;
      data[y * width + x] = (sum + ONE * 32) >> 16;
    }
  }
  return { data, width, height };
}

/** Sums the rows that line `y` covers, by weight, into `line`: grey levels times 64 (so that two sums fit 31 bits). */
function addRows({ data, width }: Plane, line: Int32Array, lines: Spans, y: number): void {
  const top = lines.first[y]! * width;
  const bottom = lines.last[y]! * width;
  const [head, whole, tail] = [lines.head[y]!, lines.whole[y]!, lines.tail[y]!];
  for (let x = 0; x < width; x++) line[x] = data[top + x]! * head + data[bottom + x]! * tail;
  for (let row = top + width; row < bottom; row += width)
    for (let x = 0; x < width; x++) line[x] = line[x]! + data[row + x]! * whole;
  for (let x = 0; x < width; x++) line[x] = line[x]! >> 4;
}

/** No new pixel covers more than three (at most twice smaller, or just three times): the sums are written out. */
const isLittle = ({ first, last }: Spans, from: number) =>
  from >= 3 && first.every((begins, i) => last[i]! <= begins + 2);

/** The same as the general way, to the grey level; 816x612 to 512x384 takes 1.3 instead of 2.2 ms of CPU time. */
function shrinkLittle(plane: Plane, lines: Three, columns: Three): Uint8Array {
  const { data: source, width } = plane;
  const [wide, high] = [columns.first.length, lines.first.length];
  const line = new Int32Array(width);
  const data = new Uint8Array(wide * high);
  for (let y = 0; y < high; y++) {
    const [a, b, c] = [lines.a[y]!, lines.b[y]!, lines.c[y]!];
    const top = lines.first[y]! * width;
    const middle = top + width;
    const bottom = middle + width;
    for (let x = 0; x < width; x++)
      line[x] = (source[top + x]! * a + source[middle + x]! * b + source[bottom + x]! * c) >> 4;
    for (let x = 0; x < wide; x++) {
      const first = columns.first[x]!;
      const sum =
        line[first]! * columns.a[x]! + line[first + 1]! * columns.b[x]! + line[first + 2]! * columns.c[x]!;
      data[y * wide + x] = (sum + ONE * 32) >> 16;
    }
  }
  return data;
}

/** For each target pixel three source pixels in a row, from `first` on, and their weights. */
interface Three {
  first: Int32Array;
  a: Int32Array;
  b: Int32Array;
  c: Int32Array;
}

function threeOf(spans: Spans, from: number): Three {
  const make = () => new Int32Array(spans.first.length);
  const three = { first: make(), a: make(), b: make(), c: make() };
  for (const [i, begins] of spans.first.entries()) {
    const first = Math.min(begins, from - 3);
    const weights = [0, 0, 0];
    for (let at = begins + 1; at < spans.last[i]!; at++) weights[at - first] = spans.whole[i]!;
    weights[begins - first] = spans.head[i]!;
    if (spans.last[i]! > begins) weights[spans.last[i]! - first] = spans.tail[i]!;
    three.first[i] = first;
    [three.a[i], three.b[i], three.c[i]] = weights as [number, number, number];
  }
  return three;
}

interface Spans {
  first: Int32Array;
  last: Int32Array;
  head: Int32Array;
  whole: Int32Array;
  tail: Int32Array;
}

/** For each target pixel the source pixels it covers, and the weight of the first, of those between, of the last. */
function spans(from: number, to: number): Spans {
  const make = () => new Int32Array(to);
  const result = { first: make(), last: make(), head: make(), whole: make(), tail: make() };
  const share = to / from;
  for (let i = 0; i < to; i++) {
    const start = (i * from) / to;
    const first = Math.floor(start);
    const last = Math.max(first, Math.min(from, Math.ceil(((i + 1) * from) / to - 1e-6)) - 1);
    const whole = Math.round(share * ONE);
    const head = last === first ? ONE : Math.round((first + 1 - start) * share * ONE);
    result.first[i] = first;
    result.last[i] = last;
    result.head[i] = head;
    result.whole[i] = whole;
    result.tail[i] = last === first ? 0 : ONE - head - (last - first - 1) * whole;
  }
  return result;
}

/** What each grey level 0..255 becomes in a net: (level / 255 - mean) * scale. */
export function levels(mean: number, scale: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) * scale);
}

/**
 * Writes `plane` into the upper left of a net's input of width x height; to the right and below its edge is repeated,
 * as in training.
 */
export function place(
  plane: Plane,
  table: Float32Array,
  input: Float32Array,
  width: number,
  height: number,
): void {
  const { data } = plane;
  const columns = Math.min(plane.width, width);
  const rows = Math.min(plane.height, height);
  for (let y = 0; y < rows; y++) {
    const source = y * plane.width;
    const target = y * width;
    for (let x = 0; x < columns; x++) input[target + x] = table[data[source + x]!]!;
    if (columns < width) input.fill(input[target + columns - 1]!, target + columns, target + width);
  }
  for (let y = rows; y < height; y++) input.copyWithin(y * width, (rows - 1) * width, rows * width);
}
