// A source's file becomes the list's next version. It is built beside the one in force and takes its name at the end,
// on the disk: whoever looks sees the old one whole or the new one whole.

import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { OpenRing } from '../seal/index.ts';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { entryOf } from './row-policy.ts';
import { type Columns, type Format, rowsOf } from './rows.ts';
import { createStore, identityOf, readMeta } from './store.ts';

export interface ImportOptions {
  directory: string;
  list: { id: string } & Columns;
  ring: OpenRing;
  file: string;
  format: Format;
  /** default: one more than the version in force */
  version?: number;
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
  entries: number;
  patterns: number;
  /** rows left out */
  badRows: number;
  /** the first of them */
  bad: BadRow[];
  sizeBytes: number;
}

const MOST_ROWS = 20_000_000;
/** each is tried on each read */
const MOST_PATTERNS = 2000;
const MOST_NAMED = 1000;
/** With more bad rows than one in a hundred, and than these, it is another kind of file. */
const BAD_SHARE = 0.01;
const BAD_ALLOWED = 10;

export const listPath = (directory: string, id: string) => join(directory, `${id}.db`);

/**
 * @throws {AnprError} `watchlist.version-back`, `watchlist.unknown-column`, `watchlist.no-plates`, `watchlist.bad-rows`,
 *   `watchlist.empty`, `watchlist.too-large`, `watchlist.file`, `watchlist.unwritable`; the version in force stays
 */
export function importList(options: ImportOptions): ImportReport {
  const { directory, list, ring, file, format } = options;
  const path = listPath(directory, list.id);
  const partial = `${path}.partial-${process.pid}`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    removeLeftovers(directory);
    const version = nextVersion(path, options.version);
    const store = createStore(partial, list.id, version, ring.current);
    let report: ImportReport;
    try {
      const built = fill(store, rowsOf(file, format, list), ring);
      const { entries, patterns } = built;
      report = { list: list.id, version, sizeBytes: 0, ...built };
      const importedAt = options.now ?? Date.now();
      store.finish({ list: list.id, version, entries, patterns, importedAt, keyId: ring.current.id });
    } finally {
      store.close();
    }
    synced(partial);
    // Another import may have come first.
    nextVersion(path, version);
    const { size } = statSync(partial);
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync(directory);
      chownSync(partial, uid, gid);
    }
    renameSync(partial, path);
    synced(dirname(path));
    return { ...report, sizeBytes: size };
  } catch (error) {
    if (error instanceof AnprError) throw error;
    throw new AnprError(
      'watchlist.unwritable',
      `the watchlist ${path} cannot be written: ${messageOf(error)} (${codeOf(error)}); the version before stays in force`,
      'Check the folder, its owner and the space on the disk.',
      { cause: error },
    );
  } finally {
    rmSync(partial, { force: true });
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

function fill(store: ReturnType<typeof createStore>, rows: ReturnType<typeof rowsOf>, ring: OpenRing) {
  const bad: BadRow[] = [];
  let [badRows, entries, patterns, all] = [0, 0, 0, 0];
  const leaveOut = (line: number, reason: string) => {
    badRows += 1;
    if (bad.length < MOST_NAMED) bad.push({ line, reason });
  };
  const seenPatterns = new Set<string>();
  for (const found of rows) {
    all += 1;
    if (all > MOST_ROWS)
      throw new AnprError(
        'watchlist.too-large',
        `wanted at most ${MOST_ROWS} rows, found more; the version before stays in force`,
      );
    const made = 'problem' in found ? found : entryOf(found.row);
    if ('problem' in made) leaveOut(found.line, made.problem);
    else if (!made.wildcard) {
      store.add(found.line, made.entry, false);
      entries += 1;
    } else if (seenPatterns.has(identityOf(made.entry))) leaveOut(found.line, DUPLICATE);
    else if (patterns >= MOST_PATTERNS)
      leaveOut(found.line, `plate: more than ${MOST_PATTERNS} patterns with ? or *`);
    else {
      seenPatterns.add(identityOf(made.entry));
      store.add(found.line, made.entry, true);
      patterns += 1;
    }
  }
  for (const line of store.removeDuplicates(ring)) {
    entries -= 1;
    leaveOut(line, DUPLICATE);
  }
  bad.sort((a, b) => a.line - b.line);
  refuse(entries + patterns, badRows, all, bad);
  return { entries, patterns, badRows, bad };
}

const DUPLICATE = 'plate: stood in an earlier row, with the same country and validity';

function refuse(good: number, badRows: number, all: number, bad: readonly BadRow[]): void {
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
  if (good === 0)
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
