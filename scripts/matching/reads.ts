// Reads whose plate is known, for what watchlists make of them: rendered passages and photographed drives, read once by the
// agent's own models and kept as JSON Lines, because reading takes minutes and matching is tried again and again.
// Usage: node scripts/matching/reads.ts --out FOLDER [--passages FOLDER] [--data FOLDER]

import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { loadVision, modelsDirectory } from '../../agent/vision/index.ts';
import type { SeenPlate } from '../../agent/watchlist/index.ts';
import { told } from '../passages/measure.ts';
import { readPhotographed } from '../passages/photographed.ts';
import { readRendered, type TruePassage } from '../passages/rendered.ts';

/** A passage's read and the plate that passed. */
export interface TrueRead extends SeenPlate {
  truth: string;
  /** '' where nobody knows */
  truthCountry: string;
  kind: string;
  /** what the reader made of each picture alone */
  looks: string[];
}

/** as `reads.minConfidence` is by default */
const FLOOR = 0.05;
/** a slot's shares are kept to so many digits: 37 of them for each character of each read */
const DIGITS = 6;

/** The read of each passage that gives one; of several the surest: they are of one vehicle. */
export function readsOf(
  passages: readonly TruePassage[],
  known: Pick<Parameters<typeof told>[2], 'grammars' | 'calibration'>,
): TrueRead[] {
  return passages.flatMap((passage) => {
    const { reads } = told(passage.looks, passage, { ...known, minConfidence: FLOOR });
    const [read] = reads.sort((a, b) => b.confidence - a.confidence);
    if (!read) return [];
    const { text, confidence, alternatives, country, countryConfidence } = read;
    const slots = read.slots.map((slot) => slot.map((share) => Number(share.toFixed(DIGITS))));
    return [
      {
        ...{ truth: passage.text, truthCountry: passage.country, kind: passage.kind },
        ...{ text, confidence, slots, alternatives, country, countryConfidence },
        looks: passage.looks.map(({ sighting }) => sighting.reading.text),
      },
    ];
  });
}

export async function keptReads(folder: string, name: string): Promise<TrueRead[]> {
  const text = await readFile(path.join(folder, `${name}.jsonl`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TrueRead);
}

async function make(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '../..');
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      passages: { type: 'string', default: path.join(root, 'models/training/runs/passages') },
      data: { type: 'string' },
      reader: { type: 'string', default: 'crnn-v1' },
      detector: { type: 'string', default: 'centre-v1' },
    },
  });
  if (!values.out) throw new Error('wanted --out FOLDER');
  await mkdir(values.out, { recursive: true });
  const { reader, detector } = values;
  const vision = await loadVision({ directory: modelsDirectory, detector, reader });
  const known = { grammars: loadGrammars(), calibration: vision.calibration };
  const progress = (done: number, of: number) => {
    if (done % 5000 === 0) process.stderr.write(`${done} of ${of} looks\n`);
  };
  const sets: [string, () => Promise<TruePassage[]>][] = [
    ['fit', () => readRendered(path.join(values.passages, 'fit'), vision, progress)],
    ['report', () => readRendered(path.join(values.passages, 'report'), vision, progress)],
  ];
  if (values.data) {
    const drives = path.join(values.data, 'dashcam-ro');
    for (const split of ['train', 'val'])
      sets.push([`drive-${split}`, () => readPhotographed(drives, split, vision)]);
  }
  for (const [name, passages] of sets) {
    const all = await passages();
    const reads = readsOf(all, known);
    const out = createWriteStream(path.join(values.out, `${name}.jsonl`));
    for (const read of reads) out.write(`${JSON.stringify(read)}\n`);
    out.end();
    process.stderr.write(`${name}: ${reads.length} reads of ${all.length} passages\n`);
  }
  await vision.close();
}

if (import.meta.main) await make();
