// A new version takes the old one's place while reads go on.

import {
  copyFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../agent/config/index.ts';
import { loadGrammars } from '../../agent/grammar/index.ts';
import { watchFile } from '../../agent/lists/list-file.ts';
import { newRing, openRing } from '../../agent/seal/index.ts';
import { readAhead } from '../../agent/watchlist/ahead.ts';
import { mayHold } from '../../agent/watchlist/filter.ts';
import { importList, listPath, openLists } from '../../agent/watchlist/index.ts';
import { plateHash } from '../../agent/watchlist/sealed.ts';
import { seenAs } from './seen.ts';

const grammars = loadGrammars();
const NEVER_MS = 86_400_000;

/** Lists that look out for new versions when they are told to, and so rarely by themselves that no test sees it. */
function watched(t: Test, watchMs = NEVER_MS) {
  const folder = t.testdir();
  const directory = join(folder, 'lists');
  const ring = openRing(newRing());
  const config = schema.parse({ version: 1, site: 's', box: 'b', watchlists: { lists: [{ id: 'stolen' }] } });
  const list = config.watchlists.lists[0]!;
  const problems: unknown[] = [];
  const take = (...plates: string[]) => {
    const file = join(folder, 'source.csv');
    writeFileSync(file, ['plate,reason', ...plates.map((plate) => `${plate},stolen`)].join('\n'));
    return importList({ directory, list, ring, file, format: 'csv' });
  };
  const open = () => {
    const lists = openLists(directory, [list], ring, grammars, {
      watchMs,
      onProblem: (_, error) => problems.push(error),
    });
    t.teardown(lists.close);
    const found = (plate: string) => {
      const { answers } = lists.match(seenAs(plate), Date.now());
      return answers.map(({ meta, matches }) => [meta?.version, matches.map(({ entry }) => entry.plate)]);
    };
    return { ...lists, found };
  };
  return { path: listPath(directory, 'stolen'), ring, take, open, problems };
}

test('the version before answers until the new one is ready, and nothing is asked of neither', async (t) => {
  const { take, open, problems } = watched(t);
  take('1ABC234');
  const lists = open();
  await lists.takeUp('stolen');
  t.same(lists.found('1ABC234'), [[1, ['1ABC234']]]);
  take('1ABC234', '1XYZ789', '2???55*');
  const taken = lists.takeUp('stolen');
  let [done, asked] = [false, 0];
  void taken.then(() => {
    done = true;
  });
  while (!done) {
    const [answer] = lists.found('1ABC234');
    t.same(answer?.[1], ['1ABC234']);
    if (++asked === 1) t.equal(answer?.[0], 1, 'the one before');
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.same(lists.found('1XYZ789'), [[2, ['1XYZ789']]]);
  t.same(lists.found('2ABC551'), [[2, ['2???55*']]]);
  t.same(problems, []);
});

test('a version that was replaced, or whose list is closed, is let go of', async (t) => {
  const { path, take, open } = watched(t);
  const holds = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
      } catch {
        return false; // the one that the folder was read by
      }
    }).length;
  take('1ABC234');
  const lists = open();
  await lists.takeUp('stolen');
  const each = holds();
  t.ok(each > 0);
  for (const plate of ['1XYZ789', '1XYZ790', '1XYZ791']) {
    take(plate);
    await lists.takeUp('stolen');
  }
  while (holds() > each) await new Promise((resolve) => setTimeout(resolve, 10));
  lists.close();
  while (holds() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a version that a command imports is noticed by itself', async (t) => {
  const { take, open } = watched(t, 20);
  const lists = open();
  t.same(lists.found('1ABC234'), [], 'none there');
  take('1ABC234');
  while (lists.found('1ABC234').length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  take('1XYZ789');
  while (lists.found('1XYZ789')[0]?.[0] !== 2) await new Promise((resolve) => setTimeout(resolve, 10));
  t.same(lists.found('1XYZ789'), [[2, ['1XYZ789']]]);
});

test('a new version that does not open is told once, and the one before works on; a removed one is gone', async (t) => {
  const { path, take, open, problems } = watched(t);
  take('1ABC234');
  const lists = open();
  await lists.takeUp('stolen');
  copyFileSync(path, `${path}.next`);
  truncateSync(`${path}.next`, 5000);
  renameSync(`${path}.next`, path);
  await lists.takeUp('stolen');
  await lists.takeUp('stolen');
  t.equal(problems.length, 1);
  t.same(lists.found('1ABC234'), [[1, ['1ABC234']]]);
  rmSync(path);
  await lists.takeUp('stolen');
  t.same(lists.found('1ABC234'), []);
  take('1XYZ789');
  await lists.takeUp('stolen');
  t.same(lists.found('1XYZ789'), [[1, ['1XYZ789']]]);
  t.equal(problems.length, 1);
});

test('a list that cannot even be looked at is told once, and ends nobody', async (t) => {
  const { path, take, open, problems } = watched(t);
  take('1ABC234');
  rmSync(path);
  symlinkSync(path, path); // for root too no way leads there, as none does for the agent into a folder of root's
  const lists = open();
  await lists.takeUp('stolen');
  await lists.takeUp('stolen');
  t.equal(problems.length, 1);
  const file = watchFile(dirname(path), 'stolen');
  t.match(file.problem(), /ELOOP/);
  t.equal(file.look(), false);
  rmSync(path);
  take('1ABC234');
  t.equal(file.look(), true);
  t.equal(file.problem(), null);
  await lists.takeUp('stolen');
  t.same(lists.found('1ABC234'), [[1, ['1ABC234']]]);
});

test('what is read ahead is the version’s own filter', (t) => {
  const { path, take, ring } = watched(t);
  take('1ABC234', '1XYZ789');
  const filter = readAhead(path);
  for (const plate of ['1ABC234', '1XYZ789'])
    t.ok(filter && mayHold(filter, plateHash(ring.current, plate)), plate);
  const others = Array.from({ length: 500 }, (_, n) => `2ABC${n}`);
  t.ok(filter && others.filter((plate) => mayHold(filter, plateHash(ring.current, plate))).length < 5);
  t.end();
});
