// From ffmpeg's yuv420p to the RGB that JPEG encoders want, or from luma alone to less of it, averaging down on the way: a
// smaller picture costs less than converting the large one and shrinking that. BT.709 at limited range, as HD cameras send it.

import type { Plane, Planes } from '../capture/index.ts';

export interface Picture {
  /** three bytes a pixel in colour, one in grey; newly allocated: sharp reads it where it lies */
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * A window of the picture in colour, each pixel the mean of `step` × `step` luma samples. Chroma, at half size, is
 * averaged over the same area. Columns and rows that do not fill a step at the right and bottom are left out.
 * @param window in luma pixels, inside the picture
 */
export function rgbOf({ y, u, v }: Planes, window: Window, step: number): Picture {
  const width = Math.floor(window.width / step);
  const height = Math.floor(window.height / step);
  const data = new Uint8ClampedArray(width * height * 3);
  const luma = new Int32Array(width);
  const blue = new Int32Array(width);
  const red = new Int32Array(width);
  // Chroma samples under one pixel: at least one, `half` × `half` otherwise (all of them when `step` is even).
  const half = Math.max(1, step >> 1);
  // Sums to 16.16 fixed point: the division by the number of samples is in the factors.
  const scale = (factor: number, samples: number) => Math.round((factor * 65_536) / samples);
  const light = scale(1.164384, step * step);
  const [rv, gu, gv, bu] = [1.792741, 0.213249, 0.532909, 2.112402].map((factor) =>
    scale(factor, half * half),
  ) as [number, number, number, number];
  const black = 16 * step * step;
  const grey = 128 * half * half;
  let out = 0;
  for (let row = 0; row < height; row++) {
    luma.fill(0);
    blue.fill(0);
    red.fill(0);
    const top = window.top + row * step;
    addLuma(luma, y, window.left, top, step);
    addChroma(blue, u, window.left, top >> 1, step, half);
    addChroma(red, v, window.left, top >> 1, step, half);
    for (let column = 0; column < width; column++) {
      const l = light * (luma[column]! - black) + 32_768;
      const b = blue[column]! - grey;
      const r = red[column]! - grey;
      data[out] = (l + rv * r) >> 16;
      data[out + 1] = (l - gu * b - gv * r) >> 16;
      data[out + 2] = (l + bu * b) >> 16;
      out += 3;
    }
  }
  return { data, width, height };
}

/** The same of luma alone, in limited range as it is. */
export function greyOf(plane: Plane, window: Window, step: number): Picture {
  const width = Math.floor(window.width / step);
  const height = Math.floor(window.height / step);
  const data = new Uint8Array(width * height);
  const sums = new Int32Array(width);
  const samples = step * step;
  for (let row = 0; row < height; row++) {
    sums.fill(0);
    addLuma(sums, plane, window.left, window.top + row * step, step);
    const start = row * width;
    for (let column = 0; column < width; column++) data[start + column] = sums[column]! / samples + 0.5;
  }
  return { data, width, height };
}

/** Adds `step` rows of a plane into sums over `step` columns each. */
function addLuma(sums: Int32Array, { data, width }: Plane, left: number, top: number, step: number): void {
  if (step === 2) {
    // the usual case, 1080p to half its size
    let upper = top * width + left;
    let lower = upper + width;
    for (let column = 0; column < sums.length; column++, upper += 2, lower += 2)
      sums[column] = data[upper]! + data[upper + 1]! + data[lower]! + data[lower + 1]!;
    return;
  }
  for (let row = top; row < top + step; row++) {
    let index = row * width + left;
    for (let column = 0; column < sums.length; column++) {
      let sum = data[index++]!;
      for (let k = 1; k < step; k++) sum += data[index++]!;
      sums[column] = sums[column]! + sum;
    }
  }
}

function addChroma(
  sums: Int32Array,
  plane: Plane,
  left: number,
  top: number,
  step: number,
  half: number,
): void {
  const { data, width, height } = plane;
  if (half === 1) {
    const start = Math.min(top, height - 1) * width;
    for (let column = 0; column < sums.length; column++)
      sums[column] = data[start + Math.min((left + column * step) >> 1, width - 1)]!;
    return;
  }
  for (let row = top; row < top + half; row++) {
    const start = Math.min(row, height - 1) * width;
    for (let column = 0; column < sums.length; column++) {
      let index = start + Math.min((left + column * step) >> 1, width - half);
      let sum = 0;
      for (let k = 0; k < half; k++) sum += data[index++]!;
      sums[column] = sums[column]! + sum;
    }
  }
}
