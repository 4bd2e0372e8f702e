// The thread that writes the journal, the only one that does.

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { workerData } from 'node:worker_threads';
import { serveThread } from '../shared/thread.ts';
import { type JournalLock, lockJournal } from './lock.ts';
import { assertOursOrDamaged, type Opened, openWhatever } from './recovery.ts';
import { journalError } from './sqlite-errors.ts';
import { createWriter, type WriterNews, type WriterOptions } from './writer.ts';

const options = workerData as WriterOptions;
const { path, bounds } = options;

function open(tell: (news: WriterNews) => void) {
  let lock: JournalLock | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    const opened = openLocked();
    lock = opened.lock;
    const writer = createWriter(options, opened.first, tell);
    return {
      ready: writer.ready,
      operations: writer.operations,
      close() {
        writer.close();
        lock?.release();
      },
    };
  } catch (error) {
    lock?.release();
    throw journalError(error, path);
  }
}

/** A file that is not ours is left alone, with not so much as a lock beside it. */
function openLocked(): { lock: JournalLock; first: Opened } {
  assertOursOrDamaged(path);
  const lock = lockJournal(path);
  try {
    return { lock, first: openWhatever(path, bounds?.maxSizeBytes) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

serveThread(open);
