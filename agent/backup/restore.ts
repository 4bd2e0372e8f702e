// A backup or a bundle becomes this box's configuration. Everything is unpacked and looked at beside its place; only when
// all of it is there and good do files take their names, the configuration last. What fails before has changed nothing.

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Config, loadConfig, parseConfig } from '../config/index.ts';
import { leaveMark, type Mark, readMark } from '../journal/index.ts';
import { type KeyRing, type OpenRing, openRing, sealPassword } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { makeOwnedFolder } from '../shared/owner.ts';
import { configRights, createReplacement, secretRights } from '../shared/replace-file.ts';
import { isoOf } from '../shared/time.ts';
import { listPath, type Rebuilt, rebuildList } from '../watchlist/index.ts';
import { type Container, openContainer } from './container.ts';
import { restoreKeysOf } from './keys.ts';
import { CONFIG_NAME, valueSchema } from './make.ts';
import { announces, isPlainName, journalObjection, type Objection, objectionTo } from './restore-policy.ts';
import type { Openers } from './seal.ts';

export interface RestoreOptions {
  file: string;
  /** where the configuration is to stand */
  configFile: string;
  /** keys that may have signed it: raw, base64 */
  trusted: readonly string[];
  passphrase?: string | undefined;
  privateKeys?: Openers['privateKeys'];
  /** the keys of this box, made when there are none: they seal what is restored */
  ringFor(config: Config): Promise<KeyRing>;
  /** the keys of this box as they are now, for a file that was locked for it */
  ownRing: KeyRing | undefined;
  agentRuns(config: Config): Promise<boolean>;
  force: boolean;
  keepJournal: boolean;
  now?: number;
}

export interface Restored {
  head: Container['head'];
  signerId: string;
  files: string[];
  lists: { list: string; version: number; entries: number }[];
  /** epoch whose end the first start announces; null: none */
  announced: string | null;
  /** where the configuration from before is */
  before: string | null;
  config: Config;
}

/** @throws {AnprError} `restore.*`, `backup.*`, `config.*`: nothing has changed then */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const configFile = resolve(options.configFile);
  const container = await openContainer(options.file);
  const { head, signerId } = container;
  const configExists = existsSync(configFile);
  const { force, trusted, keepJournal } = options;
  const running = configExists ? await runs(options, configFile) : false;
  const objection = objectionTo({
    ...{ head, signerId, trusted, configExists, force, keepJournal, agentRuns: running },
    journal: { inBackup: null, here: null },
  });
  if (objection) throw refusal(objection);
  const folder = dirname(configFile);
  let staging: string | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    staging = mkdtempSync(join(folder, '.restore-'));
    const unpacked = await unpack(container, options, staging, configFile);
    return place(unpacked, options, { container, configFile, configExists });
  } catch (error) {
    if (error instanceof AnprError) throw error;
    throw new AnprError(
      'restore.unwritable',
      `cannot restore to ${folder}: ${messageOf(error)}`,
      codeOf(error) === 'ENOSPC' ? 'Make room on the disk, then run it again.' : 'Run this with sudo.',
      { cause: error },
    );
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
  }
}

interface Unpacked {
  text: string;
  config: Config;
  files: { name: string; bytes: Buffer }[];
  lists: { list: string; version: number; entries: number; path: string }[];
  mark: Mark | undefined;
  ring: OpenRing;
}

