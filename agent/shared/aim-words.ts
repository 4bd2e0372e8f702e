// How aiming's numbers are called and written, for the command and for the page. Apart from agent/aim, which brings vision
// along: nobody waits for that to print a number.

import type { AimAction, AimNumber, Judgement } from '../aim/index.ts';

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

/** A value that may be off by more than this says no tenths. */
const UNSURE_FROM = 1;

/** With its unit; `-`: could not be measured; `~3°`: it may be a degree or more off. */
export function valueText(judgement: Judgement): string {
  const { value, unit, within } = judgement;
  if (value === null) return '-';
  if (within !== null && within > UNSURE_FROM)
    return `~${value.toFixed(0).replace(/^-0$/, '0')}${AIM_UNITS[unit]}`;
  return `${value.toFixed(unit === '°' || isFine(judgement) ? 1 : 0)}${AIM_UNITS[unit]}`;
}

export const AIM_ADVICE: Record<AimAction, string> = {
  zoom: 'zoom in {factor} times, or aim nearer',
  clockwise: 'turn the camera about its lens by {degrees}° clockwise, seen from behind it',
  anticlockwise: 'turn the camera about its lens by {degrees}° anticlockwise, seen from behind it',
  'to-the-side': 'stand nearer to the line of the lane, or aim farther along it',
  lower: 'hang it lower, or aim farther away and zoom in',
  focus: 'focus on where plates are; clean the glass',
  exposure: 'an exposure of at most {ms} ms (1/{fraction} s)',
  shorter: 'a shorter exposure',
  light:
    'about {factor} times the light: open the iris by {stops} stops, raise the gain by {decibels} dB, or light the plates',
  'more-light': 'open the iris, raise the gain, or light the plates',
  'less-light': 'half the light, then look again: a shorter exposure, 6 dB less gain, or less infra-red',
  glare: 'keep glare out of the lens and clean the glass: black is at {black} of 255',
};

export const filledIn = (text: string, values: Readonly<Record<string, string | number>>) =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** With the threshold, like `plate width 80 px (>=104)`. */
const againstLimit = (judgement: Judgement) =>
  `${AIM_NAMES[judgement.name]} ${valueText(judgement)} (${judgement.bound === 'least' ? '>=' : '<='}${limitText(judgement)})`;

/** What the last passages' numbers ask for, each once, behind the numbers that ask for it. */
export function adviceOf(judgements: readonly Judgement[]): string[] {
  return [...byAdvice(judgements)].map(
    ([advice, asking]) => `${asking.map(againstLimit).join(', ')}: ${advice}`,
  );
}

/** The numbers that ask for each advice. */
export function byAdvice(judgements: readonly Judgement[]): Map<string, Judgement[]> {
  const asked = new Map<string, Judgement[]>();
  for (const judgement of judgements)
    if (judgement.advice !== null)
      asked.set(judgement.advice, [...(asked.get(judgement.advice) ?? []), judgement]);
  return asked;
}
