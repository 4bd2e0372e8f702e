// `anpr recognise`: still pictures in, plates out, one line of JSON or of text a picture.

import type { Command } from 'commander';
import { AnprError } from '../shared/errors.ts';
import { exitCodes } from './exit-codes.ts';
import { example, jsonOption, share } from './options.ts';
import { createOutput, type Output } from './output.ts';
import { type ModelOptions, modelOptions, progressOn, type SearchOptions, searchOption } from './pictures.ts';

interface RecogniseOptions extends ModelOptions, SearchOptions {
  json?: true;
  annotate?: string;
  uncertainBelow: number;
}

export function registerRecognise(program: Command): void {
  const command = program
    .command('recognise')
    .alias('recognize')
    .description('read the plates of still pictures')
    .argument('<path...>', 'pictures, or folders of pictures (JPEG, PNG)')
    .addOption(jsonOption('print JSON Lines: one line a picture, in the given order'))
    .option('--uncertain-below <share>', 'mark plates that are less sure than this (default: 0.9)', share)
    .option('--annotate <folder>', 'write pictures with boxes and texts into this folder');
  modelOptions(searchOption(command)).action(recognisePaths);
  example(
    command,
    'anpr recognise gate.jpg',
    'anpr recognise pictures/ --json --annotate out/ | jq -r .plates[].text',
  );
}

async function recognisePaths(paths: string[], options: RecogniseOptions): Promise<void> {
  const { loadVision } = await import('../vision/index.ts');
  const { annotate, isFailure, recognise } = await import('../recognise/index.ts');
  const vision = await loadVision({
    ...options,
    directory: options.models,
    detectorThreshold: options.threshold,
  });
  const output = createOutput();
  // On a terminal the lines themselves show how far it is.
  const progress = process.stdout.isTTY ? () => {} : progressOn(process.stderr);
  let failures = 0;
  let pictures = 0;
  try {
    for await (const { picture, result, done, of } of recognise(vision, paths, options)) {
      pictures++;
      if (options.json) output.jsonLine(result);
      else if (isFailure(result)) output.line(output.paint('red', failureText(result)));
      else showPicture(output, result);
      if (isFailure(result)) failures++;
      else if (options.annotate !== undefined) await annotate(picture, result, options.annotate);
      progress(done, of);
    }
  } finally {
    await vision.close();
  }
  if (pictures === 0)
    throw new AnprError(
      'usage.no-pictures',
      `no JPEG or PNG in ${paths.join(', ')}`,
      'Name a folder that holds some.',
    );
  if (failures > 0) process.exitCode = exitCodes.failed;
}

/** Some errors name their file themselves. */
function failureText({ file, error: { message } }: { file: string; error: { message: string } }): string {
  return message.startsWith(file) ? message : `${file}: ${message}`;
}

type Picture = import('../recognise/index.ts').PictureResult;

function showPicture(output: Output, { file, ms, plates }: Picture): void {
  const what = plates.length === 0 ? 'no plate' : `${plates.length} plate${plates.length > 1 ? 's' : ''}`;
  output.line(`${file}: ${what} ${output.paint('dim', `(${ms.total.toFixed(0)} ms)`)}`);
  for (const { text, confidence, uncertain, country, box, alternatives } of plates) {
    const others = alternatives.map((one) => `${one.text} ${percent(one.confidence)}`).join(', ');
    const place = `${box[2].toFixed(0)}x${box[3].toFixed(0)} at ${box[0].toFixed(0)},${box[1].toFixed(0)}`;
    output.line(
      `  ${output.paint('bold', (text || '(unreadable)').padEnd(12))} ${percent(confidence).padStart(6)}${uncertain ? '?' : ' '} ${country.padEnd(7)}  ${place}` +
        (others ? output.paint('dim', `  or ${others}`) : ''),
    );
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