async function unpack(
  container: Container,
  options: RestoreOptions,
  staging: string,
  configFile: string,
): Promise<Unpacked> {
  const own = options.ownRing && openRing(options.ownRing);
  const privateKeys = [...(options.privateKeys ?? []), ...(own ? restoreKeysOf(own) : [])];
  const files: Unpacked['files'] = [];
  const lists: Unpacked['lists'] = [];
  let [text, config, mark, ring, list]: [string?, Config?, Mark?, OpenRing?, Rebuilt?] = [];
  let [values, told] = [0, -1];
  const listFile = (id: string) => join(staging, `${id}.db`);
  const finishList = () => {
    if (!list) return;
    const { list: id, version } = list;
    lists.push({ list: id, version, entries: list.finish(), path: listFile(id) });
    list = undefined;
  };
  try {
    for await (const raw of container.content({ passphrase: options.passphrase, privateKeys })) {
      const parsed = valueSchema.safeParse(raw);
      if (!parsed.success) throw strange('it holds something that this agent does not know');
      const value = parsed.data;
      if (value.kind === 'end') {
        told = value.values;
        continue;
      }
      values += 1;
      if (value.kind === 'file' && value.name === CONFIG_NAME) {
        text = Buffer.from(value.base64, 'base64').toString();
        config = parseConfig(text, configFile, { checkFiles: false });
        ring = openRing(await options.ringFor(config));
      } else if (value.kind === 'file') {
        if (!isPlainName(value.name)) throw strange(`it wants to write ${JSON.stringify(value.name)}`);
        const plain = Buffer.from(value.base64, 'base64');
        if (value.sealed && !ring) throw strange('a password stands before the configuration');
        const bytes =
          value.sealed && ring ? Buffer.from(sealPassword(ring.current, plain.toString())) : plain;
        writeFileSync(join(staging, `file-${files.length}`), bytes, { mode: 0o600 }); // is there room for it?
        files.push({ name: value.name, bytes });
      } else if (value.kind === 'list') {
        finishList();
        if (!ring) throw strange('a list stands before the configuration');
        list = rebuildList(listFile, value.meta, ring);
      } else if (value.kind === 'entry') {
        if (!list) throw strange('an entry stands before its list');
        list.add(value.entry);
      } else mark = value.mark;
    }
    finishList();
  } finally {
    list?.close();
  }
  if (told !== values) throw strange(`wanted ${told} things in it, found ${values}`);
  if (text === undefined || !config || !ring) throw strange('there is no configuration in it');
  if (config.site !== container.head.site || config.box !== container.head.box)
    throw strange('its first line names another box than its configuration');
  return { text, config, files, lists, mark, ring };
}

function place(
  { text, config, files, lists, mark }: Unpacked,
  { keepJournal, now = Date.now() }: RestoreOptions,
  {
    container,
    configFile,
    configExists,
  }: { container: Container; configFile: string; configExists: boolean },
): Restored {
  const here = readMark(config.journal.path);
  const journal = {
    inBackup: mark?.epoch ?? null,
    here: here?.epoch ?? (existsSync(config.journal.path) ? 'unknown' : null),
  };
  const objection = journalObjection({ journal, keepJournal });
  if (objection) throw refusal(objection);

  const replacement = createReplacement();
  const { directory } = config.watchlists;
  if (lists.length > 0) makeOwnedFolder(directory, 0o700);
  for (const { list, path } of lists) {
    const { uid, gid } = statSync(directory);
    replacement.add(listPath(directory, list), { copyOf: path }, { mode: 0o600, uid, gid });
  }
  for (const { name, bytes } of files) {
    const path = join(dirname(configFile), name);
    replacement.add(path, bytes, secretRights(path, configFile));
  }
  const rights = configRights(configFile);
  const before = configExists ? `${configFile}.before-${isoOf(now).replaceAll(/[:.]/g, '-')}` : null;
  if (before !== null) replacement.add(before, { copyOf: configFile }, rights);
  replacement.add(configFile, text, rights);
  const announced = announces(journal) ? mark : undefined;
  if (announced) {
    makeOwnedFolder(dirname(config.journal.path), 0o750);
    leaveMark(config.journal.path, announced);
  }
  replacement.commit();
  return {
    head: container.head,
    signerId: container.signerId,
    files: files.map(({ name }) => name),
    lists: lists.map(({ list, version, entries }) => ({ list, version, entries })),
    announced: announced?.epoch ?? null,
    before,
    config,
  };
}

async function runs({ agentRuns }: RestoreOptions, configFile: string): Promise<boolean> {
  let config: Config;
  try {
    config = loadConfig(configFile, { checkFiles: false });
  } catch {
    return false; // no agent runs with a configuration that cannot be used
  }
  return agentRuns(config);
}

const refusal = ({ code, message, remedy }: Objection) => new AnprError(code, message, remedy);

function strange(why: string): AnprError {
  return new AnprError(
    'backup.strange',
    `the file opens, and is not what it should be: ${why}`,
    'It was made by another version or another program: make it again with this one.',
  );
}
