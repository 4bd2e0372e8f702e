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
import { CALIBRATION_FILE, type Calibration } from '../agent/confidence/index.ts';
import { loadGrammars } from '../agent/grammar/index.ts';
import { SURE_FROM } from '../agent/recognise/index.ts';
import { loadVision, modelsDirectory } from '../agent/vision/index.ts';
import { fitScale, shareText } from './passages/fit.ts';
import { passageSamples, pictureSamples } from './passages/measure.ts';
import { readPhotographed } from './passages/photographed.ts';
import { photographsTable } from './passages/photographs.ts';
import { reliabilityPlot } from './passages/plot.ts';
import { readRendered, type TruePassage } from './passages/rendered.ts';
import {
  answersTable,
  reliabilitySeries,
  reliabilityTable,
  sureTable,
  vehiclesTable,
  widthsTable,
} from './passages/tables.ts';

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

const measured = { report, drives, grammars, calibration };
const series = reliabilitySeries(measured);
const tables = [
  answersTable(measured),
  reliabilityTable(series),
  sureTable(measured, series),
  widthsTable(measured),
  vehiclesTable(measured, FLOOR),
];
await vision.close();
if (values.data !== undefined) {
  vision = await open(); // with the calibration as it is now
  tables.push(await photographsTable(vision, values.data, FLOOR));
  await vision.close();
}

const text = tables.join('\n\n');
process.stdout.write(`${text}\n`);
if (!values.measure) {
  const title = `${values.reader} ${info.reader.version}`;
  await writeFile(path.join(folder, 'reliability.svg'), reliabilityPlot(title, series));
  await intoCard(text);
}
process.stderr.write(`${seconds()} s\n`);
kept();

/** What is promised of a calibrated reader: an exit status of 1 says that it does not hold. */
function kept(): void {
  const sure = series[0]!.reads.filter(({ confidence }) => confidence >= SURE_FROM);
  const wrong = sure.filter(({ right }) => !right).length;
  if (300 * wrong <= sure.length && sure.length > 0) return;
  const found = sure.length === 0 ? 'no read is so sure' : `wrong are ${shareText(wrong, sure.length)}`;
  process.stderr.write(`not kept: at most 1 in 300 wrong at ${SURE_FROM} and more; ${found}\n`);
  process.exitCode = 1;
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
