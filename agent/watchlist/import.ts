// A source's file, or what was published, becomes the list's next version: whole, or as changes to the one in force. It is
// built beside that one and takes its name at the end, on the disk: whoever looks sees the old one whole or the new one whole.

import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { MAX_ROWS } from '../contract/index.ts';
import type { OpenRing } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { makeOwnedFolder, ownAsFolder } from '../shared/owner.ts';
import { changeStore } from './delta.ts';
import { entryOf, type RowEntry } from './row-policy.ts';
import { type Columns, type Format, fileSource, rowsOf, type Source } from './rows.ts';
import { identityOf } from './sealed.ts';
import { type ListMeta, type Published, readMeta } from './store.ts';
import { createStore } from './writer.ts';

export interface ImportOptions {
  directory: string;
  list: { id: string } & Columns;
  ring: OpenRing;
  /** where the rows come from: a file's path, or something else that has them */
  file: string | Source;
  format: Format;
  /** default: as many as the contract allows */
  mostRows?: number;
  /** the rows are changes to the version in force; default: they are the whole list */
  delta?: boolean;
  /** default: one more than the version in force */
  version?: number;
  /** what the publisher says of it */
  published?: Published;
  /** a list without entries is meant to be one; default: it is refused */
  mayBeEmpty?: boolean;
  now?: number;
}

export interface BadRow {
  /** of the source's file, from 1 */
  line: number;
  reason: string;
}

export interface ImportReport {
  list: string;
  version: number;
  /** of the whole list */
  entries: number;
  patterns: number;
  /** rows left out */
  badRows: number;
  /** the first of them */
  bad: BadRow[];
  sizeBytes: number;
}

/** each is tried on each read */
const MOST_PATTERNS = 2000;
const MOST_NAMED = 1000;
/** With more bad rows than one in a hundred, and than these, it is another kind of file. */
const BAD_SHARE = 0.01;
const BAD_ALLOWED = 10;

export const listPath = (directory: string, id: string) => join(directory, `${id}.db`);

/**
 * @throws {AnprError} `watchlist.version-back`, `watchlist.unknown-column`, `watchlist.no-plates`, `watchlist.bad-rows`,
 *   `watchlist.empty`, `watchlist.too-large`, `watchlist.file`, `watchlist.no-room`, `watchlist.unwritable`; of a delta also
 *   `watchlist.none`, `watchlist.damaged`, `seal.key-lost`; the version in force stays
 */
export function importList(options: ImportOptions): ImportReport {
  const { directory, list } = options;
  const path = listPath(directory, list.id);
  const partial = `${path}.partial-${process.pid}`;
  try {
    makeOwnedFolder(directory, 0o700);
    removeLeftovers(directory);
    rmSync(partial, { force: true });
    const version = nextVersion(path, options.version);
    const report = options.delta
      ? changed(options, path, partial, version)
      : built(options, partial, version);
    synced(partial);
    // Another import may have come first.
    nextVersion(path, version);
    const { size } = statSync(partial);
    chmodSync(partial, 0o600);
    ownAsFolder(partial);
    renameSync(partial, path);
    synced(dirname(path));
    return { ...report, sizeBytes: size };
  } catch (error) {
    if (error instanceof AnprError) throw error;
    const full = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(codeOf(error));
    throw new AnprError(
      full ? 'watchlist.no-room' : 'watchlist.unwritable',
      `the watchlist ${path} cannot be written: ${messageOf(error)} (${codeOf(error)}); the version before stays in force`,
      full ? 'Make room on the disk.' : 'Check the folder, its owner and the space on the disk.',
      { cause: error },
    );
  } finally {
    rmSync(partial, { force: true });
  }
}

/** What stands in a file besides its rows. */
function metaOf(
  options: ImportOptions,
  version: number,
  counts: Pick<ListMeta, 'entries' | 'patterns' | 'keyId' | 'sealedAs' | 'lastLine' | 'badRows'>,
): ListMeta {
  const { list, published, now = Date.now() } = options;
  return { list: list.id, version, importedAt: now, published, ...counts };
}

function built(options: ImportOptions, partial: string, version: number): ImportReport {
  const { list, ring } = options;
  const store = createStore(partial, list.id, version, ring.current);
  try {
    const report = fill(store, options);
    const { entries, patterns, badRows } = report;
    store.finish(metaOf(options, version, { entries, patterns, badRows, keyId: ring.current.id }));
    return { list: list.id, version, sizeBytes: 0, ...report };
  } finally {
    store.close();
  }
}

