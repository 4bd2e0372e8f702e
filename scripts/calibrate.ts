// What scripts/calibrate runs: fits a reader's calibration on one half of the rendered passages, measures the whole of reading
// on the other half, whose fonts and seed it has not seen, and writes both beside the reader: calibration.json,
// reliability.svg and the figures into its card. docs/passage.md says what the figures mean.
//
//     scripts/calibrate [--reader crnn-v1] [--models DIR] [--passages DIR] [--data DIR] [--measure]
//
// --data names the folder with the photographs (dashcam-ro, openalpr-eu-part, street-mixed); --measure fits and writes nothing.

import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CALIBRATION_FILE, type Calibration, calibrated } from '../agent/confidence/index.ts';
import { loadGrammars } from '../agent/grammar/index.ts';
import { evaluate, SURE_FROM, shareOf } from '../agent/recognise/index.ts';
import { messageOf } from '../agent/shared/errors.ts';
import { widthOf } from '../agent/shared/geometry.ts';
import { loadVision, modelsDirectory } from '../agent/vision/index.ts';
import { fitScale, shareText } from './passages/fit.ts';
import {
  type Answers,
  answerNames,
  answersOf,
  claimOfPassage,
  passageSamples,
  pictureSamples,
  sideBySide,
  told,
} from './passages/measure.ts';
import { readPhotographed } from './passages/photographed.ts';
import { binsOf, reliabilityPlot, type Series } from './passages/plot.ts';
import { readRendered, type TruePassage } from './passages/rendered.ts';

const root = path.resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    reader: { type: 'string', default: 'crnn-v1' },
    detector: { type: 'string', default: 'centre-v1' },
    models: { type: 'string', default: modelsDirectory },
    passages: { type: 'string', default: path.join(root, 'models/training/runs/passages') },
    data: { type: 'string' },
    measure: { type: 'boolean', default: false },
  },
});
const folder = path.join(values.models, 'reader', values.reader);
const grammars = loadGrammars();
/** as `reads.minConfidence` is by default */
const FLOOR = 0.05;
const started = performance.now();

const progress = (name: string) => (done: number, of: number) => {
  if (done % 5000 === 0) process.stderr.write(`${name}: ${done} of ${of} looks, ${seconds()} s\n`);
};
const seconds = () => Math.round((performance.now() - started) / 1000);

const open = () => loadVision({ directory: values.models, detector: values.detector, reader: values.reader });

async function photographed(split: string): Promise<TruePassage[]> {
  const place = values.data && path.join(values.data, 'dashcam-ro');
  const there =
    place &&
    (await access(place).then(
      () => true,
      () => false,
    ));
  return there ? readPhotographed(place, split, vision) : [];
}

let vision = await open();
const fitted = values.measure
  ? []
  : await readRendered(path.join(values.passages, 'fit'), vision, progress('fit'));
const report = await readRendered(path.join(values.passages, 'report'), vision, progress('report'));
const drives = { train: await photographed('train'), val: await photographed('val') };
const { info } = vision;

let calibration: Calibration | null = vision.calibration;
if (!values.measure) {
  const [passage, picture] = [passageSamples(fitted, grammars), pictureSamples(fitted, grammars)];
  calibration = { passage: fitScale(passage), picture: fitScale(picture) };
  const about = { passages: passage.length, pictures: picture.length };
  const file = { version: 1, reader: info.reader.sha256, ...calibration, fitted: about };
  await writeFile(path.join(folder, CALIBRATION_FILE), `${JSON.stringify(file, null, 2)}\n`);
}

const lines: string[] = [];
const row = (...cells: (string | number)[]) => lines.push(`| ${cells.join(' | ')} |`);
const head = (...cells: string[]) => {
  lines.push('');
  row(...cells);
  lines.push(`|${cells.map(() => '---').join('|')}|`);
};

answered();
const passageReads = confidences();
widths();
vehicles();
await vision.close();
vision = await open();
await photographs();

const text = lines.join('\n').trim();
process.stdout.write(`${text}\n`);
if (!values.measure) {
  await writeFile(
    path.join(folder, 'reliability.svg'),
    reliabilityPlot(`${values.reader} ${info.reader.version}`, passageReads),
  );
  await intoCard(text);
}
process.stderr.write(`${seconds()} s\n`);
await vision.close();
kept();

