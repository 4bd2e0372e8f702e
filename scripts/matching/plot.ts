// The share of listed plates found against false hits, as SVG. Readable on light and on dark paper.

import type { Point } from './judge.ts';

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [460, 300, 60, 40, 46];
const [LEAST, MOST] = [0.1, 100_000];
const TICKS = [0.1, 1, 10, 100, 1000, 10_000, 100_000];

const x = (falsePer10000: number) =>
  LEFT + (WIDTH * Math.log(Math.min(MOST, Math.max(LEAST, falsePer10000)) / LEAST)) / Math.log(MOST / LEAST);
const y = (found: number) => TOP + HEIGHT * (1 - found);
const one = (value: number) => value.toFixed(1);

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #333 } .paper { fill: #fff } .grid { stroke: #ddd }
  .curve { stroke: #0b6bcb; fill: none; stroke-width: 2 } .exact { fill: #c2410c } .near { fill: #15803d }
  @media (prefers-color-scheme: dark) { text { fill: #ddd } .paper { fill: #0d1117 } .grid { stroke: #333 } }`;

export function matchingPlot(
  title: string,
  curve: readonly Point[],
  simple: Record<'exact' | 'distance 1', Omit<Point, 'threshold'>>,
): string {
  const grid = [
    ...TICKS.map(
      (tick) =>
        `<path class="grid" d="M${one(x(tick))} ${TOP}V${TOP + HEIGHT}"/><text x="${one(x(tick))}" y="${TOP + HEIGHT + 16}" text-anchor="middle">${tick}</text>`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (share) =>
        `<path class="grid" d="M${LEFT} ${one(y(share))}H${LEFT + WIDTH}"/><text x="${LEFT - 8}" y="${one(y(share) + 4)}" text-anchor="end">${100 * share} %</text>`,
    ),
  ].join('\n');
  let last = '';
  const steps = curve
    .filter(({ falsePer10000 }) => falsePer10000 > 0)
    .map(({ falsePer10000, found }) => `${one(x(falsePer10000))} ${one(y(found))}`)
    .filter((point) => {
      const isNew = point !== last;
      last = point;
      return isNew;
    });
  const mark = (name: 'exact' | 'distance 1', style: string, label: string) => {
    const { falsePer10000, found } = simple[name];
    const [cx, cy] = [x(falsePer10000), y(found)];
    return `<circle class="${style}" cx="${one(cx)}" cy="${one(cy)}" r="5"/><text x="${one(cx + (cx > LEFT + WIDTH / 2 ? -8 : 8))}" y="${one(cy + 18)}" text-anchor="${cx > LEFT + WIDTH / 2 ? 'end' : 'start'}">${label}</text>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 24} ${TOP + HEIGHT + BOTTOM}">
<style>${STYLE}
</style>
<rect class="paper" width="100%" height="100%"/>
<text x="${LEFT}" y="20">${title}: listed plates found</text>
${grid}
<path class="curve" d="M${steps.join('L')}"/>
${mark('exact', 'exact', 'exact match')}
${mark('distance 1', 'near', 'edit distance 1')}
<text x="${LEFT + WIDTH / 2}" y="${TOP + HEIGHT + 38}" text-anchor="middle">false hits of 10,000 passages</text>
</svg>
`;
}
