// `anpr journal verify` as a person meets it: what is said, and the exit status.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { test } from 'tap';
import { openJournal } from '../../agent/journal/index.ts';
import { loadKeys, openRing } from '../../agent/seal/index.ts';
import { ADDRESS, newRead, silent } from '../journal/records.ts';
import { anpr } from './anpr.ts';

/** A journal of the key record and five reads, with the keys beside it, and the same as an export. */
async function box(dir: string) {
  const path = join(dir, 'journal.db');
  const keys = loadKeys(path, { environment: {} }).ring;
  const journal = await openJournal({ path, log: silent, address: ADDRESS, keys });
  for (let n = 1; n <= 5; n++) await journal.append(newRead(n));
  const records = await journal.pending({ after: 0, limit: 100 });
  const lines = records.map(({ json }) => `{"lane":"live",${`${json}`.slice(1)}`);
  await journal.close();
  return { path, lines, publicKey: openRing(keys).current.publicKey };
}

test('a journal', async (t) => {
  const { path } = await box(t.testdir());
  const { exitCode, stdout, stderr } = await anpr(['journal', 'verify', path]);
  t.equal(exitCode, 0, stderr);
  t.match(stdout, /6 records checked/);
  t.match(stdout, /seq 1 to 6/);
  t.match(stdout, /as the box left it/);
  const db = new Database(path);
  db.exec('DELETE FROM record WHERE position = 3');
  db.close();
  const after = await anpr(['journal', 'verify', path]);
  t.equal(after.exitCode, 1);
  t.match(after.stdout, /NOT as the box left it.*seq 3, epoch .*removed.*missing/s);
  t.ok(after.stdout.split('\n').every((line) => line.length <= 80 || line.includes(path)));
});

test('an export', async (t) => {
  const dir = t.testdir();
  const { lines, publicKey } = await box(dir);
  const file = join(dir, 'export.jsonl');
  const verify = (...args: string[]) => anpr(['journal', 'verify', file, ...args]);

  writeFileSync(file, `${lines.slice(2).reverse().join('\n')}\n`);
  t.match(await verify('--key', publicKey), { exitCode: 0, stdout: /4 records checked.*seq 3 to 6/s });

  writeFileSync(file, `${lines.join('\n')}\n`);
  t.match(await verify(), { exitCode: 0, stdout: /taken at its word/ }, 'no key was named');

  const pictures = lines.map((line, index) => (index === 1 ? `${line.slice(0, -1)},"pictures":[]}` : line));
  const changed = pictures.map((line, index) => (index === 2 ? line.replace('"n":2', '"n":7') : line));
  writeFileSync(file, `${changed.join('\n')}\nrubbish\n`);
  const { exitCode, stdout } = await verify('--key', publicKey, '--json');
  t.equal(exitCode, 1);
  t.match(JSON.parse(stdout), {
    file,
    ok: false,
    records: 7,
    breaks: [
      { code: 'malformed', where: 'line 7' },
      { code: 'payload', from: 3, where: 'line 3', meaning: /changed/ },
    ],
  });
});

test('a file that is not there, or a key that is none', async (t) => {
  t.match(await anpr(['journal', 'verify', '/nonexistent/export']), { exitCode: 2, stderr: /usage\.file/ });
  const file = join(t.testdir({ 'empty.jsonl': '' }), 'empty.jsonl');
  t.match(await anpr(['journal', 'verify', file]), {
    exitCode: 1,
    stdout: /0 records checked.*not all could be/s,
  });
  t.match(await anpr(['journal', 'verify', file, '--key', 'abc']), { exitCode: 1, stderr: /seal\.key/ });
});
