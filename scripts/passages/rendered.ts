// Rendered passages as models/training/render_passages.py writes them: the cuts of all frames in one file, one row of a
// CSV a frame. Here they become frames, and with a reader's help the sightings that the agent would have had of them.

import { open, readFile } from 'node:fs/promises';
import type { Frame } from '../../agent/capture/index.ts';
import { parseCsv } from '../../agent/recognise/index.ts';
import { boxOf, type Point, type Quad } from '../../agent/shared/geometry.ts';
import type { Sighting, Vision } from '../../agent/vision/index.ts';

/** A sighting in pixels of the whole frame, and when. */
export interface TimedSighting {
  atMs: number;
  sighting: Sighting;
}

export interface TruePassage {
  text: string;
  /** '' where nobody knows */
  country: string;
  /** near, far, blurred, faint or short; of photographs clear or hard */
  kind: string;
  width: number;
  height: number;
  looks: TimedSighting[];
}

/** Who renders gives no detector's score: what a detector says of a plate that it has found. */
const SCORE = 0.9;

/**
 * Reads every look of the passages in `file`.grey and `file`.csv.
 * @param file path without its ending
 */
export async function readRendered(
  file: string,
  vision: Vision,
  onProgress?: (done: number, of: number) => void,
): Promise<TruePassage[]> {
  const rows = parseCsv(await readFile(`${file}.csv`, 'utf8'));
  const cuts = await open(`${file}.grey`);
  const passages: TruePassage[] = [];
  let last: string | undefined;
  try {
    for (const [index, row] of rows.entries()) {
      if (row.passage !== last) {
        last = row.passage;
        const { text, country, kind } = row as Record<'text' | 'country' | 'kind', string>;
        const size = { width: Number(row.frameWidth), height: Number(row.frameHeight) };
        passages.push({ text, country, kind, ...size, looks: [] });
      }
      const [width, height] = [Number(row.width), Number(row.height)];
      const data = Buffer.alloc(width * height);
      await cuts.read(data, 0, data.length, Number(row.offset));
      const shift: Point = [Number(row.left), Number(row.top)];
      const corners = [0, 1, 2, 3].map((k) => [Number(row[`x${k}`]), Number(row[`y${k}`])]) as Quad;
      const local = moved(corners, [-shift[0], -shift[1]]);
      const detection = { box: boxOf(local), corners: local, score: SCORE };
      const { sightings } = await vision.read(frameOf(data, width, height), [detection]);
      for (const { reading, ...found } of sightings) {
        const whole = moved(found.corners, shift);
        passages.at(-1)!.looks.push({
          atMs: Number(row.atMs),
          sighting: { ...found, box: boxOf(whole), corners: whole, reading },
        });
      }
      if (index % 500 === 0) onProgress?.(index, rows.length);
    }
  } finally {
    await cuts.close();
  }
  return passages.filter(({ looks }) => looks.length > 0);
}

function moved(corners: Quad, [x, y]: Point): Quad {
  return corners.map((corner) => [corner[0] + x, corner[1] + y]) as Quad;
}

/** A cut as a frame of its own. */
function frameOf(data: Uint8Array, width: number, height: number): Frame {
  return {
    camera: 'rendered',
    sequence: 0,
    capturedAt: 0,
    width,
    height,
    small: { data, width, height },
    rows: (top, bottom) => ({
      data: data.subarray(top * width, bottom * width),
      width,
      height: bottom - top,
    }),
    planes: () => ({ y: { data, width, height } }),
    release() {},
  };
}
