// Straightening: a plate's quadrilateral in a frame becomes a rectangle of grey levels, whatever its slant. Plain
// arithmetic over bytes: at a reader's size (some ten thousand pixels) that is quicker than any library call, and
// only the rows that the plate covers have to be fetched.

import type { Plane } from '../capture/index.ts';
import { boxOf, distance, heightOf, type Point, type Quad, widthOf } from '../shared/geometry.ts';

/** Some full-width rows of a frame; `top` is the number of the first one. */
export interface Rows extends Plane {
  top: number;
}

/** A part of a plate: u runs along its upper edge from 0 (left) to 1, v down its left edge from 0 (top) to 1. */
export interface Part {
  u0: number;
  u1: number;
  v0: number;
  v1: number;
}

/** The whole of it. */
export const WHOLE: Part = { u0: 0, u1: 1, v0: 0, v1: 1 };

/** A rectangle within a picture of `stride` columns. */
export interface Target {
  data: Uint8Array;
  left: number;
  width: number;
  height: number;
  stride: number;
}

/** Smallest plate that is straightened, in pixels of the full frame: below that no reader sees anything. */
export const MIN_WIDTH_PX = 16;
export const MIN_HEIGHT_PX = 5;

/** Corners turn the right way round (clockwise as seen), are convex, and hold enough pixels to bother. */
export function isUsable(corners: Quad): boolean {
  if (!corners.flat().every(Number.isFinite)) return false;
  for (let i = 0; i < 4; i++) {
    const [a, b, c] = [corners[i]!, corners[(i + 1) % 4]!, corners[(i + 2) % 4]!];
    const turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]);
    if (turn <= 1e-3 * distance(a, b) * distance(b, c)) return false;
  }
  return widthOf(corners) >= MIN_WIDTH_PX && heightOf(corners) >= MIN_HEIGHT_PX;
}

/** Nine numbers: (u, v) → ((a u + b v + c) / w, (d u + e v + f) / w) with w = g u + h v + 1. */
export type Homography = [number, number, number, number, number, number, number, number];

/** The projection of the unit square onto a quadrilateral (Heckbert 1989, "Fundamentals of texture mapping", 2.2.3). */
export function squareTo([p0, p1, p2, p3]: Quad): Homography {
  const sx = p0[0] - p1[0] + p2[0] - p3[0];
  const sy = p0[1] - p1[1] + p2[1] - p3[1];
  const dx1 = p1[0] - p2[0];
  const dy1 = p1[1] - p2[1];
  const dx2 = p3[0] - p2[0];
  const dy2 = p3[1] - p2[1];
  const area = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / area;
  const h = (dx1 * sy - sx * dy1) / area;
  return [
    p1[0] - p0[0] + g * p1[0],
    p3[0] - p0[0] + h * p3[0],
    p0[0],
    p1[1] - p0[1] + g * p1[1],
    p3[1] - p0[1] + h * p3[1],
    p0[1],
    g,
    h,
  ];
}

export function project([a, b, c, d, e, f, g, h]: Homography, u: number, v: number): Point {
  const w = g * u + h * v + 1;
  return [(a * u + b * v + c) / w, (d * u + e * v + f) / w];
}

/** The corners of a part of a plate, in the frame. */
export function cornersOf(corners: Quad, { u0, u1, v0, v1 }: Part): Quad {
  const to = squareTo(corners);
  return [project(to, u0, v0), project(to, u1, v0), project(to, u1, v1), project(to, u0, v1)];
}

/** First row (inclusive) and last row (exclusive) of a frame that a quadrilateral needs, a pixel of border included. */
export function rowsFor(corners: Quad, frameHeight: number): [top: number, bottom: number] {
  const [, y, , height] = boxOf(corners);
  const top = Math.max(0, Math.min(frameHeight - 1, Math.floor(y) - 1));
  return [top, Math.max(top + 1, Math.min(frameHeight, Math.ceil(y + height) + 1))];
}

/**
 * Writes the part of the plate at `corners` into the target. Bilinear; where the plate is larger than the target the
 * pixels are averaged first (whole blocks, then several samples a pixel), or thin strokes would flicker away. Beyond
 * the frame its border pixels go on.
 */
