// Does something move where plates are looked for? It spares the detector the many hours in which nothing passes, so it
// must be cheap (well under a millisecond on the small plane) and must err on the side of looking. Pure: frames in,
// yes or no out.
//
// Each cell of a coarse grid keeps its background and how much it flickers. A cell moves when it differs from its
// background by more than the threshold and by more than its flicker, after the brightness of the whole picture has
// been levelled (a camera's gain at dusk). Moving cells count only where they lie together, as a vehicle's do and
// noise and raindrops do not.

import type { CameraConfig } from '../config/index.ts';
import { inside, type Polygon } from '../shared/geometry.ts';
import type { Frame } from './frame.ts';

/**
 * The grid has at most so many cells a row, each one pixel of the plane: a vehicle whose plate can be read is twenty
 * cells wide.
 */
const GRID_WIDTH = 160;
const BLOCK_CELLS = 4;
/** a block counts when this share of it moves */
const BLOCK_SHARE = 0.3;
/** the whole scene is another one: the camera switched to infra-red, or was turned */
const SCENE_CHANGE_SHARE = 0.6;
const HOLD_MS = 1000;
/**
 * Per frame, how fast the background follows a still cell, and one that moves. At 12 frames a second a parked car is
 * part of it after some eight seconds; a creeping one leaves a trail that is seconds long.
 */
const STILL_RATE = 1 / 24;
const MOVING_RATE = 1 / 48;
const FLICKER_RATE = 1 / 32;
const FLICKER_FACTOR = 3;
/** only every so many cells are asked for the brightness of the whole */
const LEVEL_STRIDE = 5;

export interface MotionGate {
  /** True while something moves, and for a second after. Ask for every frame, in order. */
  in(frame: Pick<Frame, 'small' | 'capturedAt'>): boolean;
}

export function createMotionGate(
  { threshold, minShare }: CameraConfig['motion'],
  { region, masks }: { region?: Polygon | undefined; masks: readonly Polygon[] },
): MotionGate {
  let grid: Grid | undefined;
  let openUntil = Number.NEGATIVE_INFINITY;
  return {
    in({ small, capturedAt }) {
      if (grid?.width !== small.width || grid.height !== small.height) {
        grid = new Grid(small.width, small.height, threshold, region, masks);
        grid.adopt(small.data);
        openUntil = capturedAt + HOLD_MS;
        return true;
      }
      const share = grid.movingShare(small.data);
      if (share > SCENE_CHANGE_SHARE) grid.adopt(small.data);
      if (share > 0 && share >= minShare) openUntil = capturedAt + HOLD_MS;
      // A clock that was set back must not hold it open.
      return capturedAt <= openUntil && openUntil - capturedAt <= HOLD_MS;
    },
  };
}

class Grid {
  readonly width: number;
  readonly height: number;
  readonly #threshold: number;
  /** offset into the plane of each cell that is looked at, and the block that it belongs to */
  readonly #cells: Int32Array;
  readonly #blockOf: Int32Array;
  readonly #background: Float32Array;
  readonly #flicker: Float32Array;
  readonly #blockSize: Int32Array;
  readonly #moving: Int32Array;
  readonly #histogram = new Int32Array(511);

  constructor(
    width: number,
    height: number,
    threshold: number,
    region: Polygon | undefined,
    masks: readonly Polygon[],
  ) {
    this.width = width;
    this.height = height;
    this.#threshold = threshold;
    const step = Math.max(1, Math.ceil(width / GRID_WIDTH));
    const blockPx = step * BLOCK_CELLS;
    const blocksPerRow = Math.ceil(width / blockPx);
    const cells: number[] = [];
    const blocks: number[] = [];
    for (let y = 0; y < height; y += step)
      for (let x = 0; x < width; x += step) {
        const at: [number, number] = [(x + 0.5) / width, (y + 0.5) / height];
        if (region && !inside(at, region)) continue;
        if (masks.some((mask) => inside(at, mask))) continue;
        cells.push(y * width + x);
        blocks.push(Math.floor(y / blockPx) * blocksPerRow + Math.floor(x / blockPx));
      }
    this.#cells = Int32Array.from(cells);
    this.#blockOf = Int32Array.from(blocks);
    this.#background = new Float32Array(cells.length);
    this.#flicker = new Float32Array(cells.length);
    this.#blockSize = new Int32Array(blocksPerRow * Math.ceil(height / blockPx));
    this.#moving = new Int32Array(this.#blockSize.length);
    for (const block of blocks) this.#blockSize[block]!++;
  }

  /** This picture is the background. */
  adopt(plane: Uint8Array): void {
    for (let cell = 0; cell < this.#cells.length; cell++) this.#background[cell] = plane[this.#cells[cell]!]!;
  }

  /** Share of the looked-at cells that move together with their neighbours, 0..1; the background follows. */
  movingShare(plane: Uint8Array): number {
    const cells = this.#cells;
    const background = this.#background;
    const flicker = this.#flicker;
    const level = this.#levelChange(plane);
    const threshold = this.#threshold;
    this.#moving.fill(0);
    for (let cell = 0; cell < cells.length; cell++) {
      const before = background[cell]! + level;
      const change = plane[cells[cell]!]! - before;
      const size = change < 0 ? -change : change;
      const usual = flicker[cell]!;
      const moves = size > threshold && size > FLICKER_FACTOR * usual;
      if (moves) this.#moving[this.#blockOf[cell]!]!++;
      background[cell] = before + change * (moves ? MOVING_RATE : STILL_RATE);
      // Rises slowly, so that a car that waits does not hide itself; bounded, so that nothing hides for good.
      const rise = size - usual;
      const next = usual + (rise > 2 ? 2 : Math.max(rise, -1)) * FLICKER_RATE;
      flicker[cell] = Math.min(next, threshold);
    }
    let together = 0;
    for (let block = 0; block < this.#moving.length; block++) {
      const count = this.#moving[block]!;
      if (count > 0 && count >= BLOCK_SHARE * this.#blockSize[block]!) together += count;
    }
    return cells.length === 0 ? 0 : together / cells.length;
  }

  /** By how much the picture as a whole has become brighter: the median of the changes. */
  #levelChange(plane: Uint8Array): number {
    const histogram = this.#histogram.fill(0);
    let count = 0;
    for (let cell = 0; cell < this.#cells.length; cell += LEVEL_STRIDE, count++) {
      const change = Math.round(plane[this.#cells[cell]!]! - this.#background[cell]!);
      histogram[change < -255 ? 0 : change > 255 ? 510 : change + 255]!++;
    }
    let below = 0;
    for (let change = -255; change <= 255; change++) {
      below += histogram[change + 255]!;
      if (below * 2 >= count) return count === 0 ? 0 : change;
    }
    return 0;
  }
}