function changed(options: ImportOptions, path: string, partial: string, version: number): ImportReport {
  const store = changeStore(path, partial, options.ring);
  try {
    const bad: BadRow[] = [];
    let [all, badRows] = [0, 0];
    for (const found of limited(options)) {
      all += 1;
      const made = 'problem' in found ? found : entryOf(found.row);
      const problem =
        'problem' in made
          ? made.problem
          : made.wildcard && made.action === 'add' && store.counts.patterns >= MOST_PATTERNS
            ? TOO_MANY_PATTERNS
            : store.apply(made as RowEntry) === 0 && (made as RowEntry).action === 'remove'
              ? 'action: there is no such entry to remove'
              : undefined;
      if (problem === undefined) continue;
      badRows += 1;
      if (bad.length < MOST_NAMED) bad.push({ line: found.line, reason: problem });
    }
    const { entries, patterns } = store.counts;
    refuse(entries + patterns, badRows, all, bad, options.mayBeEmpty);
    const { keyId, sealedAs = store.meta.version } = store.meta;
    const { lastLine } = store;
    store.finish(metaOf(options, version, { entries, patterns, keyId, sealedAs, lastLine, badRows }));
    return { list: options.list.id, version, sizeBytes: 0, entries, patterns, badRows, bad };
  } finally {
    store.close();
  }
}

function* limited({ file, format, list, mostRows = MAX_ROWS }: ImportOptions) {
  let all = 0;
  for (const found of rowsOf(typeof file === 'string' ? fileSource(file) : file, format, list)) {
    all += 1;
    if (all > mostRows)
      throw new AnprError(
        'watchlist.too-large',
        `wanted at most ${mostRows} rows, found more; the version before stays in force`,
      );
    yield found;
  }
}

function nextVersion(path: string, wanted: number | undefined): number {
  const inForce = inForceAt(path);
  const version = wanted ?? inForce + 1;
  if (version <= inForce)
    throw new AnprError(
      'watchlist.version-back',
      `version ${inForce} is in force, and ${version} is not newer`,
      'Give a higher version.',
    );
  return version;
}

/** A damaged file is replaced by whatever comes. */
function inForceAt(path: string): number {
  try {
    return readMeta(path)?.version ?? 0;
  } catch {
    return 0;
  }
}

function fill(store: ReturnType<typeof createStore>, options: ImportOptions) {
  const bad: BadRow[] = [];
  let [badRows, entries, patterns, all] = [0, 0, 0, 0];
  const leaveOut = (line: number, reason: string) => {
    badRows += 1;
    if (bad.length < MOST_NAMED) bad.push({ line, reason });
  };
  const seenPatterns = new Set<string>();
  for (const found of limited(options)) {
    all += 1;
    const made = 'problem' in found ? found : entryOf(found.row);
    if ('problem' in made) leaveOut(found.line, made.problem);
    else if (made.action === 'remove') leaveOut(found.line, 'action: only a delta removes entries');
    else if (!made.wildcard) {
      store.add(found.line, made.entry, false);
      entries += 1;
    } else if (seenPatterns.has(identityOf(made.entry))) leaveOut(found.line, DUPLICATE);
    else if (patterns >= MOST_PATTERNS) leaveOut(found.line, TOO_MANY_PATTERNS);
    else {
      seenPatterns.add(identityOf(made.entry));
      store.add(found.line, made.entry, true);
      patterns += 1;
    }
  }
  for (const line of store.removeDuplicates(options.ring, Math.max(BAD_ALLOWED, all * BAD_SHARE))) {
    entries -= 1;
    leaveOut(line, DUPLICATE);
  }
  bad.sort((a, b) => a.line - b.line);
  refuse(entries + patterns, badRows, all, bad, options.mayBeEmpty);
  return { entries, patterns, badRows, bad };
}

const TOO_MANY_PATTERNS = `plate: more than ${MOST_PATTERNS} patterns with ? or *`;
const DUPLICATE = 'plate: stood in an earlier row, with the same country and validity';

function refuse(
  good: number,
  badRows: number,
  all: number,
  bad: readonly BadRow[],
  mayBeEmpty = false,
): void {
  const first = bad
    .slice(0, 5)
    .map(({ line, reason }) => `line ${line}: ${reason}`)
    .join('; ');
  if (badRows > BAD_ALLOWED && badRows > all * BAD_SHARE)
    throw new AnprError(
      'watchlist.bad-rows',
      `${badRows} of ${all} rows cannot be taken (${first} …); the version before stays in force`,
      'Check the columns and the delimiter of the list in the configuration, and ask its source.',
    );
  if (good === 0 && !mayBeEmpty)
    throw new AnprError(
      'watchlist.empty',
      `the file has no entry that can be taken${first && ` (${first})`}; the version before stays in force`,
    );
}

/** What an import that was killed left behind. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = /\.partial-(\d+)$/.exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(directory, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function synced(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
