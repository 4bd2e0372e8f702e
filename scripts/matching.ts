// Measures how watchlists do on reads whose plate is known (made by scripts/matching/reads.ts): from the `fit` reads the characters
// that the reader loses, into agent/watchlist/lost-characters.json, and the thresholds that keep to so many false hits, into
// agent/hits/thresholds.json; and, on the `report` reads, whose fonts and plates they
// have not seen, the share of listed plates found against false hits, beside exact match and edit distance 1.
// Usage: node scripts/matching.ts --reads FOLDER [--measure]

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadGrammars } from '../agent/grammar/index.ts';
import type { ThresholdsFile } from '../agent/hits/index.ts';
import { modelsDirectory } from '../agent/vision/index.ts';
import { candidatesOf, evidenceOf, type LostCharacters, loadLost } from '../agent/watchlist/index.ts';
import {
  curveOf,
  type Judged,
  judge,
  LOOK_ALIKE_SHARE,
  simpleWays,
  textsOf,
  within,
} from './matching/judge.ts';
import { lostIn } from './matching/lost.ts';
import { matchingPlot } from './matching/plot.ts';
import { keptReads, type TrueRead } from './matching/reads.ts';

const root = path.resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    reads: { type: 'string' },
    reader: { type: 'string', default: 'crnn-v1' },
    measure: { type: 'boolean', default: false },
  },
});
if (!values.reads) throw new Error('wanted --reads FOLDER, as scripts/matching/reads.ts makes it');
const grammars = loadGrammars();
const ENTRIES = [100, 1000, 10_000, 100_000, 1_000_000, 5_000_000, 20_000_000];
const EXPECTED = [0.1, 1, 10, 100, 1000];
const FALSE = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const four = (value: number) => Number(value.toPrecision(4));

/** Of a list of permits: that none of it passed, although the plate that did is on it. */
function absentOf(reads: readonly TrueRead[], losses: LostCharacters): Judged[] {
  return reads.map((read) => {
    const candidates = candidatesOf(evidenceOf(read, losses));
    const listed = candidates.find(({ text }) => text === read.truth)?.probability ?? 0;
    const seen = candidates.reduce((sum, { probability }) => sum + probability, 0);
    return { truth: 0, wrong: [{ probability: Math.max(0, Math.min(1, seen) - listed), listed: 1 }] };
  });
}

const file = path.join(root, 'agent/hits/thresholds.json');
let losses: LostCharacters;
if (values.measure) losses = loadLost();
else {
  const reads = await keptReads(values.reads, 'fit');
  const { reader } = JSON.parse(
    await readFile(path.join(modelsDirectory, 'reader', values.reader, 'calibration.json'), 'utf8'),
  ) as { reader: string };
  losses = { version: 1, reader, ...lostIn(reads) };
  const lostFile = path.join(root, 'agent/watchlist/lost-characters.json');
  await writeFile(lostFile, `${JSON.stringify(losses)}\n`);
  const texts = reads.map((read) => textsOf(read, grammars, losses));
  const listed = ENTRIES.map((entries) =>
    EXPECTED.map((expectedPer10000) => {
      const curve = curveOf(texts.map((each) => judge(each, { entries, expectedPer10000 })));
      return FALSE.map((most) => {
        const threshold = within(curve, most)?.threshold;
        return threshold === undefined ? null : four(threshold);
      });
    }),
  );
  const absentCurve = curveOf(absentOf(reads, losses));
  const absent = FALSE.map((most) => {
    const threshold = within(absentCurve, most)?.threshold;
    return threshold === undefined ? null : four(threshold);
  });
  const made: ThresholdsFile = {
    version: 1,
    reader,
    measured: { reads: reads.length, lookAlikesListed: LOOK_ALIKE_SHARE },
    entries: ENTRIES,
    expectedPer10000: EXPECTED,
    falsePer10000: FALSE,
    listed,
    absent,
  };
  await writeFile(file, `${JSON.stringify(made)}\n`);
}

const reads = await keptReads(values.reads, 'report');
const texts = reads.map((read) => textsOf(read, grammars, losses));
const lines: string[] = [];
for (const entries of [10_000, 1_000_000]) {
  const curve = curveOf(texts.map((each) => judge(each, { entries, expectedPer10000: 1 })));
  const simple = simpleWays(reads, entries, grammars);
  lines.push('', `A list of ${entries.toLocaleString('en')} plates, ${reads.length} reads:`, '');
  lines.push('| false hits per 10,000 passages | found |', '|---|---|');
  for (const most of [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000])
    lines.push(`| ${most} | ${percent(within(curve, most)?.found)} |`);
  for (const [name, { found, falsePer10000 }] of Object.entries(simple)) {
    const same = within(curve, falsePer10000);
    lines.push(
      `| ${four(falsePer10000)}, ${name} | ${percent(found)}; by probability ${percent(same?.found)} |`,
    );
  }
  if (!values.measure)
    await writeFile(
      path.join(root, `docs/images/matching-${entries}.svg`),
      matchingPlot(`A list of ${entries.toLocaleString('en')} plates`, curve, simple),
    );
}
process.stdout.write(`${lines.join('\n')}\n`);

/** What the thresholds promise, held against reads that they were not made from. */
const made = JSON.parse(await readFile(file, 'utf8')) as ThresholdsFile;
process.stdout.write('\n| list | promised | false hits per 10,000 | found |\n|---|---|---|---|\n');
for (const [length, entries] of made.entries.entries())
  for (const most of [0.5, 1, 5, 20]) {
    const threshold = made.listed[length]![1]![made.falsePer10000.indexOf(most)];
    if (typeof threshold !== 'number') continue;
    const curve = curveOf(texts.map((each) => judge(each, { entries, expectedPer10000: 1 })));
    const point = curve.findLast((each) => each.threshold >= threshold);
    process.stdout.write(
      `| ${entries} | ${most} | ${four(point?.falsePer10000 ?? 0)} | ${percent(point?.found)} |\n`,
    );
  }

/** How well the probabilities of single texts hold, before any list. */
const BOUNDS = [0, 0.0001, 0.001, 0.03, 0.3, 0.9, 0.99, 1.01];
process.stdout.write(
  '\n| a text that is shown with | texts | claimed | were the plate |\n|---|---|---|---|\n',
);
for (const [index, from] of BOUNDS.slice(0, -1).entries()) {
  const to = BOUNDS[index + 1]!;
  const these = texts.flat().filter(({ seen }) => seen >= from && seen < to);
  const claimed = these.reduce((sum, { seen }) => sum + seen, 0);
  const right = these.filter(({ isTruth }) => isTruth).length;
  process.stdout.write(`| ${from} to ${Math.min(1, to)} | ${these.length} | ${four(claimed)} | ${right} |\n`);
}
const lookedUp = texts.filter((each) => each.some(({ isTruth }) => isTruth)).length;
process.stdout.write(`\nthe plate is among the texts looked up of ${lookedUp} of ${texts.length} reads\n`);

function percent(share: number | undefined): string {
  return share === undefined ? 'none' : `${(100 * share).toFixed(1)} %`;
}