export function straighten(rows: Rows, corners: Quad, part: Part, target: Target): void {
  const quad = cornersOf(corners, part);
  const stepX = widthOf(quad) / target.width;
  const stepY = heightOf(quad) / target.height;
  const block = Math.max(1, Math.floor(Math.min(stepX, stepY)));
  const source = block === 1 ? { plane: rows, left: 0, top: rows.top } : averaged(rows, quad, block);
  const samplesX = Math.max(1, Math.round(stepX / block));
  const samplesY = Math.max(1, Math.round(stepY / block));
  const inSource = quad.map(([x, y]) => [(x - source.left) / block, (y - source.top) / block]) as Quad;
  sample(source.plane, squareTo(inSource), target, samplesX, samplesY);
}

/** The box around `quad`, each pixel the mean of block x block pixels. */
function averaged(rows: Rows, quad: Quad, block: number): { plane: Plane; left: number; top: number } {
  const [x, y, boxWidth, boxHeight] = boxOf(quad);
  const left = Math.max(0, Math.min(rows.width - 1, Math.floor(x) - block));
  const top = Math.max(0, Math.min(rows.height - 1, Math.floor(y) - rows.top - block));
  const right = Math.max(left + 1, Math.min(rows.width, Math.ceil(x + boxWidth) + block));
  const bottom = Math.max(top + 1, Math.min(rows.height, Math.ceil(y + boxHeight) - rows.top + block));
  const width = Math.ceil((right - left) / block);
  const height = Math.ceil((bottom - top) / block);
  const data = new Uint8Array(width * height);
  const sums = new Uint32Array(width);
  const count = block * block;
  for (let j = 0; j < height; j++) {
    sums.fill(count >> 1);
    for (let line = 0; line < block; line++) {
      const row = Math.min(rows.height - 1, top + j * block + line) * rows.width;
      let at = row + left;
      const end = row + rows.width - 1;
      for (let i = 0; i < width; i++) {
        let sum = 0;
        for (let k = 0; k < block; k++, at++) sum += rows.data[Math.min(at, end)]!;
        sums[i] = sums[i]! + sum;
      }
    }
    for (let i = 0; i < width; i++) data[j * width + i] = sums[i]! / count;
  }
  return { plane: { data, width, height }, left, top: rows.top + top };
}

/** Along a line of the target both numerators and the denominator of the homography grow evenly. */
function sample(plane: Plane, to: Homography, target: Target, samplesX: number, samplesY: number): void {
  const [a, b, c, d, e, f, g, h] = to;
  const { data, width, height } = plane;
  const maxX = width - 1;
  const maxY = height - 1;
  const stepU = 1 / (target.width * samplesX);
  const stepV = 1 / (target.height * samplesY);
  const [stepX, stepY, stepW] = [a * stepU, d * stepU, g * stepU];
  const line = new Float64Array(target.width);
  const share = 1 / (samplesX * samplesY);
  for (let j = 0; j < target.height; j++) {
    line.fill(0.5);
    for (let sy = 0; sy < samplesY; sy++) {
      const v = (j * samplesY + sy + 0.5) * stepV;
      let numeratorX = a * stepU * 0.5 + b * v + c;
      let numeratorY = d * stepU * 0.5 + e * v + f;
      let denominator = g * stepU * 0.5 + h * v + 1;
      for (let i = 0; i < target.width; i++) {
        let sum = 0;
        for (let sx = 0; sx < samplesX; sx++) {
          const w = 1 / denominator;
          // Pixel n covers n..n+1: its centre, where its value holds, is at n + 0.5.
          let x = numeratorX * w - 0.5;
          let y = numeratorY * w - 0.5;
          x = x < 0 ? 0 : x > maxX ? maxX : x;
          y = y < 0 ? 0 : y > maxY ? maxY : y;
          const x0 = x | 0;
          const y0 = y | 0;
          const fx = x - x0;
          const p = y0 * width + x0;
          const right = x0 < maxX ? p + 1 : p;
          const below = y0 < maxY ? width : 0;
          const upper = data[p]! + (data[right]! - data[p]!) * fx;
          const lower = data[p + below]! + (data[right + below]! - data[p + below]!) * fx;
          sum += upper + (lower - upper) * (y - y0);
          numeratorX += stepX;
          numeratorY += stepY;
          denominator += stepW;
        }
        line[i] = line[i]! + sum * share;
      }
    }
    const row = j * target.stride + target.left;
    for (let i = 0; i < target.width; i++) target.data[row + i] = line[i]!;
  }
}
