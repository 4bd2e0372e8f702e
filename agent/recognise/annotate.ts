// A picture with what was found drawn in: each plate's corners, and above it the text, how sure, and the country.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphPath } from './glyphs.ts';
import { ANNOTATED, type PicturePath } from './pictures.ts';
import type { PictureResult, PlateResult } from './types.ts';

/** Writes `<directory>/<name without extension>.annotated.jpg`, folders included, and returns its path. */
export async function annotate(
  picture: PicturePath,
  result: PictureResult,
  directory: string,
): Promise<string> {
  const { dir, name } = path.parse(picture.name);
  const file = path.join(directory, dir, name + ANNOTATED);
  await mkdir(path.dirname(file), { recursive: true });
  await sharp(picture.file)
    .autoOrient()
    .composite([{ input: Buffer.from(drawing(result)) }])
    .jpeg({ quality: 88, chromaSubsampling: '4:4:4' })
    .toFile(file);
  return file;
}

/** An SVG of the picture's size with everything that was found. */
export function drawing({ width, height, plates }: PictureResult): string {
  const line = Math.max(2, Math.round(width / 500));
  const shapes = plates.map((plate) => outline(plate, line) + label(plate, line, width));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`;
}

function outline({ corners }: PlateResult, line: number): string {
  const points = corners.map(([x, y]) => `${x},${y}`).join(' ');
  return `<polygon points="${points}" fill="none" stroke="#00e060" stroke-width="${line}"/>`;
}

function label({ text, confidence, country, box }: PlateResult, line: number, width: number): string {
  const words = [text || '?', `${Math.floor(confidence * 100)}%`, country === 'unknown' ? '' : country];
  const written = words.filter(Boolean).join(' ');
  const [labelWidth, labelHeight] = [(written.length * GLYPH_WIDTH + 1) * line, (GLYPH_HEIGHT + 2) * line];
  const x = Math.max(0, Math.min(box[0], width - labelWidth));
  const above = box[1] - labelHeight - line;
  const y = above >= 0 ? above : box[1] + box[3] + line;
  return (
    `<rect x="${x}" y="${y}" width="${labelWidth}" height="${labelHeight}" fill="#00e060"/>` +
    `<path d="${glyphPath(written, x + line, y + line, line)}" fill="#000"/>`
  );
}
