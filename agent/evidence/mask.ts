// A scene's picture with a mask. It is put together from two things: means over large squares, and the pixels of the mask's
// window. Nothing else of the scene gets into it, so nothing else can be brought back. The squares keep their hard edges: faces in
// coarse squares are recognised better once those are smoothed away (Harmon and Julesz, Science 180, 1973).

import type { Plane, Planes } from '../capture/index.ts';
import { greyOf, type Picture, rgbOf, type Window } from './colour.ts';
import type { Mask } from './mask-policy.ts';

/** A mean is taken over about so many samples each way; more would only cost time. */
const SAMPLES = 8;

/** @param step pixels of the full frame, which the mask is measured in, to one of the picture's */
export function maskedOf(planes: Planes | { y: Plane }, mask: Mask, step: number): Picture {
  const channels = 'u' in planes ? 3 : 1;
  const width = Math.floor(planes.y.width / step);
  const height = Math.floor(planes.y.height / step);
  const data = new Uint8ClampedArray(width * height * channels);
  fillWithSquares({ data, width, height }, channels, planes, mask, step);
  copyWindow({ data, width, height }, channels, planes, mask, step);
  return { data, width, height };
}

function fillWithSquares(
  { data, width, height }: Picture,
  channels: 1 | 3,
  planes: Planes | { y: Plane },
  { blockPx }: Mask,
  step: number,
): void {
  const columns = edgesOf(width, Math.ceil(blockPx / step));
  const rows = edgesOf(height, Math.ceil(blockPx / step));
  const squares = squaresOf(planes, columns, rows, step);
  const line = new Uint8Array(width * channels);
  for (let row = 0; row + 1 < rows.length; row++) {
    const colours = squares.subarray(row * (columns.length - 1) * channels);
    for (let column = 0; column + 1 < columns.length; column++)
      for (let x = columns[column]!; x < columns[column + 1]!; x++)
        for (let channel = 0; channel < channels; channel++)
          line[x * channels + channel] = colours[column * channels + channel]!;
    for (let y = rows[row]!; y < rows[row + 1]!; y++) data.set(line, y * line.length);
  }
}

/** As many squares as fit: those at the right and the bottom are no smaller than the others. */
function edgesOf(size: number, block: number): number[] {
  const count = Math.max(1, Math.floor(size / block));
  return Array.from({ length: count + 1 }, (_, index) => Math.round((index * size) / count));
}

/** One pixel a square, row by row. @param columns, rows the squares' edges in pixels of the picture */
function squaresOf(
  planes: Planes | { y: Plane },
  columns: number[],
  rows: number[],
  step: number,
): Uint8Array | Uint8ClampedArray {
  const y = meansOf(planes.y, columns, rows, step);
  if (!('u' in planes)) return y.data;
  const u = meansOf(planes.u, columns, rows, step / 2);
  const v = meansOf(planes.v, columns, rows, step / 2);
  // Chroma has half of luma's size: each mean of luma twice each way.
  const twice = { data: new Uint8Array(4 * y.data.length), width: 2 * y.width, height: 2 * y.height };
  for (let row = 0; row < twice.height; row++)
    for (let column = 0; column < twice.width; column++)
      twice.data[row * twice.width + column] = y.data[(row >> 1) * y.width + (column >> 1)]!;
  return rgbOf({ y: twice, u, v }, { left: 0, top: 0, width: twice.width, height: twice.height }, 2).data;
}

/** @param scale samples of the plane to one pixel of the picture */
function meansOf(plane: Plane, columns: number[], rows: number[], scale: number): Plane {
  const width = columns.length - 1;
  const height = rows.length - 1;
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const left = Math.floor(columns[column]! * scale);
      const right = Math.min(plane.width, Math.max(left + 1, Math.floor(columns[column + 1]! * scale)));
      const top = Math.floor(rows[row]! * scale);
      const end = Math.min(plane.height, Math.max(top + 1, Math.floor(rows[row + 1]! * scale)));
      const stride = Math.max(1, Math.floor((right - left) / SAMPLES));
      let sum = 0;
      let count = 0;
      for (let y = top; y < end; y += stride)
        for (let x = left; x < right; x += stride, count++) sum += plane.data[y * plane.width + x]!;
      data[row * width + column] = sum / count + 0.5;
    }
  return { data, width, height };
}

function copyWindow(
  { data, width, height }: Picture,
  channels: 1 | 3,
  planes: Planes | { y: Plane },
  mask: Mask,
  step: number,
): void {
  // even: chroma has a sample for two pixels
  const left = Math.floor(mask.left / step) & ~1;
  const first = Math.floor(mask.top.highest / step) & ~1;
  const right = Math.min(width, Math.floor(mask.right / step));
  const end = Math.min(height, Math.floor(mask.bottom / step));
  if (right <= left || end <= first) return;
  const window: Window = {
    left: left * step,
    top: first * step,
    width: (right - left) * step,
    height: (end - first) * step,
  };
  const picture = 'u' in planes ? rgbOf(planes, window, step) : greyOf(planes.y, window, step);
  for (let row = 0; row < picture.height; row++) {
    const [from, to] = clearSpan(mask, width, first + row, step);
    const start = (row * picture.width + from - left) * channels;
    const pixels = picture.data.subarray(start, start + (to - from) * channels);
    data.set(pixels, ((first + row) * width + from) * channels);
  }
}

/** In pixels of the picture, from which column on and up to which a row is clear: only pixels that are so as a whole. */
function clearSpan(mask: Mask, width: number, row: number, step: number): [from: number, to: number] {
  const left = Math.min(width, Math.ceil(mask.left / step));
  const right = Math.min(width, Math.floor(mask.right / step));
  const { highest, y, slope } = mask.top;
  const top = row * step;
  if (top < highest || top + step > mask.bottom || right <= left) return [left, left];
  if (slope === 0) return top >= y ? [left, right] : [left, left];
  // The line crosses the pixels' upper edges here, and is above them on its higher side.
  const crossing = (top - y) / slope / step;
  return slope > 0
    ? [left, Math.max(left, Math.min(right, Math.floor(crossing)))]
    : [Math.min(right, Math.max(left, Math.ceil(crossing))), right];
}
