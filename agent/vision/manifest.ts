// A model is a folder: manifest.json, the ONNX file it names, and a card. The manifest says how the file is fed and
// what its outputs mean; here it is found, checked and the file held against its hash, before anything is run.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';

export const modelKinds = ['detector', 'straightener', 'reader'] as const;
export type ModelKind = (typeof modelKinds)[number];

/** What every manifest has, whatever its adapter. */
export const manifestBase = {
  name: z.string().min(1),
  version: z.string().min(1),
  file: z.string().regex(/^[^/\\]+$/, 'a file in the same folder'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case'),
  licence: z.string().min(1),
  card: z.string().optional(),
};

/** How grey levels enter a net: (level / 255 - mean) * scale. */
export const normalisation = { mean: z.number(), scale: z.number().positive() };

/** Width or height of a net's input, in pixels. */
export const sidePx = z.int().min(32).max(4096);

/** Other sizes that the net's input may have, by name: each replaces keys of `input`. */
const sizes = z.record(
  z.string().regex(/^[a-z][a-z0-9-]*$/, 'a name in small letters, digits and hyphens'),
  z.record(z.string(), z.number()),
);

const loose = z.looseObject({
  ...manifestBase,
  kind: z.enum(modelKinds),
  adapter: z.string(),
  sizes: sizes.optional(),
  input: z.looseObject({}).optional(),
});

export type Manifest = z.infer<typeof loose>;

/** A manifest as found, not yet looked at by its adapter. */
export interface ModelFolder {
  folder: string;
  manifest: Manifest;
}

/** What people are told about a model. */
export interface ModelInfo {
  kind: ModelKind;
  name: string;
  version: string;
  adapter: string;
  licence: string;
  sha256: string;
  sizeBytes: number;
  /** names of the inputs that it may have beside its default one */
  sizes?: string[];
  /** a reader that was loaded: whether its confidences mean what they say */
  calibrated?: boolean;
}

/** The models that come with the agent. */
export const modelsDirectory = path.resolve(import.meta.dirname, '../../models');

/**
 * Finds `directory/<kind>/<name>/manifest.json`, or, when a folder of the user's own has no such model, the one that comes
 * with the agent.
 * @throws AnprError `model.missing`, `model.manifest-invalid`
 */
export async function readManifest(directory: string, kind: ModelKind, name: string): Promise<ModelFolder> {
  const own = path.join(directory, kind, name);
  const folder =
    (await isFolder(directory)) && !(await isFolder(own)) ? path.join(modelsDirectory, kind, name) : own;
  const file = path.join(folder, 'manifest.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'ENOTDIR')
      throw new AnprError(
        'model.unreadable',
        `${kind} ${name}: ${messageOf(cause)}`,
        'Make the file readable.',
      );
    const others = await modelNames(directory, kind);
    throw new AnprError(
      'model.missing',
      `${kind} ${name}: no ${path.join(own, 'manifest.json')}`,
      others.length > 0
        ? `Choose one of the models there: ${others.join(', ')}.`
        : `Put the model's folder into ${path.join(directory, kind)}, or name another models folder.`,
    );
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw invalid(kind, name, `manifest.json is not JSON: ${messageOf(cause)}`);
  }
  const manifest = checked(loose, data, kind, name);
  if (manifest.kind !== kind)
    throw invalid(kind, name, `manifest.json describes a ${manifest.kind}, a ${kind} is wanted here`);
  return { folder, manifest };
}

/**
 * The manifest with another of its inputs.
 * @param size one of the names in `sizes`; undefined and `default` are the input as it is written
 * @throws AnprError `model.unknown-size`
 */
export function withSize({ folder, manifest }: ModelFolder, size = 'default'): ModelFolder {
  const { sizes: named = {}, ...rest } = manifest;
  const chosen = Object.hasOwn(named, size) ? named[size] : size === 'default' ? {} : undefined;
  if (!chosen)
    throw new AnprError(
      'model.unknown-size',
      `${manifest.kind} ${manifest.name} has no input of the name "${size}"`,
      `It has: ${['default', ...Object.keys(named)].join(', ')}.`,
    );
  return { folder, manifest: { ...rest, input: { ...manifest.input, ...chosen } } };
}

/**
 * `data` as the schema has it.
 * @throws AnprError `model.manifest-invalid` that names each key that is wrong
 */
export function checked<T>(schema: z.ZodType<T>, data: unknown, kind: ModelKind, name: string): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    // Of a wrong key zod says only that it is wrong; why is one level down.
    const said = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
    return issue.path.length > 0 ? `${issue.path.join('.')}: ${said}` : said;
  });
  throw invalid(kind, name, `manifest.json: ${problems.join('; ')}`);
}

function invalid(kind: ModelKind, name: string, what: string): AnprError {
  return new AnprError(
    'model.manifest-invalid',
    `${kind} ${name}: ${what}`,
    "Correct the manifest; docs and the manifests of the agent's own models show each key.",
  );
}

/**
 * The model's bytes, held against the manifest's hash.
 * @throws AnprError `model.missing`, `model.unreadable`, `model.hash-mismatch`
 */
export async function readModel({ folder, manifest }: ModelFolder): Promise<Uint8Array> {
  const file = path.join(folder, manifest.file);
  const title = `${manifest.kind} ${manifest.name}`;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT')
      throw new AnprError(
        'model.missing',
        `${title}: no ${file}`,
        'Copy the whole folder of the model again.',
      );
    throw new AnprError('model.unreadable', `${title}: ${messageOf(cause)}`, 'Make the file readable.');
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== manifest.sha256)
    throw new AnprError(
      'model.hash-mismatch',
      `${title}: ${file} (${bytes.length} bytes) has SHA-256 ${sha256}, the manifest wants ${manifest.sha256}`,
      'The file is cut, changed or of another version: copy the whole folder of the model again.',
    );
  return bytes;
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() ?? false;
}

/** Names of the models of one kind, sorted; empty when there is no such folder. */
export async function modelNames(directory: string, kind: ModelKind): Promise<string[]> {
  try {
    const entries = await readdir(path.join(directory, kind), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

export function infoOf({ manifest }: ModelFolder, sizeBytes: number): ModelInfo {
  const { kind, name, version, adapter, licence, sha256, sizes } = manifest;
  return {
    kind,
    name,
    version,
    adapter,
    licence,
    sha256,
    sizeBytes,
    ...(sizes && { sizes: Object.keys(sizes) }),
  };
}

/**
 * What a model's manifest says of it, without loading it.
 * @throws AnprError `model.missing`, `model.manifest-invalid`, `model.unreadable`
 */
export async function modelInfo(directory: string, kind: ModelKind, name: string): Promise<ModelInfo> {
  const found = await readManifest(directory, kind, name);
  const file = path.join(found.folder, found.manifest.file);
  const { size } = await stat(file).catch(() => {
    throw new AnprError(
      'model.missing',
      `${kind} ${name}: no ${file}`,
      'Copy the whole folder of the model again.',
    );
  });
  return infoOf(found, size);
}
