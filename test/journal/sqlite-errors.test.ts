// Which error a person gets to read for what SQLite or the file system said.

import { test } from 'tap';
import { journalError } from '../../agent/journal/sqlite-errors.ts';
import { AnprError } from '../../agent/shared/errors.ts';

const coded = (code: string) => Object.assign(new Error('detail'), { code });

const table: [code: string, expected: string][] = [
  ['SQLITE_FULL', 'journal.full'],
  ['ENOSPC', 'journal.full'],
  ['SQLITE_CORRUPT', 'journal.damaged'],
  ['SQLITE_CORRUPT_INDEX', 'journal.damaged'],
  ['SQLITE_NOTADB', 'journal.damaged'],
  ['SQLITE_CONSTRAINT_NOTNULL', 'journal.rejected'],
  ['SQLITE_TOOBIG', 'journal.rejected'],
  ['SQLITE_IOERR_FSYNC', 'journal.unwritable'],
  ['SQLITE_READONLY', 'journal.unwritable'],
  ['SQLITE_CANTOPEN', 'journal.unwritable'],
  ['EACCES', 'journal.unwritable'],
  ['EROFS', 'journal.unwritable'],
  ['SQLITE_BUSY', 'journal.busy'],
  ['SQLITE_MISUSE', 'journal.failed'],
];

test('codes', async (t) => {
  for (const [code, expected] of table) {
    const error = journalError(coded(code), '/var/lib/anpr/journal.db');
    t.equal(error.code, expected, code);
    t.match(error.message, '/var/lib/anpr/journal.db', `${code} names the file`);
    t.match(error.message, code, 'and keeps the cause');
  }
});

test('what already is one of ours stays', async (t) => {
  const ours = new AnprError('journal.in-use', 'taken');
  t.equal(journalError(ours, '/x'), ours);
});
