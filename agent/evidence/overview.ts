// The overview picture of a read: the whole scene, in colour when the camera sends colour, no larger than a person needs
// to recognise the vehicle; masked where it may show people, if that is wanted.

import type { Sharp } from 'sharp';
import type { Planes } from '../capture/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { giveBack } from '../shared/memory.ts';
import { greyOf, rgbOf } from './colour.ts';
import { maskedOf } from './mask.ts';
import type { Mask } from './mask-policy.ts';

export interface JpegOptions {
  /** 30..100 */
  quality: number;
}

export interface OverviewOptions extends JpegOptions {
  /** wider pictures are averaged down by the least whole number that fits; default 1280 */
  maxWidthPx?: number;
  /** what of it stays clear; without it all does */
  mask?: Mask | undefined;
}

const MAX_WIDTH_PX = 1280;

/** @throws {AnprError} `evidence.encode` when no JPEG can be made of the planes */
export async function overviewOf(
  planes: Planes | { y: Planes['y'] },
  { quality, maxWidthPx = MAX_WIDTH_PX, mask }: OverviewOptions,
): Promise<Buffer> {
  const { width, height } = planes.y;
  try {
    if (planes.y.data.length < width * height)
      throw new Error(`wanted ${width * height} bytes of luma, found ${planes.y.data.length}`);
    const step = Math.ceil(width / maxWidthPx);
    const whole = { left: 0, top: 0, width, height };
    const channels = 'u' in planes ? 3 : 1;
    const picture = mask
      ? maskedOf(planes, mask, step)
      : 'u' in planes
        ? rgbOf(planes, whole, step)
        : greyOf(planes.y, whole, step);
    const jpeg = await (await sharpOf(picture, channels)).jpeg({ quality }).toBuffer();
    giveBack(picture.data);
    return jpeg;
  } catch (error) {
    throw encodeError(error, `overview of ${width}x${height}`);
  }
}

/**
 * A raw picture for sharp, which reads `data` where it lies and later: it must not be written to any more. Who only keeps and finds
 * pictures, as the main process does, does not load sharp.
 */
export async function sharpOf(
  { data, width, height }: { data: Uint8Array | Uint8ClampedArray; width: number; height: number },
  channels: 1 | 3,
): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  const picture = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  // Luma alone is stretched from limited range here; rgbOf has done it for colour.
  return channels === 1 ? picture.toColourspace('b-w').linear(255 / 219, (-16 * 255) / 219) : picture;
}

export function encodeError(error: unknown, what: string): AnprError {
  return new AnprError(
    'evidence.encode',
    `no JPEG could be made of the ${what}: ${messageOf(error)}`,
    undefined,
    {
      cause: error,
    },
  );
}
