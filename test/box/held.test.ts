// Reads put aside at a stop, and taken over by the next start, on real files.

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { createHeld } from '../../agent/box/held.ts';
import { newRing } from '../../agent/seal/index.ts';

interface Read {
  id: string;
  text: string;
}
const reads: Read[] = ['a', 'b', 'c'].map((id) => ({ id, text: `1ABC23${id}` }));

function setUp(t: Test) {
  const folder = t.testdir({ state: {}, run: {} });
  const options = {
    journalPath: join(folder, 'state/journal.db'),
    socketPath: join(folder, 'run/anpr.sock'),
    keys: newRing(),
  };
  return { folder, open: () => createHeld<Read>(options), options };
}

/** Takes over, and says what came. */
async function taken(held: ReturnType<typeof createHeld<Read>>) {
  const kept: Read[] = [];
  const result = await held.takeOver(async (read) => void kept.push(read));
  return { kept, ...result };
}

test('what is put aside is taken over once, in order, and lies sealed meanwhile', async (t) => {
  const { folder, open } = setUp(t);
  const before = open();
  for (const read of reads) before.putAside(read);
  before.putAside(reads[0]!);
  const file = join(folder, 'state/journal.db.held');
  t.notMatch(readFileSync(file, 'utf8'), /1ABC23|"id"/);
  t.same(await taken(open()), { kept: reads, taken: 3, unreadable: [] });
  t.notOk(existsSync(file));
  t.same(await taken(open()), { kept: [], taken: 0, unreadable: [] });
});

test("the journal's disk takes nothing: they go beside the socket", async (t) => {
  const { folder, open } = setUp(t);
  mkdirSync(join(folder, 'state/journal.db.held')); // nothing can be written there
  open().putAside(reads[0]!);
  t.same(readdirSync(join(folder, 'run')), ['held']);
});

test('no place takes it: that is said', async (t) => {
  const { folder, open } = setUp(t);
  for (const file of ['state/journal.db.held', 'run/held']) mkdirSync(join(folder, file));
  t.throws(() => open().putAside(reads[0]!), { code: 'EISDIR' });
});

test('stopped again before the journal took them: they stay, each once', async (t) => {
  const { open } = setUp(t);
  const first = open();
  for (const read of reads) first.putAside(read);
  const second = open();
  const { taken: none } = await second.takeOver(async (read) => {
    second.putAside(read);
    second.putAside({ id: 'new', text: '' });
  });
  t.equal(none, 0);
  t.same(
    (await taken(open())).kept.map(({ id }) => id),
    ['a', 'b', 'c', 'new'],
  );
});

test('a line that was cut or is of other keys: the rest is taken, and the file kept', async (t) => {
  const { folder, open } = setUp(t);
  open().putAside(reads[0]!);
  const file = join(folder, 'state/journal.db.held');
  appendFileSync(file, 'bm90IG91cnM=\n');
  const { kept, unreadable } = await taken(open());
  t.same(kept, [reads[0]]);
  t.match(unreadable, [/journal\.db\.held\.unreadable-\d+$/]);
  t.ok(existsSync(unreadable[0]!));
});
