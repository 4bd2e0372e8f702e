// `anpr models`: which models there are, and whether their files are what their manifests say. models-add.ts adds one.

import type { Command } from 'commander';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import type { ModelInfo, ModelKind } from '../vision/index.ts';
import { exitCodes } from './exit-codes.ts';
import { registerModelsAdd } from './models-add.ts';
import { example, jsonOption } from './options.ts';
import { createOutput } from './output.ts';
import type { Cell } from './table.ts';
import { sizeText } from './times.ts';

interface ModelsOptions {
  models?: string;
  json?: true;
}

interface Found {
  kind: ModelKind;
  name: string;
  info?: ModelInfo;
  error?: { code: string; message: string };
}

const FOLDER = [
  '--models <folder>',
  'folder with detector/, straightener/, reader/ (default: the models that come with anpr)',
] as const;

export function registerModels(program: Command): void {
  const models = program.command('models').description('list, verify and add models');
  const list = models
    .command('list')
    .description('list the models that there are')
    .option(...FOLDER)
    .addOption(jsonOption('print one JSON document'))
    .action((options: ModelsOptions) => showModels(undefined, options, false));
  example(list, 'anpr models list');
  const verify = models
    .command('verify')
    .description('load each model: file, SHA-256, manifest and shape must fit')
    .argument('[name...]', 'only the models of these names (default: all)')
    .option(...FOLDER)
    .addOption(jsonOption('print one JSON document'))
    .action((names: string[], options: ModelsOptions) => showModels(names, options, true));
  example(verify, 'anpr models verify', 'anpr models verify crnn-v1');
  registerModelsAdd(models);
  example(models, 'anpr models list', 'anpr models verify', 'anpr models add detector.onnx --licence MIT');
}

async function showModels(
  names: readonly string[] | undefined,
  options: ModelsOptions,
  load: boolean,
): Promise<void> {
  const { modelInfo, modelKinds, modelNames, modelsDirectory, verifyModel } = await import(
    '../vision/index.ts'
  );
  const directory = options.models ?? modelsDirectory;
  const found: Found[] = [];
  for (const kind of modelKinds)
    for (const name of await modelNames(directory, kind)) {
      if (names?.length && !names.includes(name)) continue;
      try {
        const info = await (load ? verifyModel : modelInfo)(directory, kind, name);
        found.push({ kind, name, info });
      } catch (error) {
        if (!(error instanceof AnprError)) throw error;
        found.push({ kind, name, error: { code: codeOf(error), message: messageOf(error) } });
      }
    }
  const missing = (names ?? []).find((name) => !found.some((model) => model.name === name));
  if (missing !== undefined)
    throw new AnprError(
      'model.missing',
      `there is no model "${missing}" in ${directory}`,
      'See which there are: anpr models list',
    );
  if (found.length === 0)
    throw new AnprError(
      'model.missing',
      `there are no models in ${directory}`,
      'Name another folder with --models.',
    );
  const output = createOutput();
  if (options.json) output.json(found);
  else if (load)
    output.table(
      ['', 'KIND', 'NAME', 'FINDING'],
      found.map((model) => verifyRow(model)),
    );
  else output.table(['KIND', 'NAME', 'VERSION', 'ADAPTER', 'SIZE', 'LICENCE', 'SHA-256'], found.map(listRow));
  if (found.some(({ error }) => error)) process.exitCode = exitCodes.failed;
}

function listRow({ kind, name, info, error }: Found): Cell[] {
  if (!info) return [kind, name, { text: error!.message, style: 'red' }];
  return [
    kind,
    name,
    info.version,
    info.adapter,
    sizeText(info.sizeBytes),
    info.licence,
    info.sha256.slice(0, 7), // seven columns fit 80 characters; --json has it whole
  ];
}

function verifyRow({ kind, name, info, error }: Found): Cell[] {
  if (!info) return [{ text: 'fail', style: 'red' }, kind, name, `${error!.message} (${error!.code})`];
  return [
    { text: 'ok', style: 'green' },
    kind,
    name,
    `version ${info.version}, adapter ${info.adapter}${inputsOf(info)}, ${sizeText(info.sizeBytes)}, SHA-256 as in its manifest, runs${calibrationOf(info)}`,
  ];
}

const inputsOf = ({ sizes }: ModelInfo) =>
  sizes?.length ? `, inputs ${['default', ...sizes].join(', ')}` : '';

const calibrationOf = ({ calibrated }: ModelInfo) =>
  calibrated === undefined ? '' : calibrated ? ', calibrated' : ', not calibrated';
