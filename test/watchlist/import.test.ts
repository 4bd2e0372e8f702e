// From a source's file to a list that is looked up: on a real disk, in real SQLite files.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { type ImportOptions, importList, openLists } from '../../agent/watchlist/index.ts';
import { seenAs } from './seen.ts';

const grammars = loadGrammars();
const ring = openRing(newRing());
const NOW = Date.UTC(2026, 10, 22, 12);

function list(more: object = {}) {
  const config = schema.parse({
    version: 1,
    site: 's',
    box: 'b',
    watchlists: { lists: [{ id: 'stolen', ...more }] },
  });
  return config.watchlists.lists[0]!;
}

function place(t: Test) {
  const directory = join(t.testdir(), 'lists');
  let number = 0;
  const settings = list();
  return {
    directory,
    take(text: string, more: Pick<Partial<ImportOptions>, 'format' | 'version' | 'list' | 'mostRows'> = {}) {
      const file = join(t.testdirName, `source-${number++}`);
      writeFileSync(file, text);
      return importList({ directory, list: settings, ring, file, format: 'csv', now: NOW, ...more });
    },
    open(lists = [settings]) {
      const opened = openLists(directory, lists, ring, grammars);
      t.teardown(() => opened.close());
      return opened;
    },
  };
}

const plates = (lists: ReturnType<typeof openLists>) =>
  [...lists.store('stolen').all()].map(({ line, plate }) => [line, plate]);

test('a CSV file as a source writes it', (t) => {
  const { take, open } = place(t);
  const settings = list({
    delimiter: ';',
    columns: { plate: 'Nummerplaat', country: 'Land', reason: 'Reden', hours: 'Uren' },
    ignoreColumns: ['Kleur'],
  });
  const report = take(
    '\uFEFFNummerplaat;Land;Kleur;Reden;Uren\r\n1-ABC-234;b;rood;"gestolen; ""Gent""\nen weg";22:00-06:00\r\n\r\nX?9*;;;;\r\n',
    { list: settings },
  );
  t.match(report, { version: 1, entries: 1, patterns: 1, badRows: 0 });
  const [first, second] = [...open([settings]).store('stolen').all()];
  t.match(first, {
    line: 2,
    plate: '1ABC234',
    country: 'B',
    reason: 'gestolen; "Gent"\nen weg',
    validity: { minutes: [1320, 360], from: null },
  });
  t.match(second, { line: 5, plate: 'X?9*', country: null });
  t.end();
});

test('JSON Lines give the same, with lists and numbers', (t) => {
  const { take, open } = place(t);
  take(
    '{"plate":"1ABC234","days":[1,"fri"],"priority":2,"to":"2026-12-31"}\n{"plate":"2ABC234","country":null}',
    {
      format: 'jsonl',
    },
  );
  const [first] = [...open().store('stolen').all()];
  t.match(first, {
    plate: '1ABC234',
    priority: 2,
    validity: { days: [1, 5], to: new Date(2027, 0, 1).getTime() },
  });
  t.end();
});

test('each bad row is named by line and reason, never with its text; the others are taken', (t) => {
  const { take, open } = place(t);
  const report = take(
    [
      'plate,country,from,to,days,hours,priority',
      '1ABC234,,,,,,',
      '9#SECRET,,,,,,',
      '1ABC235,Belgium,,,,,',
      '1ABC236,,2026-02-30,,,,',
      '1ABC236,,2026-03-01,2026-02-01,,,',
      '1ABC236,,,,someday,,',
      '1ABC236,,,,,25:00-26:00,',
      '1ABC236,,,,,,urgent',
      '1ABC236,',
      '1-abc-234,,,,,,',
      'A*B,,,,,,',
      'A*B,,,,,,',
      '1ABC234,B,,,,,',
    ].join('\n'),
  );
  t.match(report, { entries: 2, patterns: 1, badRows: 10 });
  t.same(
    report.bad.map(({ line, reason }) => `${line} ${reason.split(':')[0]}`),
    [
      '3 plate',
      '4 country',
      '5 from',
      '6 to',
      '7 days',
      '8 hours',
      '9 priority',
      '10 wanted 7 fields, found 2',
      '11 plate',
      '13 plate',
    ],
  );
  t.notMatch(JSON.stringify(report), /SECRET|Belgium|someday|1ABC/i);
  t.same(plates(open()), [
    [2, '1ABC234'],
    [12, 'A*B'],
    [14, '1ABC234'],
  ]);
  t.end();
});

