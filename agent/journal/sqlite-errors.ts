// What SQLite's error codes mean to the person who runs the box. Pure: a table of codes, kept apart so that the
// writer, the queries and the opening all say the same.

import { AnprError, codeOf, messageOf } from '../shared/errors.ts';

/** The AnprError for whatever SQLite or the file system threw; one that already is an AnprError passes. */
export function journalError(error: unknown, path: string): AnprError {
  if (error instanceof AnprError) return error;
  const code = codeOf(error);
  const detail = `${messageOf(error)} (${code})`;
  const cause = { cause: error };
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT')
    return new AnprError(
      'journal.full',
      `No space for the journal ${path}: ${detail}`,
      'Free space on the disk; the record is tried again',
      cause,
    );
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return new AnprError(
      'journal.damaged',
      `The journal ${path} is damaged: ${detail}`,
      'Keep a copy of the file and its -wal beside it, then move both away: the agent starts a new journal',
      cause,
    );
  if (/^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/.test(code) || error instanceof TypeError)
    return new AnprError(
      'journal.rejected',
      `The journal ${path} cannot keep this record: ${detail}`,
      undefined,
      cause,
    );
  if (/^SQLITE_(READONLY|CANTOPEN|IOERR|PERM|AUTH|NOLFS)/.test(code) || /^E[A-Z]+$/.test(code))
    return new AnprError(
      'journal.unwritable',
      `The journal ${path} cannot be written: ${detail}`,
      'Check that the folder exists, belongs to the user the agent runs as, and that the disk is healthy',
      cause,
    );
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return new AnprError(
      'journal.busy',
      `The journal ${path} is held by another program: ${detail}`,
      'Close whatever else has the file open for writing',
      cause,
    );
  return new AnprError('journal.failed', `The journal ${path} failed: ${detail}`, undefined, cause);
}

/** Whether it says that the file itself is damaged: then it is replaced, and what can be saved is saved. */
export function isDamage(error: unknown): boolean {
  if (error instanceof AnprError && error.cause !== undefined) return isDamage(error.cause);
  const code = codeOf(error);
  return (
    /^SQLITE_(CORRUPT|NOTADB|IOERR_(READ|SHORT_READ|CORRUPTFS|DATA))/.test(code) ||
    code === 'journal.damaged' ||
    // a schema whose pages are gone
    (code === 'SQLITE_ERROR' && /no such (table|column)|malformed/.test(messageOf(error)))
  );
}

/** Runs `work`; what it throws becomes an AnprError. */
export function inJournalTerms<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw journalError(error, path);
  }
}
