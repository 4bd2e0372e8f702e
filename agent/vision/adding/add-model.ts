// Adds a model: an ONNX file gets a folder and a manifest, written after a look at its graph and a trial run; a folder that
// has a manifest is copied. Either is there whole or not at all, and nothing that is there is replaced.

import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AnprError, codeOf, messageOf } from '../../shared/errors.ts';
import { type ModelKind, modelInfo, modelKinds, modelsDirectory } from '../manifest.ts';
import { type Graph, openGraph, Tensor } from '../session.ts';
import { verifyModel } from '../vision.ts';
import { type Hints, type PlateConfig, type Proposal, valueText } from './graph.ts';
import { propose } from './graph-policy.ts';
import { readOnnxFile } from './onnx-file.ts';
import { plateConfigNames, readPlateConfig } from './plate-config.ts';
import { checkYolo, kindOfRows } from './trial-policy.ts';

export interface AddOptions extends Omit<Hints, 'plateConfig'> {
  /** folder with detector/ and reader/; default: the models that come with the agent */
  directory?: string | undefined;
  /** default: the file's name */
  name?: string | undefined;
  licence?: string | undefined;
  /** fast-plate-ocr's YAML file; default: the one beside the model, if there is one */
  plateConfig?: string | undefined;
}

export interface AddedModel {
  kind: ModelKind;
  name: string;
  folder: string;
  adapter: string;
  licence: string;
  sha256: string;
  /** for people: what it was taken for */
  what: string;
  inputs: string[];
  outputs: string[];
  /** what nobody told and was assumed */
  assumed: string[];
  /** what a person should look at */
  warnings: string[];
  /** milliseconds of one run on one thread, noise in; null for a copied folder */
  runMs: number | null;
}

const TRIAL_RUNS = 3;
const UNKNOWN_LICENCE = 'unknown';

/**
 * @param source an ONNX file, or a folder with manifest.json
 * @throws AnprError `model.missing`, `model.exists`, `model.bad-name`, `model.not-onnx`, `model.cut`, `model.unreadable`,
 * `model.unknown-graph`, `model.ambiguous`, `model.size-wanted`, `model.plate-config`, `model.cannot-write`, and what
 * verifying throws
 */
export async function addModel(source: string, options: AddOptions): Promise<AddedModel> {
  const found = await stat(source).catch((cause) => {
    if (codeOf(cause) === 'ENOENT') throw new AnprError('model.missing', `${source}: no such file`);
    throw new AnprError('model.unreadable', `${source}: ${messageOf(cause)}`, 'Make the file readable.');
  });
  return found.isDirectory() ? addFolder(source, options) : addFile(source, options);
}