/** Share of passages exactly right, by each way of answering. */
function answered(): void {
  const sets: [string, TruePassage[]][] = [['rendered', report]];
  for (const kind of ['near', 'far', 'blurred', 'faint', 'short'])
    sets.push([`rendered, ${kind}`, report.filter((passage) => passage.kind === kind)]);
  sets.push(['dash-cam train (trained with)', drives.train], ['dash-cam validation', drives.val]);
  const there = sets.filter(([, passages]) => passages.length > 0);
  const names = Object.keys(answerNames) as (keyof Answers)[];
  head('passages exactly right', 'n', ...names.map((name) => answerNames[name]));
  for (const [name, passages] of there) {
    const answers = passages.map((passage) =>
      answersOf(passage, grammars, claimOfPassage(passage, grammars)),
    );
    const cells = names.map((way) => {
      const right = answers.filter((answer, i) => answer[way] === passages[i]!.text).length;
      const { share, interval } = shareOf(right, passages.length);
      const percent = (value: number) => (100 * value).toFixed(1);
      return `${percent(share ?? 0)} % (${interval!.map(percent).join(' to ')})`;
    });
    row(name, passages.length, ...cells);
  }
}

/** How sure, and how many of them right. */
function confidences(): Series[] {
  const passages = (of: readonly TruePassage[]) =>
    passageSamples(of, grammars).map(({ grounds, right }) => ({
      ...calibrated({ confidence: grounds.shown, alternatives: [] }, grounds, calibration?.passage ?? null),
      right,
    }));
  const pictures = pictureSamples(report, grammars).map(({ grounds, right }) => ({
    ...calibrated({ confidence: grounds.shown, alternatives: [] }, grounds, calibration?.picture ?? null),
    right,
  }));
  const series: Series[] = [
    { name: 'rendered passages', reads: passages(report) },
    { name: 'their single frames', reads: pictures },
  ];
  head(
    'confidence',
    ...series.map(({ name }) => `${name}: reads`),
    ...series.map(({ name }) => `${name}: right`),
  );
  const bins = series.map(({ reads }) => binsOf(reads));
  bins[0]!.forEach(({ from, to }, i) => {
    const shares = bins.map((each) => each[i]!.right);
    row(
      `${from} to ${to}`,
      ...shares.map(({ n }) => n),
      ...shares.map(({ share }) => (share === null ? '-' : `${(100 * share).toFixed(2)} %`)),
    );
  });
  const real: Series[] = [
    { name: 'dash-cam passages, train', reads: passages(drives.train) },
    { name: 'dash-cam passages, validation', reads: passages(drives.val) },
  ];
  const kinds = ['near', 'far', 'blurred', 'faint', 'short'].map((kind) => ({
    name: `rendered passages, ${kind}`,
    reads: passages(report.filter((passage) => passage.kind === kind)),
  }));
  head('wrong among the sure', '0.99 and more', '0.9 and more', 'share of all reads at 0.99', 'at 0.9');
  for (const { name, reads } of [...series, ...kinds, ...real]) {
    if (reads.length === 0) continue;
    const from = (least: number) => reads.filter(({ confidence }) => confidence >= least);
    const wrong = (least: number) =>
      shareText(from(least).filter(({ right }) => !right).length, from(least).length);
    const share = (least: number) => `${((100 * from(least).length) / reads.length).toFixed(1)} %`;
    row(name, wrong(0.99), wrong(0.9), share(0.99), share(0.9));
  }
  return series;
}

/** Whether small plates are as sure as they may be: what a human cannot read must not be certain. */
function widths(): void {
  const bins = [0, 32, 40, 50, 60, 80, 120, Infinity];
  const reads = report.flatMap((passage) => {
    const claim = claimOfPassage(passage, grammars);
    if (claim === undefined || claim.text === '') return [];
    const widthPx = Math.max(...passage.looks.map(({ sighting }) => widthOf(sighting.corners)));
    const { confidence } = calibrated(claim, claim.grounds, calibration?.passage ?? null);
    return [{ widthPx, confidence, right: claim.text === passage.text }];
  });
  head('widest frame of the passage, px', 'reads', 'mean confidence', 'right', 'wrong at 0.99 and more');
  bins.slice(1).forEach((to, i) => {
    const inside = reads.filter(({ widthPx }) => widthPx >= bins[i]! && widthPx < to);
    if (inside.length === 0) return;
    const claimed = inside.reduce((sum, { confidence }) => sum + confidence, 0) / inside.length;
    const sure = inside.filter(({ confidence }) => confidence >= SURE_FROM);
    row(
      to === Infinity ? `${bins[i]} and more` : `${bins[i]} to ${to}`,
      inside.length,
      `${(100 * claimed).toFixed(1)} %`,
      `${((100 * inside.filter(({ right }) => right).length) / inside.length).toFixed(1)} %`,
      `${sure.filter(({ right }) => !right).length} of ${sure.length}`,
    );
  });
}

