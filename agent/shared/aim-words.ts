// How aiming's numbers are called and written, for the command and for the page. Apart from agent/aim, which brings vision
// along: nobody waits for that to print a number.

import type { AimNumber, Judgement } from '../aim/index.ts';

export const AIM_NAMES: Record<AimNumber, string> = {
  width: 'plate width',
  tilt: 'tilt',
  skew: 'skew',
  angle: 'view angle',
  sharpness: 'edge width',
  motion: 'motion blur',
  contrast: 'contrast',
  white: "plate's white",
  burnt: 'burnt out',
  black: 'lost in black',
};

export const AIM_UNITS: Record<Judgement['unit'], string> = {
  px: ' px',
  '°': '°',
  'grey levels': '',
  '%': ' %',
};

/** edges are some pixels wide: a tenth of one matters */
const isFine = ({ unit, limit }: Judgement) => unit === 'px' && limit < 20;

/** Without its unit. */
export const limitText = (judgement: Judgement) => judgement.limit.toFixed(isFine(judgement) ? 1 : 0);

/** With its unit; `-`: could not be measured. */
export function valueText(judgement: Judgement): string {
  const { value, unit } = judgement;
  if (value === null) return '-';
  return `${value.toFixed(unit === '°' || isFine(judgement) ? 1 : 0)}${AIM_UNITS[unit]}`;
}

/** What the last passages' numbers ask for; each once. */
export const adviceOf = (judgements: readonly Judgement[]) => [
  ...new Set(judgements.flatMap(({ advice }) => advice ?? [])),
];
