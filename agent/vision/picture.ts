// A still picture as a frame: decoded to luma at full size (and chroma, for models that want it), turned as its EXIF
// says, the small copy made when somebody asks for it. Everything that can be wrong with a picture gets its own code here.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Frame, Plane } from '../capture/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { giveBack } from '../shared/memory.ts';
import { chromaOf, type Picture } from './colour.ts';
import { type FitLimits, shrink, smallSize } from './letterbox.ts';

/** More would not fit into the memory of a small box: 100 megapixels are 100 MB of grey alone. */
export const MAX_PICTURE_PIXELS = 100e6;
export const MAX_PICTURE_SIDE_PX = 16384;

/** The size of a still picture's small copy when nobody says otherwise: the agent's own detector's. */
const DEFAULT_LIMITS: FitLimits = { maxWidth: 640, maxHeight: 384 };

export interface PictureOptions {
  /** name in messages and as the frame's camera; default: the file's name, or "picture" */
  name?: string;
  limits?: FitLimits;
  /** keep the colour, for models that want it */
  colour?: boolean;
}

/**
 * Decodes a JPEG or PNG (or what else sharp takes) from a file or from its bytes.
 * @throws AnprError `picture.missing`, `picture.empty`, `picture.unreadable`, `picture.truncated`, `picture.too-large`
 */
export async function frameOfPicture(
  source: string | Uint8Array,
  options: PictureOptions = {},
): Promise<Frame> {
  const name = options.name ?? (typeof source === 'string' ? path.basename(source) : 'picture');
  const bytes = typeof source === 'string' ? await bytesOf(source) : source;
  if (bytes.length === 0) throw new AnprError('picture.empty', `${name}: the file is empty (0 bytes)`);
  const capturedAt = Date.now();
  let full: Picture | undefined = await decode(bytes, name, options.colour ?? false).finally(() => {
    if (typeof source === 'string') giveBack(bytes);
  });
  const { width, height } = full;
  const limits = options.limits ?? DEFAULT_LIMITS;
  let small: Plane | undefined;
  return {
    camera: name,
    sequence: 0,
    capturedAt,
    width,
    height,
    get small() {
      if (!small) {
        if (!full) throw new AnprError('picture.released', `${name}: looked at after it was released`);
        const size = smallSize(width, height, limits);
        small = shrink(full, size.width, size.height);
      }
      return small;
    },
    get smallChroma() {
      const { chroma } = full ?? {};
      if (!chroma) return undefined;
      const size = smallSize(width, height, limits);
      const half = (plane: Plane) => shrink(plane, Math.ceil(size.width / 2), Math.ceil(size.height / 2));
      return { ...chroma, u: half(chroma.u), v: half(chroma.v) };
    },
    chromaRows(top, bottom) {
      const { chroma } = full ?? {};
      if (!chroma) return undefined;
      const [first, last] = [Math.floor(top / 2), Math.ceil(bottom / 2)];
      const part = ({ data, width: columns }: Plane) => ({
        data: data.subarray(first * columns, last * columns),
        width: columns,
        height: last - first,
      });
      return { ...chroma, u: part(chroma.u), v: part(chroma.v) };
    },
    rows: (top, bottom) =>
      full && { data: full.data.subarray(top * width, bottom * width), width, height: bottom - top },
    planes: () => full && { y: full },
    // Of a still picture nothing is left: there is no next frame that the small copy could be compared with.
    release() {
      for (const plane of full ? [full, full.chroma?.u, full.chroma?.v] : []) if (plane) giveBack(plane.data);
      if (small && small !== full) giveBack(small.data);
      full = undefined;
      small = undefined;
    },
  };
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') throw new AnprError('picture.missing', `${file}: no such file`);
    throw new AnprError('picture.unreadable', `${file}: ${messageOf(cause)}`);
  }
}

async function decode(bytes: Uint8Array, name: string, colour: boolean): Promise<Picture> {
  try {
    const image = sharp(bytes, {
      failOn: 'error',
      limitInputPixels: MAX_PICTURE_PIXELS,
      sequentialRead: true,
      ignoreIcc: true,
    });
    const { width = 0, height = 0, orientation = 1, hasAlpha, space } = await image.metadata();
    if (width > MAX_PICTURE_SIDE_PX || height > MAX_PICTURE_SIDE_PX || width * height > MAX_PICTURE_PIXELS)
      throw new AnprError(
        'picture.too-large',
        `${name}: ${width} x ${height} pixels; at most ${MAX_PICTURE_SIDE_PX} a side and ${MAX_PICTURE_PIXELS / 1e6} million`,
        'Scale it down first.',
      );
    if (orientation > 1) image.autoOrient();
    // Transparent parts would come out as whatever colour hides there.
    if (hasAlpha) image.flatten({ background: '#808080' });
    if (space === 'b-w' || space === 'grey16') image.toColourspace('b-w');
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    const { channels, width: columns, height: rows } = info;
    const chroma = colour && channels >= 3 ? chromaOf(data, channels, columns, rows) : undefined;
    return { data: lumaOf(data, channels), width: columns, height: rows, chroma };
  } catch (cause) {
    throw pictureError(cause, name);
  }
}

/**
 * Luma as in JPEG and in video (ITU-R BT.601): what cameras deliver and what the models were trained on. libvips'
 * own greyscale weighs linear light, which makes red and yellow plates darker, and takes longer.
 */
function lumaOf(data: Buffer, channels: number): Uint8Array {
  if (channels < 3) return data;
  const luma = new Uint8Array(data.length / channels);
  for (let i = 0, from = 0; i < luma.length; i++, from += channels)
    luma[i] = (77 * data[from]! + 150 * data[from + 1]! + 29 * data[from + 2]! + 128) >> 8;
  giveBack(data);
  return luma;
}

/** libvips says what is wrong in words only. */
function pictureError(cause: unknown, name: string): AnprError {
  if (cause instanceof AnprError) return cause;
  const message = messageOf(cause).split('\n')[0]!;
  if (/pixel limit/i.test(message))
    return new AnprError(
      'picture.too-large',
      `${name}: more than ${MAX_PICTURE_PIXELS / 1e6} million pixels`,
      'Scale it down first.',
    );
  if (/premature end|truncat|end of (file|stream|input)|not enough data|read error/i.test(message))
    return new AnprError(
      'picture.truncated',
      `${name}: the picture is cut off (${message})`,
      'Copy the file again.',
      { cause },
    );
  if (/unsupported image format|missing/i.test(message))
    return new AnprError(
      'picture.unreadable',
      `${name}: no picture in a known format`,
      'JPEG and PNG are read.',
      { cause },
    );
  return new AnprError('picture.unreadable', `${name}: ${message}`, 'JPEG and PNG are read.', { cause });
}
