// A picture as characters, for a terminal over SSH that shows nothing else: quadrants of a cell, each two dots wide and two
// high, in two greys. A plate on 80 columns is 160 dots wide; people read it well.

import sharp from 'sharp';
import type { Box } from '../shared/geometry.ts';

export interface BlockOptions {
  /** characters at most */
  columns: number;
  rows: number;
  colours: Colours;
  /** only this part of it: left, top, width, height */
  part?: Box | undefined;
}

/** true: 24 bit; grey: the 24 greys of 256-colour terminals; none: black and white by the terminal's own */
export type Colours = 'true' | 'grey' | 'none';

export function coloursOf(environment: Record<string, string | undefined>): Colours {
  const { COLORTERM = '', TERM = '', NO_COLOR } = environment;
  if (NO_COLOR) return 'none';
  if (/truecolor|24bit/.test(COLORTERM) || /-direct$|kitty|alacritty/.test(TERM)) return 'true';
  return TERM === 'linux' || TERM === 'vt100' ? 'none' : 'grey';
}

/** index: upper left 1, upper right 2, lower left 4, lower right 8 */
const QUADRANTS = ' ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█';
const RESET = '\u001b[0m';

/** Lines of the picture, each `columns` wide at most, with a reset at its end. @throws when it is no picture */
export async function pictureLines(
  jpeg: Uint8Array,
  { columns, rows, colours, part }: BlockOptions,
): Promise<string[]> {
  const window = windowIn(await sharp(jpeg).metadata(), part);
  const { width, height } = window;
  // A character is twice as high as it is wide.
  const shape = height / width / 2;
  const across = Math.max(1, Math.min(columns, Math.floor(rows / shape)));
  const down = Math.max(1, Math.min(rows, Math.round(across * shape)));
  const { data, info } = await sharp(jpeg)
    .extract(window)
    .greyscale()
    .resize(2 * across, 2 * down, { fit: 'fill', kernel: 'lanczos3' })
    .normalise({ lower: 1, upper: 99 })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const lines: string[] = [];
  for (let y = 0; y < down; y++) {
    let line = '';
    let last = '';
    for (let x = 0; x < across; x++) {
      const at = (2 * y * info.width + 2 * x) * info.channels;
      const below = at + info.width * info.channels;
      const dots = [data[at]!, data[at + info.channels]!, data[below]!, data[below + info.channels]!];
      const { bits, light, dark } = split(dots, colours === 'none' ? 128 : undefined);
      const code = colours === 'none' ? '' : `\u001b[${tone(38, light, colours)};${tone(48, dark, colours)}m`;
      line += (code === last ? '' : code) + QUADRANTS[bits]!;
      last = code;
    }
    lines.push(colours === 'none' ? line : line + RESET);
  }
  return lines;
}

/** Whole pixels of a part of a picture, within it. */
function windowIn({ width, height }: { width: number; height: number }, part: Box | undefined) {
  const [x, y, wide, high] = part ?? [0, 0, width, height];
  const left = Math.min(width - 1, Math.max(0, Math.floor(x)));
  const top = Math.min(height - 1, Math.max(0, Math.floor(y)));
  return {
    ...{ left, top },
    width: Math.max(1, Math.min(width, Math.ceil(x + wide)) - left),
    height: Math.max(1, Math.min(height, Math.ceil(y + high)) - top),
  };
}

/** Which dots are the light ones, and the greys of both. */
function split(dots: readonly number[], threshold?: number): { bits: number; light: number; dark: number } {
  const middle = threshold ?? (Math.min(...dots) + Math.max(...dots)) / 2;
  const isLight = dots.map((dot) => dot > middle);
  const mean = (wanted: boolean) => {
    const own = dots.filter((_, index) => isLight[index] === wanted);
    return own.length === 0 ? middle : own.reduce((sum, dot) => sum + dot, 0) / own.length;
  };
  return {
    bits: isLight.reduce((sum, light, index) => sum + (light ? 1 << index : 0), 0),
    light: mean(true),
    dark: mean(false),
  };
}

function tone(layer: 38 | 48, grey: number, colours: Colours): string {
  const level = Math.round(grey);
  if (colours === 'true') return `${layer};2;${level};${level};${level}`;
  // 232 to 255 are greys 8, 18, … 238 (xterm)
  return `${layer};5;${232 + Math.max(0, Math.min(23, Math.round((grey - 8) / 10)))}`;
}