test('what is refused leaves the version in force, and nothing beside it', (t) => {
  const { take, open, directory } = place(t);
  take('plate\n1ABC234\n');
  const many = [
    'plate',
    ...Array.from({ length: 40 }, (_, row) => (row < 11 ? '##' : `1ABC${100 + row}`)),
  ].join('\n');
  const refused: [string, string, object?][] = [
    ['watchlist.unknown-column', 'plate,colour\n1ABC235,red\n'],
    [
      'watchlist.unknown-column',
      '{"plate":"1ABC235"}\n{"plate":"1ABC236","colour":"red"}',
      { format: 'jsonl' },
    ],
    ['watchlist.unknown-column', 'plate,plate\n1,2\n'],
    ['watchlist.too-large', 'plate\n1ABC235\n1ABC236\n1ABC237\n', { mostRows: 2 }],
    ['watchlist.no-plates', 'country\nB\n'],
    ['watchlist.no-plates', ''],
    ['watchlist.empty', 'plate\n'],
    ['watchlist.empty', 'plate\n#\n'],
    ['watchlist.bad-rows', many],
    ['watchlist.version-back', 'plate\n1ABC235\n', { version: 1 }],
    ['watchlist.file', 'plate\n1ABC235\n', { file: '/nonexistent' }],
    ['watchlist.file', '"'.repeat(70_000)],
  ];
  for (const [code, text, more] of refused)
    t.throws(() => take(text, more), { code }, `${code} ${text.slice(0, 20)}`);
  t.same(readdirSync(directory), ['stolen.db']);
  t.same(plates(open()), [[2, '1ABC234']]);
  t.match(open().states(NOW)[0], { meta: { version: 1 }, overdue: false });
  t.end();
});

test('an endless line or quote costs one row', (t) => {
  const { take } = place(t);
  const report = take(`plate\n${'x'.repeat(200_000)}\n1ABC234\n"${'\n'.repeat(70_000)}1ABC235\n`);
  t.match(report, {
    entries: 2,
    bad: [
      { line: 2, reason: /more than/ },
      { line: 4, reason: /without an end/ },
    ],
  });
  t.end();
});

test('a new version is met at the next read, and an older one ends only then', (t) => {
  const { take, open } = place(t);
  take('plate\n1ABC234\n');
  const lists = open();
  const probability = (text: string) => lists.match(seenAs(text), NOW).answers[0]!.probability;
  t.ok(probability('1ABC234') > 0.9);
  t.ok(probability('2XYZ567') < 1e-3);
  t.match(take('plate\n2XYZ567\n', { version: 7 }), { version: 7 });
  t.ok(probability('1ABC234') < 1e-3);
  t.ok(probability('2XYZ567') > 0.9);
  t.end();
});

test('a look-alike is found in the index, a pattern beside it, and an entry out of its time is not', (t) => {
  const { take, open } = place(t);
  take('plate,to\n10BC234,\n1OBC*,\n1OBC234,2020-01-01\n');
  const { answers, candidates } = open().match(seenAs('1OBC234', { 1: { O: 0.6, '0': 0.39 } }), NOW);
  const found = answers[0]!.matches.map(({ entry, probability }) => [entry.line, probability > 0.3]);
  t.same(found.sort(), [
    [2, true],
    [3, true],
  ]);
  t.equal(candidates[0]!.text, '1OBC234');
  t.end();
});

test('a list of permits answers for the plate that is not on it', (t) => {
  const { take, open } = place(t);
  take('plate\n1ABC234\n');
  const lists = open([list({ kind: 'alert-if-absent', expectedPer10000: 5000 })]);
  const probability = (text: string) => lists.match(seenAs(text), NOW).answers[0]!.probability;
  t.ok(probability('1ABC234') < 0.05);
  t.ok(probability('2XYZ567') > 0.95);
  t.end();
});

test('past its best-before a list works and says so; without its key it says that', (t) => {
  const { take, open, directory } = place(t);
  take('plate\n1ABC234\n');
  const old = open([list({ bestBeforeDays: 7 })]);
  const late = NOW + 8 * 86_400_000;
  t.match(old.states(late), [{ overdue: true, problem: null }]);
  t.ok(old.match(seenAs('1ABC234'), late).answers[0]!.probability > 0.9);
  const stranger = openLists(directory, [list()], openRing(newRing()), grammars);
  t.teardown(() => stranger.close());
  t.same(stranger.match(seenAs('1ABC234'), NOW).answers, []);
  t.match(stranger.states(NOW), [{ meta: null, problem: /no longer has/ }]);
  t.throws(() => stranger.store('stolen'), { code: 'seal.key-lost' });
  const none = open([list({ id: 'other' })]);
  t.match(none.states(NOW), [{ meta: null, problem: /none was imported/ }]);
  t.throws(() => none.store('stolen'), { code: 'usage.watchlist' });
  t.end();
});

test('nothing of an entry can be read in the file', (t) => {
  const { take, directory } = place(t);
  take('plate,reason,reference\n1ABC234,stolen in Ghent,CASE-77\n9*ZZ,permit holder,R-1\n');
  const bytes = readFileSync(join(directory, 'stolen.db'), 'latin1');
  for (const secret of ['1ABC234', 'Ghent', 'CASE-77', '9*ZZ', 'permit holder'])
    t.notOk(bytes.includes(secret), secret);
  writeFileSync(join(directory, 'stolen.db'), 'no database');
  t.match(take('plate\n1ABC234\n'), { version: 1 }, 'a damaged file is replaced');
  t.end();
});
