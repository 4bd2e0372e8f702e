// A reliability plot as SVG: how sure reads were against how many were right, both on a scale of log odds, so that 99 % and
// 99.9 % are not one point. Readable on light and on dark paper.

import { shareOf } from '../../agent/recognise/index.ts';

export interface Series {
  name: string;
  reads: readonly { confidence: number; right: boolean }[];
}

export const EDGES = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 1];

export function binsOf(reads: Series['reads']) {
  return EDGES.slice(1).map((to, i) => {
    const from = EDGES[i]!;
    const inside = reads.filter(
      ({ confidence }) => confidence >= from && (confidence < to || i === EDGES.length - 2),
    );
    const claimed = inside.reduce((sum, { confidence }) => sum + confidence, 0) / inside.length;
    return { from, to, claimed, right: shareOf(inside.filter(({ right }) => right).length, inside.length) };
  });
}

const [SIZE, LEFT, TOP, RIGHT, BOTTOM] = [360, 62, 46, 18, 48];
const [LEAST, MOST] = [0.005, 0.9995];
const TICKS = [0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999];

const logit = (share: number) => Math.log(share / (1 - share));
const place = (share: number) =>
  (logit(Math.min(MOST, Math.max(LEAST, share))) - logit(LEAST)) / (logit(MOST) - logit(LEAST));
const x = (share: number) => (LEFT + SIZE * place(share)).toFixed(1);
const y = (share: number) => (TOP + SIZE * (1 - place(share))).toFixed(1);
const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;

const APART = 6;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .paper { fill: #fff } .grid { stroke: #ddd } .even { stroke: #888; stroke-dasharray: 5 4 }
  .s0 { stroke: #0b6bcb; fill: #0b6bcb } .s1 { stroke: #c2410c; fill: #c2410c } .s2 { stroke: #15803d; fill: #15803d }
  .title { font-weight: 600; font-size: 13px }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .paper { fill: #16181d } .grid { stroke: #353a44 } .even { stroke: #99a }
    .s0 { stroke: #6cb6ff; fill: #6cb6ff } .s1 { stroke: #ff9e64; fill: #ff9e64 } .s2 { stroke: #7ee787; fill: #7ee787 }
  }`;

/** The plot; series with fewer than 10 reads in a bin leave that bin out. */
export function reliabilityPlot(title: string, series: readonly Series[]): string {
  const width = LEFT + SIZE + RIGHT;
  const height = TOP + SIZE + BOTTOM + 18 * series.length;
  const grid = TICKS.map(
    (share) =>
      `<path class="grid" d="M${x(share)} ${TOP}v${SIZE}M${LEFT} ${y(share)}h${SIZE}"/>` +
      `<text x="${x(share)}" y="${TOP + SIZE + 16}" text-anchor="middle">${percent(share)}</text>` +
      `<text x="${LEFT - 6}" y="${Number(y(share)) + 4}" text-anchor="end">${percent(share)}</text>`,
  );
  const drawn = series.map(({ reads }, index) =>
    binsOf(reads)
      .filter(({ right }) => right.n >= 10)
      .map(({ claimed, right }) => {
        const [low, high] = right.interval!;
        // beside each other where the series agree
        const across = (Number(x(claimed)) + APART * (index - (series.length - 1) / 2)).toFixed(1);
        const radius = Math.min(7, 2 + Math.sqrt(right.n) / 8).toFixed(1);
        return (
          `<path class="s${index}" d="M${across} ${y(low)}V${y(high)}" stroke-width="1.5"/>` +
          `<circle class="s${index}" cx="${across}" cy="${y(right.share!)}" r="${radius}" fill-opacity="0.75"/>`
        );
      })
      .join(''),
  );
  const legend = series.map(
    ({ name, reads }, index) =>
      `<circle class="s${index}" cx="${LEFT + 6}" cy="${TOP + SIZE + 52 + 18 * index}" r="5"/>` +
      `<text x="${LEFT + 18}" y="${TOP + SIZE + 56 + 18 * index}">${name}, ${reads.length} reads</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title><style>${STYLE}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="6"/>`,
    `<text class="title" x="${LEFT}" y="20">${title}</text>`,
    `<text x="${LEFT}" y="37">share that was right, with 95 % interval</text>`,
    ...grid,
    `<path class="even" d="M${x(LEAST)} ${y(LEAST)}L${x(MOST)} ${y(MOST)}"/>`,
    ...drawn,
    `<text x="${LEFT + SIZE / 2}" y="${TOP + SIZE + 34}" text-anchor="middle">confidence</text>`,
    ...legend,
    '</svg>\n',
  ].join('\n');
}
