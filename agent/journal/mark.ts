// How far the journal had come, in a small file beside it: epoch, seq, position and age. It is written after each commit and
// not synced, so it is never ahead of the journal's file; when it is, the file was set back (an old copy, a disk that
// lied about a sync), and its seqs must not be given out a second time. After a crash of the process it is exact, after
// a power cut some seconds old. It also names the file it belongs to, so that a copy put in its place is noticed.

import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ownAsFolder } from '../shared/owner.ts';

export interface Mark {
  epoch: string;
  epochNumber: number;
  firstPosition: number;
  /** of the newest record of the epoch */
  seq: number;
  position: number;
  /** the journal's own age in milliseconds */
  ageMs: number;
  /** inode of the journal's file */
  inode: string;
  /** when the file was changed last, as the system says (ctime, nanoseconds); null while it is open */
  closedAt: string | null;
}
/** The part that the journal knows; the rest is the file's. */
export type Reached = Omit<Mark, 'inode' | 'closedAt'>;

export interface MarkWriter {
  write(reached: Reached): void;
  /** After the journal's file was closed for good. */
  close(reached: Reached): void;
  /** Another file takes the journal's place: so does another mark. */
  abandon(): void;
}

/** One write of this length replaces the whole content: it is old or new, never half. */
const LENGTH_BYTES = 512;

export const markPath = (path: string) => `${path}.mark`;

/** Undefined when there is none, or nothing that can be read. */
export function readMark(path: string): Mark | undefined {
  try {
    const mark: unknown = JSON.parse(readFileSync(markPath(path), 'utf8'));
    return isMark(mark) ? mark : undefined;
  } catch {
    return undefined;
  }
}

/** By hand: a schema library for this alone doubles how long the journal's threads take to start. */
export function isMark(value: unknown): value is Mark {
  if (typeof value !== 'object' || value === null) return false;
  const mark = value as Record<keyof Mark, unknown>;
  return (
    [mark.epochNumber, mark.firstPosition, mark.seq, mark.position].every(Number.isSafeInteger) &&
    Number.isFinite(mark.ageMs) &&
    typeof mark.epoch === 'string' &&
    typeof mark.inode === 'string' &&
    (mark.closedAt === null || typeof mark.closedAt === 'string')
  );
}

/** What a file is: another one in its place has other values. Undefined: there is none. */
export function identityOf(path: string): { inode: string; changedAt: string } | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && { inode: String(stat.ino), changedAt: String(stat.ctimeNs) };
}

/** Takes the place of what was there: whole and on disk before it returns. */
export function startMark(path: string, reached: Reached): MarkWriter {
  const file = markPath(path);
  const textOf = (now: Reached, closedAt: string | null) => {
    const { inode } = identityOf(path) ?? { inode: '' };
    return `${JSON.stringify({ ...now, inode, closedAt } satisfies Mark).padEnd(LENGTH_BYTES - 1)}\n`;
  };
  const temporary = `${file}.part`;
  const fd = openSync(temporary, 'w', 0o640);
  ftruncateSync(fd);
  writeSync(fd, textOf(reached, null), 0);
  fsyncSync(fd);
  renameSync(temporary, file);
  syncFolder(dirname(file));
  const { inode } = identityOf(path) ?? { inode: '' };
  let written = reached.position;
  return {
    write(now) {
      if (now.position === written) return;
      const mark: Mark = { ...now, inode, closedAt: null };
      writeSync(fd, `${JSON.stringify(mark).padEnd(LENGTH_BYTES - 1)}\n`, 0);
      written = now.position;
    },
    close(now) {
      writeSync(fd, textOf(now, identityOf(path)?.changedAt ?? null), 0);
      fsyncSync(fd);
      closeSync(fd);
    },
    abandon: () => closeSync(fd),
  };
}

/**
 * For a box that takes another one's place, before its journal is first opened: that journal then begins a new epoch and says
 * that the old one ends at `reached`. The file gets the owner of its folder. @throws the system's error
 */
export function leaveMark(path: string, { inode: _, closedAt: __, ...reached }: Mark): void {
  startMark(path, reached).abandon();
  ownAsFolder(markPath(path));
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
