// Passages out of photographs of a drive: what the agent sees in each picture, joined by the labels' text. The pictures are a
// second apart, too far for a tracker to follow a plate through them; everything after the joining is the agent's.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseCsv } from '../../agent/recognise/index.ts';
import { type Box, overlap } from '../../agent/shared/geometry.ts';
import { frameOfPicture, type Vision } from '../../agent/vision/index.ts';
import type { TruePassage } from './rendered.ts';

/** A detection belongs to a labelled plate when their upright boxes overlap by this much. */
const SAME_PLATE = 0.4;

/**
 * @param folder with labels.csv (file, x, y, w, h, text, quality, clip, second, split) and its pictures
 * @returns one passage a clip and text; `kind` is `clear` when one of its pictures can be read by eye, else `hard`
 */
export async function readPhotographed(
  folder: string,
  split: string,
  vision: Vision,
): Promise<TruePassage[]> {
  const rows = parseCsv(await readFile(path.join(folder, 'labels.csv'), 'utf8'));
  const passages = new Map<string, TruePassage>();
  for (const file of new Set(rows.filter((row) => row.split === split).map((row) => row.file!))) {
    const frame = await pictureOf(folder, file, vision);
    const { sightings } = await vision.look(frame);
    for (const row of rows) {
      if (row.file !== file || row.split !== split || row.text === '' || row.quality === 'unreadable')
        continue;
      const box = [row.x, row.y, row.w, row.h].map(Number) as Box;
      const found = sightings
        .filter((each) => overlap(each.box, box) >= SAME_PLATE)
        .sort((a, b) => overlap(b.box, box) - overlap(a.box, box));
      const key = `${row.clip} ${row.text}`;
      const passage = passages.get(key) ?? {
        text: row.text!,
        country: '',
        kind: 'hard',
        width: frame.width,
        height: frame.height,
        looks: [],
      };
      passages.set(key, passage);
      if (row.quality === 'clear') passage.kind = 'clear';
      if (found[0]) passage.looks.push({ atMs: 1000 * Number(row.second), sighting: found[0] });
    }
    frame.release();
  }
  return [...passages.values()];
}

async function pictureOf(folder: string, file: string, vision: Vision) {
  const options = { limits: vision.smallLimits };
  return frameOfPicture(path.join(folder, 'images', file), options).catch(() =>
    frameOfPicture(path.join(folder, file), options),
  );
}