async function addFile(file: string, options: AddOptions): Promise<AddedModel> {
  const title = path.basename(file);
  const bytes = await readFile(file).catch((cause) => {
    throw new AnprError('model.unreadable', `${file}: ${messageOf(cause)}`, 'Make the file readable.');
  });
  const { properties } = readOnnxFile(bytes, title);
  const name = nameOf(options.name ?? title.replace(/\.onnx$/i, ''));
  const plateConfig = await plateConfigOf(file, options.plateConfig);
  const graph = await openGraph(bytes, title);
  let proposal: Proposal;
  let trial: Awaited<ReturnType<typeof tryGraph>>;
  try {
    proposal = propose({ ...graph, properties }, { ...options, plateConfig });
    trial = await tryGraph(graph, proposal);
  } finally {
    await graph.close();
  }
  const licence = options.licence ?? (properties.license || UNKNOWN_LICENCE);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const head = { name, kind: proposal.kind, version: '1', file: 'model.onnx', sha256, licence };
  const manifest = { ...head, adapter: proposal.adapter, ...trial.manifest };
  const folder = await place(proposal.kind, name, options.directory, async (into) => {
    await writeFile(path.join(into, 'model.onnx'), bytes);
    await writeFile(path.join(into, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  });
  return {
    ...{ kind: proposal.kind, name, folder, adapter: proposal.adapter, licence, sha256, what: proposal.what },
    inputs: graph.inputs.map(valueText),
    outputs: graph.outputs.map(valueText),
    assumed: proposal.assumed,
    warnings: warningsOf(manifest, options.licence),
    runMs: trial.ms,
  };
}

/** A model that somebody has described already. */
async function addFolder(source: string, options: AddOptions): Promise<AddedModel> {
  const file = path.join(source, 'manifest.json');
  let described: { kind?: unknown } | null;
  try {
    described = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new AnprError(
      'model.missing',
      `${source} is a folder, and ${codeOf(cause) === 'ENOENT' ? 'there is no manifest.json in it' : messageOf(cause)}`,
      'Name the .onnx file itself, or a folder with a manifest.',
    );
  }
  const kind = modelKinds.find((known) => known === described?.kind);
  if (kind === undefined)
    throw new AnprError('model.manifest-invalid', `${file}: kind: one of ${modelKinds.join(', ')} is wanted`);
  const name = nameOf(options.name ?? path.basename(path.resolve(source)));
  const folder = await place(kind, name, options.directory, (into) => cp(source, into, { recursive: true }));
  const { adapter, licence, sha256 } = await modelInfo(options.directory ?? modelsDirectory, kind, name);
  return {
    ...{ kind, name, folder, adapter, licence, sha256, what: 'a folder with its manifest' },
    ...{ inputs: [], outputs: [], assumed: [], warnings: warningsOf({ licence }, undefined), runMs: null },
  };
}

/** Folder names are also what the configuration says. */
function nameOf(wanted: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(wanted)) return wanted;
  throw new AnprError(
    'model.bad-name',
    `"${wanted}" cannot be a model's name: letters, digits, ".", "_" and "-" only, and no sign first`,
    'Give it another one: --name NAME.',
  );
}

async function plateConfigOf(file: string, given: string | undefined): Promise<PlateConfig | undefined> {
  if (given !== undefined) {
    const config = await readPlateConfig(given);
    if (!config) throw new AnprError('model.missing', `${given}: no such file`);
    return config;
  }
  for (const candidate of plateConfigNames(file)) {
    const config = await readPlateConfig(candidate);
    if (config) return config;
  }
  return undefined;
}

/** Runs the graph on noise: how long it takes, and what only its numbers tell. */
async function tryGraph(graph: Graph, { adapter, manifest }: Proposal) {
  const input = manifest.input as { name: string; layout: string; width: number; height: number };
  const value = graph.inputs[0]!;
  const channels = value.dims[input.layout === 'NHWC' ? 3 : 1]!;
  const { width, height } = input;
  const dims = input.layout === 'NHWC' ? [1, height, width, channels] : [1, channels, height, width];
  const feeds = { [input.name]: noise(value.type, dims) };
  let ms = Infinity;
  let outputs: Record<string, Tensor> = {};
  try {
    for (let run = 0; run < TRIAL_RUNS; run++) {
      const started = performance.now();
      outputs = await graph.run(feeds);
      ms = Math.min(ms, performance.now() - started);
    }
  } catch (cause) {
    throw new AnprError(
      'model.wrong-shape',
      `a trial run with ${input.name} [${dims.join(', ')}] failed: ${messageOf(cause)}`,
      'Its size may be another: --input WIDTHxHEIGHT, as in training.',
      { cause },
    );
  }
  return {
    ms,
    manifest: adapter === 'slots' ? withKinds(manifest, outputs) : yoloChecked(manifest, outputs),
  };
}

function withKinds(manifest: Record<string, unknown>, outputs: Record<string, Tensor>) {
  const { alphabet, output } = manifest as {
    alphabet: string;
    output: { characters: string; country?: string };
  };
  const data = (name: string) => outputs[name]!.data as Float32Array;
  const kind = kindOfRows(data(output.characters), alphabet.length);
  const region = output.country && data(output.country);
  const countryKind = region ? { countryKind: kindOfRows(region, region.length) } : {};
  return { ...manifest, output: { ...output, kind, ...countryKind } };
}

function yoloChecked(manifest: Record<string, unknown>, outputs: Record<string, Tensor>) {
  const { input, output } = manifest as {
    input: { width: number };
    output: { name: string; classes?: number };
  };
  const tensor = outputs[output.name]!;
  if (output.classes !== undefined)
    checkYolo(tensor.data as Float32Array, tensor.dims[2]!, output.classes, input.width);
  return manifest;
}

/** The same numbers each time (a linear congruential generator, Numerical Recipes' constants). */
function noise(type: string, dims: number[]): Tensor {
  const size = dims.reduce((all, length) => all * length, 1);
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return type === 'uint8'
    ? new Tensor(
        'uint8',
        Uint8Array.from({ length: size }, () => next() * 256),
        dims,
      )
    : new Tensor('float32', Float32Array.from({ length: size }, next), dims);
}

/**
 * Fills a folder aside, proves that the agent takes it, and moves it to its place.
 * @throws AnprError `model.exists`, `model.cannot-write`, and what verifying throws
 */
async function place(
  kind: ModelKind,
  name: string,
  directory = modelsDirectory,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = path.join(directory, kind, name);
  if (await stat(folder).catch(() => undefined))
    throw new AnprError(
      'model.exists',
      `there is a ${kind} ${name} already: ${folder}`,
      'Give the new one another name with --name, or remove the old one first.',
    );
  const aside = await writing(directory, async () => {
    await mkdir(path.dirname(folder), { recursive: true });
    return mkdtemp(path.join(directory, '.adding-'));
  });
  try {
    const draft = path.join(aside, kind, name);
    await writing(directory, async () => {
      await mkdir(draft, { recursive: true });
      await fill(draft);
    });
    await verifyModel(aside, kind, name);
    await writing(directory, () => rename(draft, folder));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return folder;
}

async function writing<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new AnprError(
      'model.cannot-write',
      `${directory}: ${messageOf(cause)}`,
      'Name a folder of your own with --models, and put it into the configuration as models.directory.',
      { cause },
    );
  }
}

function warningsOf(manifest: { licence: string; input?: unknown }, told: string | undefined): string[] {
  const warnings = [];
  if (manifest.licence === UNKNOWN_LICENCE)
    warnings.push(
      'nobody has said under which licence it is: find out before you use it, and say it with --licence',
    );
  else if (told === undefined && 'input' in manifest)
    warnings.push(`the licence is what the file itself says: ${manifest.licence}`);
  const { colour } = (manifest.input ?? {}) as { colour?: string };
  if (colour && colour !== 'luma')
    warnings.push(
      'it looks at colour, which costs more of each frame (docs/models.md says how much) and is not there at night in infra-red',
    );
  return warnings;
}
