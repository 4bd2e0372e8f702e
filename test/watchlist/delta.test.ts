// Changes to a list: what comes, what goes, what takes another one's place, and that a version is whole at any time.

import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { newRing, openRing, rotatedRing } from '../../agent/seal/index.ts';
import {
  endsOf,
  fileSource,
  importList,
  isValidIn,
  listPath,
  OWN_COLUMNS,
  openLists,
} from '../../agent/watchlist/index.ts';
import { seenAs } from './seen.ts';

const keys = newRing();
const grammars = loadGrammars();
const config = schema.parse({
  ...{ version: 1, site: 's', box: 'b' },
  watchlists: { lists: [{ id: 'stolen' }] },
});
const settings = config.watchlists.lists;

function place(t: Test) {
  const directory = t.testdir();
  let number = 0;
  const importing = (delta: boolean, ring = openRing(keys)) =>
    function take(...rows: object[]) {
      const path = join(directory, `rows-${number++}`);
      writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
      const list = { id: 'stolen', ...OWN_COLUMNS };
      return importList({ directory, list, ring, file: fileSource(path), format: 'jsonl', delta });
    };
  const lists = openLists(directory, settings, openRing(keys), grammars);
  t.teardown(() => lists.close());
  const entries = () =>
    [...lists.store('stolen').all()].map(({ plate, country, reference, reason }) =>
      [plate, country, reference, reason].map((each) => each ?? '-').join(' '),
    );
  return { directory, full: importing(false), change: importing(true), importing, lists, entries };
}

const rows = [
  { plate: '1ABC111', country: 'B', reference: 'a', reason: 'first' },
  { plate: '1ABC111', country: 'D', reference: 'b', reason: 'second' },
  { plate: '2ABC222', reason: 'any country' },
  { plate: '3ABC333', country: 'NL' },
  { plate: '9XY*', reason: 'pattern' },
];

test('rows come, go and take the place of others', async (t) => {
  const { full, change, lists, entries } = place(t);
  full(...rows);
  const report = change(
    { action: 'remove', plate: '1-ABC-111', reference: 'a' },
    { plate: '1ABC111', country: 'D', reference: 'b', reason: 'changed', to: '2999-01-01' },
    { action: 'remove', plate: '3ABC333' },
    { action: 'remove', plate: '9XY*' },
    { plate: '4ABC44?' },
    { plate: '5ABC555', zones: 'centre,port' },
  );
  t.match(report, { version: 2, entries: 3, patterns: 1, badRows: 0 });
  t.same(entries(), ['2ABC222 - - any country', '1ABC111 D b changed', '4ABC44? - - -', '5ABC555 - - -']);
  t.match(lists.store('stolen').meta, { version: 2, entries: 3, patterns: 1, sealedAs: 1 });
  const found = lists.match(seenAs('1ABC111'), Date.now()).answers[0];
  t.match(found?.matches[0]?.entry, { reference: 'b', reason: 'changed' }, 'and it is looked up as before');
  change({ plate: '6ABC666' });
  t.match(lists.store('stolen').meta, { version: 3, entries: 4, sealedAs: 1 }, 'changes upon changes');
});

test('a row that cannot be done is named; too many, and nothing has changed', async (t) => {
  const { full, change, entries } = place(t);
  full(...rows);
  const before = entries();
  t.match(change({ action: 'remove', plate: '8XXX888' }, { plate: '7ABC777' }), {
    badRows: 1,
    bad: [{ line: 1, reason: /no such entry/ }],
  });
  t.match(
    full({ action: 'remove', plate: '1ABC111' }, ...rows).bad,
    [{ line: 1, reason: /only a delta removes/ }],
    'a whole list removes nothing',
  );
  const missing = Array.from({ length: 11 }, (_, n) => ({ action: 'remove', plate: `8XX${n + 100}` }));
  t.throws(() => change(...missing), { code: 'watchlist.bad-rows' });
  t.throws(() => change({ action: 'explode', plate: 'X1' }, ...missing), { code: 'watchlist.bad-rows' });
  t.same(entries(), before);
});

test('changes need the list they change, and keys that open it', async (t) => {
  const { change, full, directory, importing } = place(t);
  t.throws(() => change(rows[0]!), { code: 'watchlist.none' });
  full(...rows);
  t.throws(() => importing(true, openRing(newRing()))(rows[0]!), { code: 'seal.key-lost' });
  t.match(
    importing(true, openRing(rotatedRing(keys)))({ plate: '7ABC777' }),
    { version: 2, entries: 5 },
    'after a change of key they go on with the key that the list was sealed with',
  );
  t.same(
    readdirSync(directory).filter((name) => name.includes('partial')),
    [],
    'nothing half is left',
  );
  const file = readFileSync(listPath(directory, 'stolen')).toString('latin1');
  for (const plain of ['7ABC777', '1ABC111', 'any country', 'second']) t.notOk(file.includes(plain), plain);
});

test('the version in force is not touched while the next one is made', async (t) => {
  const { full, change, lists, directory } = place(t);
  full(...rows);
  const path = listPath(directory, 'stolen');
  const copy = join(directory, 'copy');
  copyFileSync(path, copy);
  const old = lists.store('stolen');
  const { ino } = statSync(path);
  change({ action: 'remove', plate: '3ABC333' });
  t.same([...old.all()].length, 5, 'who has it open still has it whole');
  t.not(statSync(path).ino, ino, 'the next one is another file');
  t.equal([...lists.store('stolen').all()].length, 4);
});

test('where an entry counts, and when a version ends', async (t) => {
  const always = { from: null, to: null, days: null, minutes: null };
  t.ok(isValidIn({ ...always, zones: null }, []));
  t.ok(isValidIn({ ...always, zones: ['port'] }, ['centre', 'port']));
  t.notOk(isValidIn({ ...always, zones: ['port'] }, ['centre']));
  t.notOk(isValidIn({ ...always, zones: ['port'] }, []), 'a box in no zone has none of its entries');
  const published = { keyId: 'k', listSha256: '', publishedAt: 0, bestBefore: 5, expiresAt: null };
  const day = 86_400_000;
  t.same(endsOf({ importedAt: 7 }, {}), { bestBefore: null, expiresAt: null });
  t.same(endsOf({ importedAt: 7 }, { bestBeforeDays: 1, keepDays: 2 }), {
    bestBefore: day + 7,
    expiresAt: 2 * day + 7,
  });
  t.same(endsOf({ importedAt: 7, published }, { bestBeforeDays: 1, keepDays: 2 }), {
    bestBefore: 5,
    expiresAt: 2 * day,
  });
});

test('an expired version counts no more, and says so', async (t) => {
  const { full, directory } = place(t);
  full(...rows);
  const lists = openLists(directory, [{ ...settings[0]!, keepDays: 1 }], openRing(keys), grammars);
  t.teardown(() => lists.close());
  const seen = seenAs('2ABC222');
  t.equal(lists.match(seen, Date.now()).answers.length, 1);
  const later = Date.now() + 2 * 86_400_000;
  t.equal(lists.match(seen, later).answers.length, 0);
  t.match(lists.states(later), [{ problem: /version 1 has expired/, overdue: false }]);
});
