// The input of a net with one fixed size, as the YOLO family has it: the picture in the middle, a plain colour around it,
// channels first. What such manifests say of their input, the tensor that is filled again and again, and the way back
// from the net's pixels to the picture's.

import { z } from 'zod';
import type { Point, Quad } from '../../shared/geometry.ts';
import type { Wants } from '../adapter.ts';
import { type Picture, toRgb } from '../colour.ts';
import { levels } from '../letterbox.ts';
import { normalisation, sidePx } from '../manifest.ts';
import { Tensor } from '../session.ts';

/** What the YOLO family pads with. */
const PAD = 114;

export const letterboxInput = z
  .strictObject({
    name: z.string(),
    layout: z.literal('NCHW'),
    /** order of the channels; `luma` gives all of them the same grey, and spares the agent the colour */
    colour: z.enum(['rgb', 'bgr', 'luma']),
    channels: z.union([z.literal(1), z.literal(3)]).default(3),
    width: sidePx,
    height: sidePx,
    pad: z.int().min(0).max(255).default(PAD),
    ...normalisation,
  })
  .refine(({ colour, channels }) => channels === 3 || colour === 'luma', {
    path: ['channels'],
    message: 'one channel is luma',
  });

export type LetterboxInput = z.infer<typeof letterboxInput>;

export interface Letterbox {
  /** [1, channels, height, width], filled by `put` */
  tensor: Tensor;
  /** @returns where the picture's upper left corner came to lie in the net's input */
  put(picture: Picture): Point;
}

/** What a detector with this input takes of a frame. */
export function wantsOf({ width, height, colour }: LetterboxInput): Wants {
  return { limits: { maxWidth: width, maxHeight: height }, colour: colour !== 'luma' };
}

/** @param picture within the limits of `wantsOf`; a smaller one is not enlarged */
export function letterboxOf(input: LetterboxInput): Letterbox {
  const { width, height, channels, colour } = input;
  const size = width * height;
  const table = levels(input.mean, input.scale);
  const data = new Float32Array(channels * size);
  let last = '';
  let rgb = new Uint8ClampedArray(0);

  function put(picture: Picture): Point {
    const columns = Math.min(picture.width, width);
    const rows = Math.min(picture.height, height);
    // As the training's own letterbox rounds: the odd pixel goes to the right and below.
    const left = Math.floor((width - columns) / 2);
    const top = Math.floor((height - rows) / 2);
    // Pictures of one camera have one size: what lies around them stays as it is.
    if (last !== `${columns}x${rows}`) data.fill(table[input.pad]!);
    last = `${columns}x${rows}`;
    const planes = planesOf(picture);
    for (let channel = 0; channel < channels; channel++) {
      const source = planes[channel]!;
      for (let y = 0; y < rows; y++) {
        let from = y * picture.width;
        let to = channel * size + (top + y) * width + left;
        for (const end = to + columns; to < end; to++, from++) data[to] = table[source[from]!]!;
      }
    }
    return [left, top];
  }

  /** The planes in the order in which the net has its channels. */
  function planesOf(picture: Picture): Uint8Array[] | Uint8ClampedArray[] {
    if (colour === 'luma') return [picture.data, picture.data, picture.data];
    const plane = picture.width * picture.height;
    if (rgb.length !== 3 * plane) rgb = new Uint8ClampedArray(3 * plane);
    toRgb(picture, rgb);
    const [r, g, b] = [0, 1, 2].map((k) => rgb.subarray(k * plane, (k + 1) * plane)) as [
      Uint8ClampedArray,
      Uint8ClampedArray,
      Uint8ClampedArray,
    ];
    return colour === 'rgb' ? [r, g, b] : [b, g, r];
  }

  return {
    tensor: new Tensor('float32', data, [1, channels, height, width]),
    put,
  };
}

/** Corners of an upright box, moved from the net's input into the picture. */
export function uprightCorners(x1: number, y1: number, x2: number, y2: number, [left, top]: Point): Quad {
  const [a, b, c, d] = [x1 - left, y1 - top, x2 - left, y2 - top];
  return [
    [a, b],
    [c, b],
    [c, d],
    [a, d],
  ];
}
