// `anpr evaluate`: how well the models read a folder of pictures whose plates are known.

import { type Command, InvalidArgumentError } from 'commander';
import type { Calibration, Evaluation, Mistake } from '../recognise/index.ts';
import { countText } from '../shared/quantities.ts';
import { exitCodes } from './exit-codes.ts';
import { count, example, jsonOption, share } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { type ModelOptions, modelOptions, progressOn, type SearchOptions, searchOption } from './pictures.ts';

interface EvaluateOptions extends ModelOptions, SearchOptions {
  json?: true;
  errors?: true;
  /** false with --no-plates */
  plates: boolean;
  where: { column: string; value: string }[];
  minConfidence: number;
  minCharacters: number;
}

/** As the agent keeps reads: configuration, reads.minConfidence and reads.minCharacters. */
const MIN_CONFIDENCE = 0.05;
const MIN_CHARACTERS = 3;
const MAX_CHARACTERS = 12;

export function registerEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('compare what is read with what is known of a folder of pictures')
    .argument('<folder>', "pictures with OpenALPR's .txt beside each, or with one CSV: file,x,y,w,h,text")
    .addOption(jsonOption('print one JSON document, with everything that went wrong'))
    .option('--errors', 'list what went wrong')
    .option('--where <column=value>', 'only these rows of the CSV; may be given several times', where, [])
    .option('--no-plates', 'the pictures hold no plate: every read is a false one')
    .option('--min-confidence <share>', 'false reads count from this confidence on', share, MIN_CONFIDENCE)
    .option(
      '--min-characters <count>',
      'false reads count from this length on',
      count(1, MAX_CHARACTERS),
      MIN_CHARACTERS,
    );
  modelOptions(searchOption(command)).action(evaluateFolder);
  example(
    command,
    'anpr evaluate pictures/ --errors',
    'anpr evaluate dashcam/ --where split=val --where quality=clear --json',
    'anpr evaluate landscapes/ --no-plates',
  );
}

function where(value: string, given: EvaluateOptions['where']): EvaluateOptions['where'] {
  const at = value.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('wanted column=value, like split=val.');
  return [...given, { column: value.slice(0, at), value: value.slice(at + 1) }];
}

async function evaluateFolder(folder: string, options: EvaluateOptions): Promise<void> {
  const { loadVision } = await import('../vision/index.ts');
  const { evaluate } = await import('../recognise/index.ts');
  const vision = await loadVision({
    ...options,
    directory: options.models,
    detectorThreshold: options.threshold,
  });
  const output = createOutput();
  let result: Evaluation;
  try {
    result = await evaluate(vision, folder, {
      ...options,
      noPlates: !options.plates,
      onProgress: progressOn(process.stderr),
    });
  } finally {
    await vision.close();
  }
  if (options.json) output.json(result);
  else show(output, result, options);
  if (result.failed > 0) process.exitCode = exitCodes.failed;
}

function show(output: Output, result: Evaluation, options: EvaluateOptions): void {
  const { falseReads, ms } = result;
  const figures: [string, Evaluation['found']][] = [
    ['plates found (IoU 0.5)', result.found],
    ['exactly right', result.exact],
    ['exactly right, O = 0', result.exactLenient],
    ['exactly right, of those found', result.exactOfFound],
    ['characters right', result.characters],
  ];
  const rows = figures
    .filter(([, { n }]) => n > 0)
    .map(([name, { count, n, share: value, interval }]) => [
      name,
      percent(value),
      `${count} of ${n}`,
      intervalOf(interval),
    ]);
  rows.push([
    'false reads a picture',
    falseReads.rate?.toFixed(3) ?? '-',
    `${falseReads.count} in ${falseReads.n}`,
    falseReads.interval ? `${falseReads.interval[0].toFixed(3)} to ${falseReads.interval[1].toFixed(3)}` : '',
  ]);
  rows.push(['ms a picture', ms.p50?.toFixed(1) ?? '-', `p95 ${ms.p95?.toFixed(1) ?? '-'}`, '']);
  output.line(
    `${countText(result.pictures, 'picture')}${result.failed > 0 ? `, ${result.failed} of them failed` : ''}`,
  );
  output.table(['WHAT', 'FIGURE', 'OF', '95 % INTERVAL'], rows);
  if (result.calibration.reads > 0) showCalibration(output, result.calibration);
  if (options.errors && result.mistakes.length > 0) {
    output.line();
    output.table(['FILE', 'WHAT', 'PLATE', 'READ', 'SURE', 'BOX'], result.mistakes.map(mistakeRow));
  }
}

/** How sure reads were, and how many of them right: the same when the confidence is calibrated. */
function showCalibration(output: Output, { bins, expectedError, sureWrong }: Calibration): void {
  output.line();
  output.table(
    ['CONFIDENCE', 'READS', 'CLAIMED', 'RIGHT', '95 % INTERVAL'],
    bins
      .filter(({ right }) => right.n > 0)
      .map(({ from, to, claimed, right }) => [
        `${percent(from)} to ${percent(to)}`,
        `${right.n}`,
        percent(claimed),
        percent(right.share),
        intervalOf(right.interval),
      ]),
  );
  const { count, n, interval } = sureWrong;
  output.line(`expected calibration error ${percent(expectedError)}`);
  if (n > 0)
    output.line(
      `confidence 0.99 and more: ${countText(n, 'read')}, ${count} wrong (${intervalOf(interval)})`,
    );
}

const intervalOf = (interval: [number, number] | null) =>
  interval ? `${percent(interval[0])} to ${percent(interval[1])}` : '';

function mistakeRow({ file, kind, truth, read, confidence, box }: Mistake): string[] {
  return [
    file,
    kind,
    truth ?? '',
    read ?? '',
    confidence === undefined ? '' : percent(confidence),
    box?.join(',') ?? '',
  ];
}

const percent = (value: number | null) => (value === null ? '-' : `${(100 * value).toFixed(1)} %`);
