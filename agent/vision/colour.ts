// From luma and its chroma to red, green and blue, for models that were trained on colour. Three planes one after the
// other come out: what a net with channels first takes as it is.

import type { Chroma, Plane } from '../capture/index.ts';

/** A picture that a model looks at: luma, and its colour when there is any and the model asked for it. */
export interface Picture extends Plane {
  chroma?: Chroma | undefined;
}

/**
 * 16.16 fixed point: BT.709 at limited range, as HD cameras send it, and BT.601 at full range, as in JPEG. Luma times
 * `light`, less black, and then what each chroma adds.
 */
const FACTORS = {
  video: factors({ light: 255 / 219, black: 16, rv: 1.792741, gu: 0.213249, gv: 0.532909, bu: 2.112402 }),
  jpeg: factors({ light: 1, black: 0, rv: 1.402, gu: 0.344136, gv: 0.714136, bu: 1.772 }),
};

function factors({ black, ...others }: Record<'light' | 'black' | 'rv' | 'gu' | 'gv' | 'bu', number>) {
  const fixed = Object.fromEntries(
    Object.entries(others).map(([name, factor]) => [name, Math.round(factor * 65536)]),
  ) as Record<'light' | 'rv' | 'gu' | 'gv' | 'bu', number>;
  return { ...fixed, black };
}

/**
 * Red, green and blue of the picture: three planes of width x height, one after the other. Chroma has the picture's own
 * size or half of it; a pixel takes the sample that covers it. Grey pictures give three equal planes.
 * @param into at least 3 * width * height bytes
 */
export function toRgb({ data, width, height, chroma }: Picture, into: Uint8ClampedArray): void {
  const size = width * height;
  if (!chroma) {
    const luma = data.subarray(0, size);
    for (let channel = 0; channel < 3; channel++) into.set(luma, channel * size);
    return;
  }
  const { u, v, space } = chroma;
  const { light, black, rv, gu, gv, bu } = FACTORS[space];
  const step = u.width < width ? 2 : 1;
  let at = 0;
  for (let y = 0; y < height; y++) {
    let sample = (step === 2 ? y >> 1 : y) * u.width;
    for (const end = at + width; at < end; sample++) {
      // What the chroma adds is the same for all pixels that it covers.
      const cb = u.data[sample]! - 128;
      const cr = v.data[sample]! - 128;
      const red = rv * cr;
      const green = gu * cb + gv * cr;
      const blue = bu * cb;
      for (const last = Math.min(end, at + step); at < last; at++) {
        const l = light * (data[at]! - black) + 32768;
        into[at] = (l + red) >> 16;
        into[at + size] = (l - green) >> 16;
        into[at + 2 * size] = (l + blue) >> 16;
      }
    }
  }
}

/** The other way, at full range: what a decoded still picture is kept as. `rgb` has three bytes a pixel. */
export function chromaOf(rgb: Uint8Array, channels: number, width: number, height: number): Chroma {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const u = new Uint8Array(columns * rows);
  const v = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const below = 2 * row + 1 < height ? width * channels : 0;
    for (let column = 0; column < columns; column++) {
      const beside = 2 * column + 1 < width ? channels : 0;
      const p = (2 * row * width + 2 * column) * channels;
      const sum = (i: number) =>
        rgb[p + i]! + rgb[p + beside + i]! + rgb[p + below + i]! + rgb[p + below + beside + i]!;
      const [r, g, b] = [sum(0), sum(1), sum(2)];
      const at = row * columns + column;
      // 512 for the middle of 0..255 times four pixels, in 16.16: BT.601 as in JPEG (ITU-T T.871).
      u[at] = Math.min(255, (-11059 * r - 21709 * g + 32768 * b + 4 * 128 * 65536 + 131072) >> 18);
      v[at] = Math.min(255, (32768 * r - 27439 * g - 5329 * b + 4 * 128 * 65536 + 131072) >> 18);
    }
  }
  const size = { width: columns, height: rows };
  return { u: { data: u, ...size }, v: { data: v, ...size }, space: 'jpeg' };
}
