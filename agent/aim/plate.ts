// All that is measured on one plate in one frame.

import type { Frame, Plane } from '../capture/index.ts';
import { boxOf, type Point, type Quad } from '../shared/geometry.ts';
import { type Homography, project, squareTo } from '../vision/index.ts';
import { type Attitude, attitudeOf } from './attitude.ts';
import { edgeWidths } from './edges.ts';
import { type Light, lightOf } from './light.ts';

export interface PlateMeasure extends Attitude, Light {
  /** rise of the strokes' edges from 10 to 90 %, pixels: along the line of characters and across it; null: too few edges */
  edgeAlongPx: number | null;
  edgeAcrossPx: number | null;
}

interface Rows extends Plane {
  top: number;
}

const LIGHT_GRID = 48;
const STEPS_A_PIXEL = 2;
const LINES_ALONG = 14;
const LINES_ACROSS = 48;
/** fewer say nothing */
const LEAST_EDGES = 6;
/** slanted and round strokes are crossed at an angle: the straight ones are among the narrower edges */
const NARROW_SHARE = 0.3;
/** the characters: without the plate's rim and what is around it */
const CHARACTERS = { u0: 0.05, u1: 0.95, v0: 0.1, v1: 0.9 };

/**
 * Measures a plate; undefined when the frame's full-size rows are gone, or the plate is outside the picture.
 * @param lines of characters on the plate
 */
export function measurePlate(
  frame: Pick<Frame, 'rows' | 'height' | 'width'>,
  corners: Quad,
  lines: 1 | 2,
): PlateMeasure | undefined {
  const [, y, , height] = boxOf(corners);
  const top = Math.max(0, Math.floor(y) - 2);
  const bottom = Math.min(frame.height, Math.ceil(y + height) + 2);
  const plane = bottom - top >= 4 ? frame.rows(top, bottom) : undefined;
  if (!plane || plane.data.length < plane.width * plane.height) return undefined;
  const rows = { ...plane, top };
  const to = squareTo(corners);
  const attitude = attitudeOf(corners, lines);
  const light = lightOf(samplesOf(rows, to));
  return {
    ...attitude,
    ...light,
    edgeAlongPx: edgesAlong(rows, to, attitude, light.contrast),
    edgeAcrossPx: edgesAcross(rows, to, attitude, light.contrast),
  };
}

function samplesOf(rows: Rows, to: Homography): number[] {
  const { u0, u1, v0, v1 } = CHARACTERS;
  const samples: number[] = [];
  for (let j = 0; j < LIGHT_GRID; j++)
    for (let i = 0; i < 2 * LIGHT_GRID; i++) {
      const u = u0 + ((u1 - u0) * (i + 0.5)) / (2 * LIGHT_GRID);
      const v = v0 + ((v1 - v0) * (j + 0.5)) / LIGHT_GRID;
      samples.push(valueAt(rows, project(to, u, v)));
    }
  return samples;
}

function edgesAlong(rows: Rows, to: Homography, { widthPx, heightPx }: Attitude, contrast: number) {
  const { u0, u1 } = CHARACTERS;
  const steps = Math.max(8, Math.round((u1 - u0) * widthPx * STEPS_A_PIXEL));
  const widths: number[] = [];
  for (let line = 0; line < LINES_ALONG; line++) {
    const v = 0.22 + (0.56 * line) / (LINES_ALONG - 1);
    // Beside each other, half a pixel apart: strokes stand upright, noise does not.
    const beside = [-0.5, 0, 0.5].map((px) => v + px / heightPx);
    widths.push(
      ...edgeWidths(
        profileOf(rows, to, steps, (n) => u0 + ((u1 - u0) * n) / steps, beside, true),
        contrast,
      ),
    );
  }
  return narrow(widths, STEPS_A_PIXEL);
}

function edgesAcross(rows: Rows, to: Homography, { widthPx, heightPx }: Attitude, contrast: number) {
  const { v0, v1 } = CHARACTERS;
  const steps = Math.max(8, Math.round((v1 - v0) * heightPx * STEPS_A_PIXEL));
  const widths: number[] = [];
  for (let line = 0; line < LINES_ACROSS; line++) {
    const u = 0.08 + (0.84 * line) / (LINES_ACROSS - 1);
    const beside = [-0.5, 0, 0.5].map((px) => u + px / widthPx);
    widths.push(
      ...edgeWidths(
        profileOf(rows, to, steps, (n) => v0 + ((v1 - v0) * n) / steps, beside, false),
        contrast,
      ),
    );
  }
  return narrow(widths, STEPS_A_PIXEL);
}

/** Values along a line of the plate, each the mean of its neighbours across that line. */
function profileOf(
  rows: Rows,
  to: Homography,
  steps: number,
  at: (n: number) => number,
  beside: readonly number[],
  isAlong: boolean,
): number[] {
  const profile: number[] = [];
  for (let n = 0; n <= steps; n++) {
    let sum = 0;
    for (const other of beside)
      sum += valueAt(rows, isAlong ? project(to, at(n), other) : project(to, other, at(n)));
    profile.push(sum / beside.length);
  }
  return profile;
}

function narrow(widths: number[], stepsAPixel: number): number | null {
  if (widths.length < LEAST_EDGES) return null;
  widths.sort((one, other) => one - other);
  return widths[Math.floor(NARROW_SHARE * widths.length)]! / stepsAPixel;
}

/** Bilinear; beyond the picture its border goes on. A pixel's value holds at its middle. */
function valueAt({ data, width, height, top }: Rows, [px, py]: Point): number {
  const x = Math.min(width - 1, Math.max(0, px - 0.5));
  const y = Math.min(height - 1, Math.max(0, py - 0.5 - top));
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const x1 = Math.min(width - 1, x0 + 1);
  const y1 = Math.min(height - 1, y0 + 1);
  const [fx, fy] = [x - x0, y - y0];
  const upper = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
  const lower = data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx;
  return upper * (1 - fy) + lower * fy;
}
