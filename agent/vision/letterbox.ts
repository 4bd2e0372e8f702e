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

/**
 * `plane` scaled down to width x height: each new pixel is the mean of the area that it covers, edges shared by
 * weight. Two passes, so the cost is one look at each source pixel.
 */
export function shrink(plane: Plane, width: number, height: number): Plane {
  if (plane.width === width && plane.height === height) return plane;
  const narrow = new Float32Array(width * plane.height);
  const columns = spans(plane.width, width);
  for (let y = 0; y < plane.height; y++) {
    const row = y * plane.width;
    const target = y * width;
    for (let x = 0; x < width; x++) {
      const first = columns.first[x]!;
      const last = columns.last[x]!;
      let sum = plane.data[row + first]! * columns.head[x]!;
      for (let i = first + 1; i < last; i++) sum += plane.data[row + i]!;
      if (last > first) sum += plane.data[row + last]! * columns.tail[x]!;
      narrow[target + x] = sum;
    }
  }
  const data = new Uint8Array(width * height);
  const lines = spans(plane.height, height);
  const share = (width / plane.width) * (height / plane.height);
  const sums = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0.5);
    const first = lines.first[y]!;
    const last = lines.last[y]!;
    for (let i = first; i <= last; i++) {
      const weight = share * (i === first ? lines.head[y]! : i === last ? lines.tail[y]! : 1);
      const row = i * width;
      for (let x = 0; x < width; x++) sums[x] = sums[x]! + narrow[row + x]! * weight;
    }
    data.set(sums, y * width);
  }
  return { data, width, height };
}

/** For each target pixel the source pixels it covers, and how much of the first and the last of them. */
function spans(from: number, to: number) {
  const first = new Int32Array(to);
  const last = new Int32Array(to);
  const head = new Float32Array(to);
  const tail = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const start = (i * from) / to;
    const end = ((i + 1) * from) / to;
    first[i] = Math.floor(start);
    last[i] = Math.max(first[i]!, Math.min(from, Math.ceil(end - 1e-6)) - 1);
    head[i] = Math.min(end, first[i]! + 1) - start;
    tail[i] = end - last[i]!;
  }
  return { first, last, head, tail };
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
