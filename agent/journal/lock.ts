// One journal, one agent. The lock is SQLite's own write lock on an empty file beside the journal: the kernel takes it
// back when the process dies, however it dies, so there is no stale lock to clean up. Who holds it is written in
// a second file, for the message only.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AnprError, codeOf } from '../shared/errors.ts';

/** How long a starting agent waits for one that is just ending. */
const WAIT_MS = 1000;

export interface JournalLock {
  release(): void;
}

/** Takes the lock on the journal at `path`, or throws `journal.in-use`. The folder must exist. */
export function lockJournal(path: string): JournalLock {
  const pidFile = `${path}.pid`;
  const db = new Database(`${path}.lock`, { timeout: WAIT_MS });
  try {
    // RESERVED lock on an empty file; nothing is ever written to it, so nothing in it can be damaged.
    db.exec('BEGIN IMMEDIATE');
  } catch (error) {
    db.close();
    if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error;
    const pid = holderOf(pidFile);
    throw new AnprError(
      'journal.in-use',
      `Another agent${pid ? ` (process ${pid})` : ''} has the journal ${path} open`,
      'Stop the other agent, or give this one a journal.path of its own',
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return {
    release() {
      rmSync(pidFile, { force: true });
      db.close();
    },
  };
}

function holderOf(pidFile: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(pidFile, 'utf8'))?.[0];
  } catch {
    return undefined;
  }
}
