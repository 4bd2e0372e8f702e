// What the journal does when the disk, the file or another agent is in the way: a clear error, nothing lost that
// was acknowledged, and on with it as soon as the obstacle is gone.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { test } from 'tap';
import { openJournal, openJournalReadOnly } from '../../agent/journal/index.ts';
import { openForWriting, SCHEMA_VERSION } from '../../agent/journal/schema.ts';
import { ADDRESS, newRead, silent } from './records.ts';

const open = (path: string) => openJournal({ path, log: silent, address: ADDRESS });

interface Appender {
  pid: number;
  /** ids of the records that were acknowledged to it, so far */
  acknowledged: string[];
  /** resolves once so many are acknowledged; rejects when it ended before */
  reached(count: number): Promise<void>;
  /** kills it with -9; resolves when all that it said has been read */
  kill9(): Promise<void>;
}

/** Another agent: a process that opens the journal and appends until it is killed. */
function startAppender(path: string): Appender {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'appender.ts'), path]);
  const acknowledged: string[] = [];
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const lines = createInterface({ input: child.stdout });
  // The last line may be cut: an id has 36 characters.
  lines.on('line', (line) => line.length === 36 && acknowledged.push(line));
  const closed = once(child, 'close');
  return {
    pid: child.pid!,
    acknowledged,
    async reached(count) {
      const early = closed.then(([code, signal]) => {
        throw new Error(`the appender ended with ${code ?? signal}: ${said}`);
      });
      while (acknowledged.length < count) await Promise.race([once(lines, 'line'), early]);
    },
    async kill9() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

test('each opening sets synchronous=FULL: better-sqlite3 by itself falls back to NORMAL', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  for (const opening of ['first', 'second']) {
    const db = openForWriting(path);
    t.equal(db.pragma('synchronous', { simple: true }), 2, opening);
    t.equal(db.pragma('journal_mode', { simple: true }), 'wal', opening);
    db.close();
  }
});

test('a journal from a newer agent is left as it is, and the message says both versions', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  await (await open(path)).close();
  const newer = new Database(path);
  newer.pragma(`user_version = ${SCHEMA_VERSION + 6}`);
  newer.close();
  const before = readFileSync(path);
  const expected = {
    code: 'journal.newer-version',
    message: new RegExp(`version ${SCHEMA_VERSION + 6};.* up to ${SCHEMA_VERSION}`),
    remedy: String,
  };
  await t.rejects(open(path), expected);
  await t.rejects(openJournalReadOnly(path), expected);
  t.same(readFileSync(path), before);
});

test("somebody else's database is not touched", async (t) => {
  const path = join(t.testdir(), 'other.db');
  const other = new Database(path);
  other.exec('CREATE TABLE theirs (x)');
  other.close();
  const before = readFileSync(path);
  await t.rejects(open(path), { code: 'journal.foreign' });
  t.same(readFileSync(path), before);
});

test('a file of garbage is called damaged', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  writeFileSync(path, 'no database at all'.repeat(500));
  await t.rejects(open(path), { code: 'journal.damaged', remedy: String });
});

test('a folder that cannot be made is called unwritable', async (t) => {
  const dir = t.testdir({ file: '' });
  await t.rejects(open(join(dir, 'file', 'journal.db')), { code: 'journal.unwritable', remedy: String });
});

test('the folder is made when it is missing', async (t) => {
  const path = join(t.testdir(), 'var', 'lib', 'journal.db');
  const journal = await open(path);
  t.match(await journal.append(newRead(1)), { seq: 1 });
  await journal.close();
});

test('a disk that is really full', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'full-disk-'));
  let skip: string | false = false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    skip = 'needs the right to mount a small disk';
  }
  t.teardown(() => {
    if (!skip) execFileSync('umount', ['-l', dir]);
    rmdirSync(dir);
  });
  await t.test('an append is refused, and works once there is space', { skip }, async (t) => {
    const journal = await open(join(dir, 'journal.db'));
    const { seq } = await journal.append(newRead(1));
    const filler = join(dir, 'filler');
    t.throws(() => writeFileSync(filler, Buffer.alloc(2 ** 20)), { code: 'ENOSPC' });
    const payload = { filler: 'x'.repeat(50_000) };
    await t.rejects(journal.append(newRead(2, { payload })), { code: 'journal.full' });
    rmSync(filler);
    t.match(await journal.append(newRead(2, { payload })), { seq: seq + 1 });
    await journal.close();
  });
});

test('a second agent on the journal is told who has it; a killed one leaves no lock', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const other = startAppender(path);
  t.teardown(() => other.kill9());
  await other.reached(1);
  await t.rejects(open(path), { code: 'journal.in-use', message: new RegExp(`process ${other.pid}\\)`) });
  await other.kill9();
  const journal = await open(path);
  t.ok(journal.lastPosition > 0);
  await journal.close();
});

test('two in one process exclude each other too', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const journal = await open(path);
  await t.rejects(open(path), { code: 'journal.in-use' });
  await journal.close();
  await (await open(path)).close();
  t.same(readdirSync(join(path, '..')).sort(), ['journal.db', 'journal.db.lock', 'journal.db.mark']);
});

test('killed with -9 while appending: whatever was acknowledged is there, without holes', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const acknowledged: string[] = [];
  for (let round = 0; round < 4; round++) {
    const agent = startAppender(path);
    await agent.reached(50 + 40 * round).finally(() => agent.kill9());
    acknowledged.push(...agent.acknowledged);
  }
  const journal = await open(path);
  const records = await journal.pending({ after: 0, limit: 1_000_000 });
  const kept = new Set(records.map(({ id }) => id));
  t.same(
    acknowledged.filter((id) => !kept.has(id)),
    [],
    `${acknowledged.length} acknowledged, ${kept.size} kept`,
  );
  t.same(
    records.map(({ seq }) => seq),
    records.map((_, index) => index + 1),
  );
  await journal.close();
});
