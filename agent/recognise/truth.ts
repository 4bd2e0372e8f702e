// Ground truth of a folder of pictures: which plates are where. Either one CSV for all, or OpenALPR's .txt beside each
// picture. Nothing here looks at a picture.

import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { AnprError } from '../shared/errors.ts';
import type { Box } from '../shared/geometry.ts';
import { parseCsv } from './csv.ts';
import { isPicture } from './pictures.ts';

export interface TruePlate {
  box: Box;
  /** A–Z and 0–9; empty: nobody knows, so that only finding it counts */
  text: string;
  /** neither plate nor background: what is found there counts neither way */
  ignored: boolean;
}

export interface TruePicture {
  file: string;
  /** as the truth names it */
  name: string;
  plates: TruePlate[];
}

/** A column of the CSV and the value it must have. */
export interface Where {
  column: string;
  value: string;
}

const WANTED_COLUMNS = ['file', 'x', 'y', 'w', 'h', 'text'];

/**
 * @param where rows of a CSV that do not match all of these are left out; but on a picture that stays they are ignored
 * areas, not background
 * @throws AnprError `evaluate.no-truth`, `evaluate.bad-truth`
 */
export async function readTruth(folder: string, where: readonly Where[] = []): Promise<TruePicture[]> {
  const names = await readdir(folder).catch(() => {
    throw new AnprError(
      'evaluate.no-truth',
      `${folder}: no such folder`,
      'Name a folder of pictures with ground truth.',
    );
  });
  const csv = await labelsCsv(folder, names);
  if (csv) return fromCsv(folder, csv, where);
  if (where.length > 0)
    throw new AnprError(
      'evaluate.bad-truth',
      `${folder}: --where needs a CSV with columns`,
      'Leave --where out.',
    );
  const pictures = await fromTexts(folder, names);
  if (pictures.length > 0) return pictures;
  throw new AnprError(
    'evaluate.no-truth',
    `${folder}: no CSV with the columns ${WANTED_COLUMNS.join(',')}, and no .txt beside a picture`,
    'With --no-plates every read in the folder counts as a false one.',
  );
}

/** labels.csv, or the only CSV with the columns wanted. */
async function labelsCsv(folder: string, names: string[]) {
  const candidates = names.filter((name) => name.toLowerCase().endsWith('.csv')).sort();
  const found: { name: string; rows: Record<string, string>[] }[] = [];
  for (const name of candidates) {
    const rows = parseCsv(await readFile(path.join(folder, name), 'utf8'));
    if (rows.length > 0 && WANTED_COLUMNS.every((column) => column in rows[0]!)) found.push({ name, rows });
  }
  const labels = found.find(({ name }) => name === 'labels.csv') ?? found[0];
  if (found.length > 1 && labels?.name !== 'labels.csv')
    throw new AnprError(
      'evaluate.bad-truth',
      `${folder}: ${found.map(({ name }) => name).join(' and ')} could both be the ground truth`,
      'Name the right one labels.csv.',
    );
  return labels;
}

async function fromCsv(
  folder: string,
  { name: csvName, rows }: { name: string; rows: Record<string, string>[] },
  where: readonly Where[],
): Promise<TruePicture[]> {
  for (const { column } of where)
    if (!(column in rows[0]!))
      throw new AnprError(
        'evaluate.bad-truth',
        `${path.join(folder, csvName)}: no column "${column}"`,
        `There are: ${Object.keys(rows[0]!).join(', ')}.`,
      );
  const chosen = (row: Record<string, string>) => where.every(({ column, value }) => row[column] === value);
  const files = new Set(rows.filter(chosen).map((row) => row.file!));
  if (files.size === 0)
    throw new AnprError(
      'evaluate.no-truth',
      `${path.join(folder, csvName)}: no row has ${where.map(({ column, value }) => `${column}=${value}`).join(' and ')}`,
      'Look at the values that the columns have.',
    );
  const pictures = new Map<string, TruePicture>();
  for (const [index, row] of rows.entries()) {
    const name = row.file!;
    if (!files.has(name)) continue;
    let picture = pictures.get(name);
    if (!picture) {
      picture = { file: await located(folder, name), name, plates: [] };
      pictures.set(name, picture);
    }
    if (row.x === '' && row.w === '') continue; // a picture without a plate
    const box = boxFrom([row.x, row.y, row.w, row.h], `${path.join(folder, csvName)}, row ${index + 2}`);
    const ignored = row.ignore === '1' || row.quality === 'unreadable' || !chosen(row);
    picture.plates.push({ box, text: plainText(row.text!), ignored });
  }
  return [...pictures.values()];
}

/** A picture lies beside the CSV or in images/. */
async function located(folder: string, name: string): Promise<string> {
  const beside = path.join(folder, name);
  const within = path.join(folder, 'images', name);
  return (await exists(beside)) || !(await exists(within)) ? beside : within;
}

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

/** OpenALPR's benchmark: `picture.txt` with lines of `file x y w h TEXT`, separated by tabs. */
async function fromTexts(folder: string, names: string[]): Promise<TruePicture[]> {
  const pictures: TruePicture[] = [];
  for (const name of names.filter(isPicture).sort()) {
    const textName = `${path.parse(name).name}.txt`;
    if (!names.includes(textName)) continue;
    const text = await readFile(path.join(folder, textName), 'utf8');
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    const plates = lines.map((line, index) => {
      const fields = line.split(line.includes('\t') ? '\t' : /\s+/);
      const at = `${path.join(folder, textName)}, line ${index + 1}`;
      return {
        box: boxFrom(fields.slice(1, 5), at),
        text: plainText(fields.slice(5).join('')),
        ignored: false,
      };
    });
    pictures.push({ file: path.join(folder, name), name, plates });
  }
  return pictures;
}

function boxFrom(fields: readonly (string | undefined)[], at: string): Box {
  const numbers = fields.map((field) => (field?.trim() ? Number(field) : Number.NaN));
  if (numbers.length !== 4 || !numbers.every(Number.isFinite) || numbers[2]! <= 0 || numbers[3]! <= 0)
    throw new AnprError(
      'evaluate.bad-truth',
      `${at}: x, y, width and height wanted, found "${fields.join(' ')}"`,
      'Correct the ground truth.',
    );
  return numbers as Box;
}

/** Capital letters and digits only, as texts are compared. */
function plainText(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}
