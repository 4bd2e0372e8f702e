// The tables of scripts/calibrate, as Markdown.

import { type Calibration, calibrated } from '../../agent/confidence/index.ts';
import type { Grammars } from '../../agent/grammar/index.ts';
import { SURE_FROM, shareOf } from '../../agent/recognise/index.ts';
import { widthOf } from '../../agent/shared/geometry.ts';
import { shareText } from './fit.ts';
import {
  type Answers,
  answerNames,
  answersOf,
  claimOfPassage,
  passageSamples,
  pictureSamples,
  sideBySide,
  told,
} from './measure.ts';
import { binsOf, type Series } from './plot.ts';
import type { TruePassage } from './rendered.ts';

export interface Measured {
  /** rendered passages that nothing was fitted on */
  report: readonly TruePassage[];
  /** of photographs; may be empty */
  drives: { train: readonly TruePassage[]; val: readonly TruePassage[] };
  grammars: Grammars;
  calibration: Calibration | null;
}

type Row = readonly (string | number)[];

export function table(head: readonly string[], rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
const KINDS = ['near', 'far', 'blurred', 'faint', 'short'];

/** Share of passages exactly right, by each way of answering. */
export function answersTable({ report, drives, grammars }: Measured): string {
  const sets: [string, readonly TruePassage[]][] = [
    ['rendered', report],
    ...KINDS.map((kind): [string, TruePassage[]] => [
      `rendered, ${kind}`,
      report.filter((passage) => passage.kind === kind),
    ]),
    ['dash-cam train (trained with)', drives.train],
    ['dash-cam validation', drives.val],
  ];
  const names = Object.keys(answerNames) as (keyof Answers)[];
  const rows = sets
    .filter(([, passages]) => passages.length > 0)
    .map(([name, passages]) => {
      const answers = passages.map((passage) =>
        answersOf(passage, grammars, claimOfPassage(passage, grammars)),
      );
      const cells = names.map((way) => {
        const right = answers.filter((answer, i) => answer[way] === passages[i]!.text).length;
        const { share, interval } = shareOf(right, passages.length);
        const [low, high] = interval!.map((value) => (100 * value).toFixed(1));
        return `${percent(share!)} (${low} to ${high})`;
      });
      return [name, passages.length, ...cells];
    });
  return table(['passages exactly right', 'n', ...names.map((name) => answerNames[name])], rows);
}

function readsOfPassages(of: readonly TruePassage[], { grammars, calibration }: Measured): Series['reads'] {
  return passageSamples(of, grammars).map(({ grounds, right }) => {
    const claim = { confidence: grounds.shown, alternatives: [] };
    return { confidence: calibrated(claim, grounds, calibration?.passage ?? null).confidence, right };
  });
}

/** What the plot shows: the rendered passages, and each of their frames on its own. */
export function reliabilitySeries(measured: Measured): Series[] {
  const { report, grammars, calibration } = measured;
  const pictures = pictureSamples(report, grammars).map(({ grounds, right }) => {
    const claim = { confidence: grounds.shown, alternatives: [] };
    return { confidence: calibrated(claim, grounds, calibration?.picture ?? null).confidence, right };
  });
  return [
    { name: 'rendered passages', reads: readsOfPassages(report, measured) },
    { name: 'their single frames', reads: pictures },
  ];
}

/** How sure, and how many of them right. */
export function reliabilityTable(series: readonly Series[]): string {
  const bins = series.map(({ reads }) => binsOf(reads));
  const rows = bins[0]!.map(({ from, to }, i) => {
    const shares = bins.map((each) => each[i]!.right);
    return [
      `${from} to ${to}`,
      ...shares.map(({ n }) => n),
      ...shares.map(({ share }) => (share === null ? '-' : `${(100 * share).toFixed(2)} %`)),
    ];
  });
  const names = series.map(({ name }) => name);
  return table(
    ['confidence', ...names.map((name) => `${name}: reads`), ...names.map((name) => `${name}: right`)],
    rows,
  );
}

/** How many of the surest are wrong, and how many are so sure. */
export function sureTable(measured: Measured, series: readonly Series[]): string {
  const { report, drives } = measured;
  const kinds = KINDS.map((kind) => ({
    name: `rendered passages, ${kind}`,
    reads: readsOfPassages(
      report.filter((passage) => passage.kind === kind),
      measured,
    ),
  }));
  const real = [
    { name: 'dash-cam passages, train', reads: readsOfPassages(drives.train, measured) },
    { name: 'dash-cam passages, validation', reads: readsOfPassages(drives.val, measured) },
  ];
  const rows = [...series, ...kinds, ...real]
    .filter(({ reads }) => reads.length > 0)
    .map(({ name, reads }) => {
      const from = (least: number) => reads.filter(({ confidence }) => confidence >= least);
      const wrong = (least: number) =>
        shareText(from(least).filter(({ right }) => !right).length, from(least).length);
      const share = (least: number) => percent(from(least).length / reads.length);
      return [name, wrong(SURE_FROM), wrong(0.9), share(SURE_FROM), share(0.9)];
    });
  return table(
    ['wrong among the sure', '0.99 and more', '0.9 and more', 'share of all reads at 0.99', 'at 0.9'],
    rows,
  );
}

/** Whether small plates are as sure as they may be: what a human cannot read must not be certain. */
export function widthsTable({ report, grammars, calibration }: Measured): string {
  const edges = [0, 32, 40, 50, 60, 80, 120, Infinity];
  const reads = report.flatMap((passage) => {
    const claim = claimOfPassage(passage, grammars);
    if (claim === undefined || claim.text === '') return [];
    const widthPx = Math.max(...passage.looks.map(({ sighting }) => widthOf(sighting.corners)));
    const { confidence } = calibrated(claim, claim.grounds, calibration?.passage ?? null);
    return [{ widthPx, confidence, right: claim.text === passage.text }];
  });
  const rows = edges.slice(1).flatMap((to, i) => {
    const inside = reads.filter(({ widthPx }) => widthPx >= edges[i]! && widthPx < to);
    if (inside.length === 0) return [];
    const claimed = inside.reduce((sum, { confidence }) => sum + confidence, 0) / inside.length;
    const sure = inside.filter(({ confidence }) => confidence >= SURE_FROM);
    return [
      [
        to === Infinity ? `${edges[i]} and more` : `${edges[i]} to ${to}`,
        inside.length,
        percent(claimed),
        percent(inside.filter(({ right }) => right).length / inside.length),
        `${sure.filter(({ right }) => !right).length} of ${sure.length}`,
      ],
    ];
  });
  return table(
    ['widest frame of the passage, px', 'reads', 'mean confidence', 'right', 'wrong at 0.99 and more'],
    rows,
  );
}

/** One vehicle, one read; two plates in one picture, two reads and nothing of the one in the other. */
export function vehiclesTable({ report, grammars, calibration }: Measured, minConfidence: number): string {
  const known = { grammars, calibration, minConfidence };
  const alone = report.map((passage) => told(passage.looks, passage, known).reads.length);
  const one = alone.filter((reads) => reads === 1).length;
  const none = alone.filter((reads) => reads === 0).length;
  let pairs = 0;
  let kept = 0;
  let fewer = 0;
  for (let i = 0; i + 1 < report.length; i += 2) {
    const pair = sideBySide(report[i]!, report[i + 1]!);
    const own = [pair.a, pair.b].flatMap((looks) => told(looks, pair, known).reads.map(({ text }) => text));
    if (own.length < 2) continue;
    pairs++;
    const texts = told([...pair.a, ...pair.b], pair, known).reads.map(({ text }) => text);
    if (texts.length < own.length) fewer++;
    else if (own.every((text) => texts.includes(text))) kept++;
  }
  return table(
    ['one vehicle, one read', 'passages'],
    [
      ['one read', shareText(one, report.length)],
      [
        `no read: too few characters, too little support, or below ${minConfidence}`,
        shareText(none, report.length),
      ],
      ['more than one read', shareText(report.length - one - none, report.length)],
      ['two plates side by side: both reads as each alone', shareText(kept, pairs)],
      ['two plates side by side: fewer reads than plates', shareText(fewer, pairs)],
    ],
  );
}
