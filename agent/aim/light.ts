// How bright a plate is: its white and its black, and what of it is burnt out or lost in the dark.

export interface Light {
  /** grey level below which 95 % of the plate's pixels are: its white, 0..255 */
  white: number;
  /** grey level below which 5 % are: its black */
  black: number;
  /** white less black */
  contrast: number;
  /** share of pixels at the end of the scale, 0..1 */
  burntShare: number;
  blackShare: number;
}

/** Video's own white and black (ITU-R BT.709: 235 and 16); cameras of full range have little above before they clip. */
const BURNT_FROM = 235;
export const BLACK_UP_TO = 16;

/** @param samples luma of pixels on the plate */
export function lightOf(samples: readonly number[]): Light {
  const sorted = [...samples].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const [black, white] = [at(0.05), at(0.95)];
  const shareOf = (is: (level: number) => boolean) => sorted.filter(is).length / Math.max(1, sorted.length);
  return {
    white,
    black,
    contrast: white - black,
    burntShare: shareOf((level) => level >= BURNT_FROM),
    blackShare: shareOf((level) => level <= BLACK_UP_TO),
  };
}
