// `anpr watchlist` as a person meets it: a box's configuration, its keys, a source's file.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { openJournal } from '../../agent/journal/index.ts';
import { loadKeys } from '../../agent/seal/index.ts';
import { createLog } from '../../agent/shared/log.ts';
import { anpr } from './anpr.ts';

function box(t: Test) {
  const dir = t.testdir();
  const config = join(dir, 'agent.yaml');
  const lists = [
    '{id: stolen, reason: stolen, columns: {plate: Nummerplaat}}',
    '{id: permits, kind: alert-if-absent, expectedPer10000: 6000}',
  ];
  writeFileSync(
    config,
    `version: 1\nsite: e19\nbox: north\njournal: {path: ${dir}/journal.db}\nwatchlists: {directory: ${dir}/lists, lists: [${lists}]}\n`,
  );
  loadKeys(join(dir, 'journal.db'), { environment: {}, credential: '/nonexistent' });
  return {
    dir,
    run: (...args: string[]) => anpr(['watchlist', ...args, '--config', config]),
    file(name: string, text: string) {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    },
  };
}

const fits = (text: string) => text.split('\n').every((line) => line.length <= 80);

test('a list is imported, listed, shown, tried, and exported so that it can be imported again', async (t) => {
  const { run, file } = box(t);
  const source = file(
    'stolen.csv',
    'Nummerplaat,country,days,hours,to,reason\n1-OBC-234,B,,,,"taken, in Ghent"\nX#9,,,,,\n2ABC*,,mon-fri,22:00-06:00,2030-01-01,\n',
  );
  const taken = await run('import', 'stolen', source);
  t.match(
    taken,
    { exitCode: 0, stdout: /Version 1 of stolen is in force: 1 plate, 1 pattern,/ },
    taken.stderr,
  );
  t.match(taken.stdout, /line 3: +plate: a character that no plate has/);
  t.notMatch(taken.stdout + taken.stderr, /X#9/);

  const listed = await run('list');
  t.match(listed, { exitCode: 0, stdout: /stolen +listed +1 +1 +1 .*in force/ });
  t.match(listed.stdout, /permits +absent +none\npermits: there is no watchlist/);
  t.ok(fits(listed.stdout), listed.stdout);
  t.match(JSON.parse((await run('list', '--json')).stdout), [
    { list: 'stolen', meta: { version: 1 } },
    { meta: null },
  ]);

  const shown = await run('show', 'stolen');
  t.match(shown, { exitCode: 0, stdout: /2 +1OBC234 +B +always +taken, in/ });
  t.ok(fits(shown.stdout), shown.stdout);
  t.match(await run('show', 'stolen', '--limit', '1'), { stdout: /1 of 2; more with --limit/ });

  const why = await run('test', '1-0BC-234', '--confidence', '0.6', '--country', 'b', '--why');
  t.match(why, { exitCode: 0, stdout: /stolen +listed +[\d.]+ % +1OBC234 \(line 2\)/ }, why.stderr);
  t.match(why.stdout, /The read shows this text with/);
  t.ok(fits(why.stdout), why.stdout);
  const answers = JSON.parse((await run('test', '1OBC234', '--country', 'B', '--json')).stdout).answers;
  t.ok(answers[0].probability > 0.9);
  t.match(await run('test', '9XYZ999'), { exitCode: 0, stdout: /stolen +listed +<0.001 % +none/ });

  const csv = await run('export', 'stolen');
  const again = file('again.csv', csv.stdout.replace('plate', 'Nummerplaat'));
  t.match(await run('import', 'stolen', again), { exitCode: 0, stdout: /Version 2 .* 1 plate, 1 pattern,/ });
  const lines = (await run('export', 'stolen', '--format', 'jsonl')).stdout.trim().split('\n');
  t.match(
    lines.map((line) => JSON.parse(line)),
    [{ plate: '1OBC234', reason: 'taken, in Ghent' }, { days: '1,2,3,4,5' }],
  );
  t.equal((await run('export', 'stolen')).stdout, csv.stdout, 'the same came back');
});

test('history says which version came when, from where, and who brought it', async (t) => {
  const { run, file, dir } = box(t);
  const journal = await openJournal({
    ...{ path: join(dir, 'journal.db'), address: { site: 'e19', box: 'north' }, log: createLog('silent') },
    keys: loadKeys(join(dir, 'journal.db'), { environment: {}, credential: '/nonexistent' }).ring,
  });
  await journal.close();
  t.match(await run('history'), { exitCode: 0, stdout: 'The audit log knows of no change of a list.' });
  await run('import', 'stolen', file('a.csv', 'Nummerplaat\n1ABC234\n1ABC235\n2AB*\n'));
  await run('import', 'permits', file('p.jsonl', '{"plate":"1XYZ999"}\n'));
  await run('import', 'stolen', file('b.csv', 'action,Nummerplaat\nremove,1ABC235\n'), '--delta');

  const all = await run('history');
  t.equal(all.exitCode, 0, all.stderr);
  t.match(
    all.stdout,
    /^WHEN +LIST +VERSION +ENTRIES +FROM +BY\n(\d{4}-.* (stolen|permits) +\d +\d .*\n( .*\n)?){3}$/,
  );
  t.ok(fits(all.stdout), all.stdout);
  const changes = async (...args: string[]) => {
    const { stdout } = await run('history', '--json', ...args);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  t.match(
    await changes(),
    [
      { list: 'stolen', version: 1, rows: 3, from: 'file', at: Number, who: Object },
      { list: 'permits', version: 1, rows: 1, from: 'file' },
      { list: 'stolen', version: 2, rows: 2, from: 'changes from a file' },
    ],
    'oldest first',
  );
  t.match(await changes('stolen', '--limit', '1'), [{ version: 2 }], 'the newest');
  t.notMatch(all.stdout, /1ABC|2AB|1XYZ/, 'no plate');
  t.match(await run('history', 'nosuch'), { exitCode: 0, stdout: 'no change of the list nosuch' });
});

test('mistakes are told with what to do, and the list stays', async (t) => {
  const { run, file } = box(t);
  await run('import', 'stolen', file('a.csv', 'Nummerplaat\n1ABC234\n'));
  const cases: [string[], number, RegExp][] = [
    [
      ['import', 'nosuch', '/x'],
      2,
      /wanted a watchlist of the configuration \(stolen, permits\), found "nosuch"/,
    ],
    [['import', 'stolen', '/nonexistent/x'], 1, /watchlist\.file/],
    [['import', 'stolen', file('b.csv', 'plate\n1ABC234\n')], 1, /watchlist\.unknown-column/],
    [['import', 'stolen', file('c.csv', 'Nummerplaat\n1ABC235\n'), '--list-version', '1'], 1, /version-back/],
    [['import', 'stolen', '/x', '--list-version', 'one'], 2, /whole number/],
    [['import', 'stolen', '/x', '--format', 'xml'], 2, /csv/],
    [['import', 'stolen'], 2, /file/],
    [['show', 'permits'], 1, /none was imported/],
    [['show', 'stolen', '--limit', '0'], 2, /whole number/],
    [['export', 'nosuch'], 2, /found "nosuch"/],
    [['test', '1AB*'], 2, /found a pattern/],
    [['test', '#'], 2, /a character that no plate has/],
    [['test', '1ABC234', '--confidence', '0'], 2, /more than 0/],
  ];
  for (const [args, exitCode, stderr] of cases)
    t.match(await run(...args), { exitCode, stderr }, args.join(' '));
  t.match(await run('list'), { stdout: /stolen +listed +1 +1 +0/ });
});

test('what lies on the disk opens only with the keys of the box', async (t) => {
  const { run, file, dir } = box(t);
  await run('import', 'permits', file('p.jsonl', '{"plate":"1ABC234"}\n'));
  t.notOk(readFileSync(join(dir, 'lists', 'permits.db'), 'latin1').includes('1ABC234'));
  const copied = readFileSync(join(dir, 'lists', 'permits.db'));
  for (const name of readdirSync(dir)) if (/key/.test(name)) rmSync(join(dir, name));
  loadKeys(join(dir, 'journal.db'), { environment: {}, credential: '/nonexistent' });
  t.match(await run('show', 'permits'), { exitCode: 1, stderr: /no longer has.*\n.*Import the list again/ });
  t.match(await run('list'), { exitCode: 0, stdout: /permits/ });
  t.same(readFileSync(join(dir, 'lists', 'permits.db')), copied, 'looking changes nothing');
});
