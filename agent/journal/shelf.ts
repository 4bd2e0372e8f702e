// The pictures on the disk as the journal knows them: how much there is, what goes first, and files that no record names.
// Rows go in a commit and files after it: what a crash leaves between is a stray file, found by the next sweep.

import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pictureFile, pictureOf } from '../shared/picture-path.ts';
import type { RemovedPicture } from './coverage.ts';
import type { Db } from './schema.ts';
import type { Job } from './store.ts';
import type { GapReason } from './types.ts';

interface ShelvedPicture extends RemovedPicture {
  state: 0 | 1;
  position: number;
  sizeBytes: number;
}

export interface Shelf {
  /** bytes of all pictures, strays among them */
  bytes(): number;
  has(what: 'delivered' | 'undelivered' | 'stray'): boolean;
  /** The oldest ones; `until`: in their state since then or longer (the journal's age). */
  oldest(what: 'delivered' | 'undelivered', until?: number): ShelvedPicture[];
  /** The job that takes them off the books. */
  forget(pictures: readonly ShelvedPicture[], reason: GapReason): Job<void>;
  /** Removes the files. */
  unlink(pictures: readonly RemovedPicture[]): void;
  /** Removes some stray files, oldest first. Returns how many. @param beforeMs only files written before this time */
  unlinkStrays(beforeMs?: number): number;
  /** Looks for files that no record names; some at a time, so that appends go between. */
  sweep(isOver: () => boolean): Promise<void>;
}

const STEP_PICTURES = 100;
/** Files looked at between two commits of others. */
const STEP_FILES = 200;
/** A picture is on the disk before its read is appended: younger files may still be named. */
const STRAY_AFTER_MS = 60 * 60_000;
const MAX_STRAYS = 100_000;

export function createShelf(db: Db, directory: string): Shelf {
  const sum = db.prepare('SELECT coalesce(sum(size_bytes), 0) FROM picture').pluck();
  const any = db.prepare('SELECT 1 FROM picture WHERE state = ? LIMIT 1').pluck();
  const select = db.prepare(
    `SELECT picture.state, picture.position, picture.kind, picture.at, size_bytes AS sizeBytes, record.id AS readId
     FROM picture JOIN record USING (position) WHERE state = ? AND since <= ?
     ORDER BY state, picture.position, kind LIMIT ${STEP_PICTURES}`,
  );
  const remove = db.prepare('DELETE FROM picture WHERE state = ? AND position = ? AND kind = ?');
  const namedAt = db
    .prepare(
      `SELECT at FROM picture WHERE state IN (0, 1) AND kind = ? AND position = (SELECT position FROM record WHERE id = ?)`,
    )
    .pluck();
  let strays: { file: string; sizeBytes: number; modifiedAt: number }[] = [];

  /**
   * Half-written files of a crash end in .part; anything else is not ours. A picture that was made anew after midnight lies in
   * another folder: the earlier file is one that no record names.
   */
  function isStray(file: string): boolean {
    const picture = pictureOf(basename(file));
    if (!picture) return file.endsWith('.part');
    const { readId, kind } = picture;
    const at = namedAt.get(kind, readId) as number | undefined;
    return at === undefined || pictureFile(directory, readId, kind, at) !== file;
  }

  return {
    bytes: () => (sum.get() as number) + strays.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0),
    has: (what) =>
      what === 'stray' ? strays.length > 0 : any.get(what === 'delivered' ? 1 : 0) !== undefined,
    oldest: (what, until = Number.MAX_SAFE_INTEGER) =>
      select.all(what === 'delivered' ? 1 : 0, until) as ShelvedPicture[],
    forget: (pictures, reason) => (store) => {
      for (const { state, position, kind } of pictures) remove.run(state, position, kind);
      store.tellPictures(
        pictures.filter(({ state }) => state === 0),
        reason,
      );
    },
    unlink(pictures) {
      const folders = new Set<string>();
      for (const { readId, kind, at } of pictures) {
        const file = pictureFile(directory, readId, kind, at);
        rmSync(file, { force: true });
        folders.add(dirname(file));
      }
      for (const folder of folders) removeEmpty(folder);
    },
    unlinkStrays(beforeMs = Number.MAX_SAFE_INTEGER) {
      const some = strays.filter(({ modifiedAt }) => modifiedAt < beforeMs).slice(0, STEP_PICTURES);
      strays = strays.filter((stray) => !some.includes(stray));
      // A read that had to wait for the journal may have come since the sweep.
      const stillStray = some.filter(({ file }) => isStray(file));
      for (const { file } of stillStray) rmSync(file, { force: true });
      return stillStray.length;
    },
    async sweep(isOver) {
      const found: typeof strays = [];
      let looked = 0;
      for (const folder of folderNames(directory)) {
        for (const name of fileNames(join(directory, folder))) {
          looked++;
          if (looked % STEP_FILES === 0) await new Promise((resolve) => setImmediate(resolve));
          if (isOver()) return;
          const file = join(directory, folder, name);
          const stat = statSync(file, { throwIfNoEntry: false });
          if (!stat?.isFile() || Date.now() - stat.mtimeMs < STRAY_AFTER_MS) continue;
          if (isStray(file)) found.push({ file, sizeBytes: stat.size, modifiedAt: stat.mtimeMs });
        }
        if (found.length > MAX_STRAYS) break;
      }
      strays = found.sort((a, b) => a.modifiedAt - b.modifiedAt);
    },
  };
}

function folderNames(directory: string): string[] {
  return fileNames(directory)
    .filter((name) => /^\d{4}-\d\d-\d\d$/.test(name))
    .sort();
}

function fileNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // there are more in it
  }
}
