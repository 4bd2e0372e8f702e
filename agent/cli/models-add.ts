// `anpr models add`: a model that somebody brings gets its folder and manifest, and its owner the lines to use it.

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { example, jsonOption } from './options.ts';
import { createOutput, type Output } from './output.ts';

interface AddCommandOptions {
  models?: string;
  directory?: string;
  name?: string;
  kind?: 'detector' | 'reader';
  licence?: string;
  input?: { width: number; height: number };
  shape?: 'upright' | 'rotated' | 'corners';
  classes?: number[];
  plateConfig?: string;
  json?: true;
}

export function registerModelsAdd(models: Command): void {
  const add = models
    .command('add')
    .description('look at an ONNX file, and write the folder and manifest that it needs')
    .argument('<file>', 'ONNX file, or a folder that has a manifest')
    .option(
      '--models <folder>',
      'folder with detector/ and reader/ to add to (default: the models that come with anpr)',
    )
    .addOption(new Option('--directory <folder>').hideHelp())
    .option('--name <name>', "name of the model's folder (default: the file's)")
    .addOption(new Option('--kind <kind>', 'what it must be').choices(['detector', 'reader']))
    .option('--licence <text>', 'under which licence it is, like MIT')
    .option('--input <size>', 'size of its input, when the file leaves it open: 640x640', sizeOf)
    .addOption(
      new Option('--shape <shape>', 'what a YOLO detector finds, when the file does not say').choices([
        'upright',
        'rotated',
        'corners',
      ]),
    )
    .option('--classes <numbers>', 'which of its classes are plates: 0, or 0,2', classesOf)
    .option('--plate-config <file>', "fast-plate-ocr's YAML file (default: the one beside the model)")
    .addOption(jsonOption('print one JSON document'))
    .action(addOne);
  example(
    add,
    'anpr models add yolo-v9-t-384-license-plates-end2end.onnx --licence MIT',
    'anpr models add cct_s_v2_global.onnx --models /etc/anpr/models',
  );
}

async function addOne(file: string, options: AddCommandOptions): Promise<void> {
  const { addModel, modelsDirectory } = await import('../vision/index.ts');
  const { countrySigns } = await import('../grammar/index.ts');
  const { input, models, directory: other = models, ...rest } = options;
  const directory = other === undefined ? undefined : resolve(other);
  const added = await addModel(file, { ...rest, size: input, directory, countrySigns: countrySigns() });
  const output = createOutput();
  if (options.json) output.json(added);
  else show(output, added, directory ?? modelsDirectory, directory === undefined);
}

type Added = import('../vision/index.ts').AddedModel;

function show(output: Output, added: Added, directory: string, builtIn: boolean): void {
  const { kind, name, what, adapter, inputs, outputs, assumed, warnings, runMs, folder } = added;
  output.line(`${output.paint('bold', name)}: ${what} (adapter ${adapter})`);
  for (const text of inputs) output.field('  input    ', text);
  for (const text of outputs) output.field('  output   ', text);
  for (const text of assumed) output.field('  assumed  ', text);
  if (runMs !== null) output.field('  trial    ', `runs, ${runMs.toFixed(1)} ms each time on one thread`);
  for (const text of warnings) output.field('  careful  ', text, 'yellow');
  output.line(`${output.paint('green', 'added')} ${folder}`);
  output.line();
  const options = `${builtIn ? '' : `--models ${directory} `}--${kind} ${name}`;
  output.line(`Try it:  anpr recognise PICTURE.jpg ${options}`);
  output.line('Use it, in the configuration:');
  output.line('  models:');
  if (!builtIn) output.line(`    directory: ${directory}`);
  output.line(`    ${kind}: ${name}`);
}

function sizeOf(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{2,4})x(\d{2,4})$/.exec(text) ?? [];
  if (!width || !height) throw new InvalidArgumentError('wanted width and height in pixels, like 640x640.');
  return { width: Number(width), height: Number(height) };
}

function classesOf(text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError('wanted numbers, like 0 or 0,2.');
  return text.split(',').map(Number);
}
