// Bars of reads as SVG: right, wrong and not checked on top of each other. Colours come from the page's style; what is wrong
// is hatched too, for who does not see the colours and for a black-and-white printer.

import type { Bar } from './measure.ts';

export interface PlotWords {
  /** unique on the page */
  id: string;
  title: string;
  summary: string;
  axis: string;
  readsAxis: string;
  labelOf(bar: Bar): string;
  number(value: number): string;
}

const WIDTH = 640;
const HEIGHT = 210;
const LEFT = 46;
const BOTTOM = 42;
const TOP = 12;
const RIGHT = 8;
/** labels beside each other need so much, in units of the picture */
const LABEL_WIDTH = 44;

export function plotOf(bars: readonly Bar[], words: PlotWords): string {
  const totals = bars.map(({ right, wrong, unchecked }) => right + wrong + unchecked);
  const ticks = ticksTo(Math.max(1, ...totals));
  const most = ticks.at(-1)!;
  const innerWidth = WIDTH - LEFT - RIGHT;
  const innerHeight = HEIGHT - TOP - BOTTOM;
  const step = innerWidth / Math.max(1, bars.length);
  const y = (value: number) => TOP + innerHeight * (1 - value / most);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  const parts: string[] = [];
  for (const tick of ticks) {
    parts.push(
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(tick))}" y2="${n(y(tick))}"/>`,
    );
    parts.push(
      `<text class="tick" x="${LEFT - 6}" y="${n(y(tick) + 4)}" text-anchor="end">${words.number(tick)}</text>`,
    );
  }
  bars.forEach((bar, index) => {
    const x = LEFT + index * step;
    let base = 0;
    for (const [kind, value] of [
      ['right', bar.right],
      ['wrong', bar.wrong],
      ['unchecked', bar.unchecked],
    ] as const) {
      if (value === 0) continue;
      const top = y(base + value);
      const height = y(base) - top;
      const box = `x="${n(x + step * 0.1)}" y="${n(top)}" width="${n(step * 0.8)}" height="${n(height)}"`;
      parts.push(`<rect class="${kind}" ${box}/>`);
      if (kind === 'wrong') parts.push(`<rect fill="url(#${words.id}-hatch)" ${box}/>`);
      base += value;
    }
    if (index % every === 0)
      parts.push(
        `<text class="tick" x="${n(x + step / 2)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${words.labelOf(bar)}</text>`,
      );
  });
  const hatch = `<pattern id="${words.id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern>`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${words.id}-title ${words.id}-text">`,
    `<title id="${words.id}-title">${words.title}</title><desc id="${words.id}-text">${words.summary}</desc>`,
    `<defs>${hatch}</defs>`,
    ...parts,
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(0))}" y2="${n(y(0))}"/>`,
    `<text class="axis-name" x="${LEFT + innerWidth / 2}" y="${HEIGHT - 6}" text-anchor="middle">${words.axis}</text>`,
    `<text class="axis-name" transform="translate(12 ${TOP + innerHeight / 2}) rotate(-90)" text-anchor="middle">${words.readsAxis}</text>`,
    '</svg>',
  ].join('\n');
}

/** Round numbers from 0 to what holds the most. */
function ticksTo(most: number): number[] {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? power * 10,
  );
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step);
}

const n = (value: number) => Number(value.toFixed(2));
