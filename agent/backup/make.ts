// What a box's backup holds: its configuration as it stands, the files beside it that the configuration needs, the lists, and
// how far the journal had come. Reads and pictures are not in it (anpr journal export), nor is a key that never leaves
// the box: the keys that sign, and the key of its certificate.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { type Config, loadConfig, namedFiles } from '../config/index.ts';
import { isMark, type Mark, readMark } from '../journal/index.ts';
import { isSealedPassword, isSealedPrivateKey, type OpenRing, openPassword } from '../seal/index.ts';
import { AnprError, messageOf } from '../shared/errors.ts';
import { foundInstead } from '../shared/file-fault.ts';
import { type ListMeta, listContents, type StoredEntry } from '../watchlist/index.ts';

/** Folder beside the configuration, whose files all go along: credentials of the unit are there too. */
const SECRETS = 'secrets';
const MAX_FILE_BYTES = 1_000_000;

/** Files are named as seen from the configuration's folder; the configuration itself is `agent.yaml`, whatever it is called. */
export const CONFIG_NAME = 'agent.yaml';

export const valueSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('file'),
    name: z.string().max(300),
    base64: z.string(),
    /** a password, which lies sealed with the keys of the box: here it is opened, there sealed again */
    sealed: z.literal(true).optional(),
  }),
  z.strictObject({ kind: z.literal('list'), meta: z.record(z.string(), z.unknown()) }),
  z.strictObject({ kind: z.literal('entry'), entry: z.record(z.string(), z.unknown()) }),
  z.strictObject({ kind: z.literal('mark'), mark: z.custom<Mark>(isMark) }),
  z.strictObject({ kind: z.literal('end'), values: z.int() }),
]);

export type Value =
  | { kind: 'file'; name: string; base64: string; sealed?: true | undefined }
  | { kind: 'list'; meta: ListMeta }
  | { kind: 'entry'; entry: StoredEntry }
  | { kind: 'mark'; mark: Mark }
  | { kind: 'end'; values: number };

export interface Counted {
  files: number;
  lists: { list: string; version: number; entries: number }[];
  /** files that the configuration names and that are not in it, with why */
  left: { name: string; why: string }[];
}

/** The values in their order, and what was counted once they are through. @throws {AnprError} `config.*`, `watchlist.*`, `backup.unreadable` */
export function contentOf(
  configFile: string,
  ring: OpenRing,
): { values: Generator<Value, void>; counted: Counted } {
  const counted: Counted = { files: 0, lists: [], left: [] };
  return { values: valuesOf(configFile, ring, counted), counted };
}

function* valuesOf(configFile: string, ring: OpenRing, counted: Counted): Generator<Value, void> {
  const config = loadConfig(configFile, { checkFiles: false });
  let values = 0;
  const told = <V extends Value>(value: V): V => {
    values += 1;
    return value;
  };
  yield told(fileValue(CONFIG_NAME, configFile, ring));
  for (const { name, path } of filesOf(config, configFile, counted)) {
    counted.files += 1;
    yield told(fileValue(name, path, ring));
  }
  for (const { id } of config.watchlists.lists) {
    const list = listContents(config.watchlists.directory, id, ring);
    if (!list) continue;
    try {
      yield told({ kind: 'list', meta: list.meta });
      let entries = 0;
      for (const entry of list.entries()) {
        entries += 1;
        yield told({ kind: 'entry', entry });
      }
      counted.lists.push({ list: id, version: list.meta.version, entries });
    } finally {
      list.close();
    }
  }
  const mark = readMark(config.journal.path);
  if (mark) yield told({ kind: 'mark', mark });
  yield { kind: 'end', values };
}

function* filesOf(
  config: Config,
  configFile: string,
  counted: Counted,
): Generator<{ name: string; path: string }> {
  const folder = dirname(resolve(configFile));
  const seen = new Set<string>();
  const named = [...namedFiles(config).map(({ path }) => path), ...namesIn(join(folder, SECRETS))];
  for (const path of named) {
    if (seen.has(path)) continue;
    seen.add(path);
    const name = relative(folder, path);
    const why = whyLeft(name, path);
    if (why === undefined) yield { name, path };
    else counted.left.push({ name: path, why });
  }
}

function whyLeft(name: string, path: string): string | undefined {
  if (name.startsWith('..') || isAbsolute(name)) return 'it lies outside the folder of the configuration';
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) return `it has more than ${MAX_FILE_BYTES} bytes`;
    if (isSealedPrivateKey(readFileSync(path, 'latin1')))
      return 'it holds a key that never leaves the box: enrol the new one (anpr enrol)';
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

/** @throws {AnprError} `backup.unreadable`, `seal.*` */
function fileValue(name: string, path: string, ring: OpenRing): Value {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new AnprError(
      'backup.unreadable',
      `wanted a file in ${path}, found ${foundInstead(error)}`,
      'Run this with sudo.',
    );
  }
  const text = bytes.toString('latin1');
  if (!isSealedPassword(text)) return { kind: 'file', name, base64: bytes.toString('base64') };
  return {
    kind: 'file',
    name,
    base64: Buffer.from(openPassword(ring, text)).toString('base64'),
    sealed: true,
  };
}