/** What is promised of a calibrated reader: an exit status of 1 says that it does not hold. */
function kept(): void {
  const { reads } = passageReads[0]!;
  const sure = reads.filter(({ confidence }) => confidence >= SURE_FROM);
  const wrong = sure.filter(({ right }) => !right).length;
  if (300 * wrong <= sure.length && sure.length > 0) return;
  process.stderr.write(
    `not kept: at most 1 in 300 wrong at ${SURE_FROM}: ${shareText(wrong, sure.length)}\n`,
  );
  process.exitCode = 1;
}

/** One vehicle, one read; two plates in one picture, two reads and nothing of the one in the other. */
function vehicles(): void {
  const known = { grammars, calibration, minConfidence: FLOOR };
  const alone = report.map((passage) => told(passage.looks, passage, known));
  const one = alone.filter(({ reads }) => reads.length === 1).length;
  const more = alone.filter(({ reads }) => reads.length > 1).length;
  head('one vehicle, one read', 'passages');
  row('one read', shareText(one, report.length));
  row(
    'no read: too few characters, too little support, or below 0.05',
    shareText(report.length - one - more, report.length),
  );
  row('more than one read', shareText(more, report.length));
  let pairs = 0;
  let kept = 0;
  let merged = 0;
  for (let i = 0; i + 1 < report.length; i += 2) {
    const [a, b] = [report[i]!, report[i + 1]!];
    const pair = sideBySide(a, b);
    const own = [pair.a, pair.b].flatMap((looks) => told(looks, pair, known).reads.map(({ text }) => text));
    if (own.length < 2) continue;
    pairs++;
    const texts = told([...pair.a, ...pair.b], pair, known).reads.map(({ text }) => text);
    if (texts.length === own.length && own.every((text) => texts.includes(text))) kept++;
    else if (texts.length < own.length) merged++;
  }
  row('two plates side by side: both reads as each alone', shareText(kept, pairs));
  row('two plates side by side: fewer reads than plates', shareText(merged, pairs));
}

/** Single photographs, as `anpr evaluate` reads them. */
async function photographs(): Promise<void> {
  const { data } = values;
  if (data === undefined) return;
  const clear = [{ column: 'split', value: 'val' }];
  const sets = [
    { name: 'OpenALPR-EU part', folder: 'openalpr-eu-part', where: [] },
    {
      name: 'dash-cam validation, clear',
      folder: 'dashcam-ro',
      where: [...clear, { column: 'quality', value: 'clear' }],
    },
    {
      name: 'dash-cam validation, hard',
      folder: 'dashcam-ro',
      where: [...clear, { column: 'quality', value: 'hard' }],
    },
    {
      name: 'street-mixed, readable (trained with)',
      folder: 'street-mixed',
      where: [{ column: 'readable', value: '1' }],
    },
  ];
  head(
    'single photographs',
    'exactly right',
    'wrong of reads at 0.99 and more',
    'wrong of reads at 0.9 and more',
  );
  for (const { name, folder: place, where } of sets) {
    const options = { minConfidence: FLOOR, minCharacters: 3, where };
    const result = await evaluate(vision, path.join(data, place), options).catch(notThere);
    if (result === null) continue;
    const sure = result.calibration.bins.filter(({ from }) => from >= 0.9);
    const n = sure.reduce((sum, { right }) => sum + right.n, 0);
    const right = sure.reduce((sum, bin) => sum + bin.right.count, 0);
    const { exact, calibration: held } = result;
    row(
      name,
      shareText(exact.count, exact.n),
      shareText(held.sureWrong.count, held.sureWrong.n),
      shareText(n - right, n),
    );
  }
  const none = await evaluate(vision, path.join(data, 'no-plate'), {
    minConfidence: FLOOR,
    minCharacters: 3,
    noPlates: true,
  }).catch(notThere);
  if (none !== null)
    row('no plate: reads per picture at the floor', `${none.falseReads.count} of ${none.pictures}`, '', '');
}

/** A set that somebody does not have is left out of the table, and that is said. */
function notThere(error: unknown): null {
  process.stderr.write(`left out: ${messageOf(error)}\n`);
  return null;
}

/** The card's section between the two marks; appended when it has none. */
async function intoCard(section: string): Promise<void> {
  const [from, to] = [
    '<!-- measured by scripts/calibrate -->',
    '<!-- end of what scripts/calibrate measured -->',
  ];
  const file = path.join(folder, 'CARD.md');
  const card = await readFile(file, 'utf8').catch(() => `# ${values.reader}\n`);
  const block = `${from}\n![Reliability: how sure against how many right](reliability.svg)\n\n${section}\n${to}`;
  const [before, rest] = card.split(from);
  const whole =
    rest === undefined
      ? `${card.trimEnd()}\n\n## Passages and confidence\n\n${block}\n`
      : `${before}${block}${rest.split(to)[1] ?? '\n'}`;
  await writeFile(file, whole);
}
