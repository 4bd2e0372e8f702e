import { pino } from 'pino';
import { type Test, test } from 'tap';
import { createKeeper } from '../../agent/box/keeper.ts';
import { AnprError } from '../../agent/shared/errors.ts';

/** The keeper's own timer keeps no process alive, so that an agent that stops does not wait for it. */
function stayAlive(t: Test): void {
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(alive));
}

const full = () => new AnprError('journal.full', 'No space for the journal');

/** A journal that can be full, and what became of each record that was offered. */
function setUp(againMs = 5) {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const kept: string[] = [];
  const offered: string[] = [];
  const aside: string[] = [];
  const journal = { full: false };
  const places = { full: false };
  const keeper = createKeeper<{ id: string }>({
    async append({ id }) {
      offered.push(id);
      if (id === 'bad') throw new AnprError('journal.rejected', 'The journal cannot keep this record');
      if (journal.full) throw full();
      kept.push(id);
    },
    putAside({ id }) {
      if (places.full) throw full();
      aside.push(id);
    },
    log,
    againMs,
  });
  return { keeper, journal, places, kept, aside, offered, lines };
}

test('a journal that takes reads has each at once', async (t) => {
  const { keeper, kept, lines } = setUp();
  await Promise.all(['a', 'b'].map((id) => keeper.keep({ id })));
  t.same(kept, ['a', 'b']);
  t.same(keeper.waiting(), { reads: 0, reason: null, since: null });
  t.same(lines, []);
});

test('while it is full reads wait, the status says why, and then each is kept once, in order', async (t) => {
  stayAlive(t);
  const { keeper, journal, kept, offered, lines } = setUp();
  journal.full = true;
  const all = ['a', 'b', 'c'].map((id) => keeper.keep({ id }));
  while (offered.filter((id) => id === 'a').length < 3) await new Promise(setImmediate);
  all.push(keeper.keep({ id: 'd' }));
  t.match(keeper.waiting(), { reads: 4, reason: 'No space for the journal', since: Number });
  t.same(kept, []);
  t.notOk(offered.includes('d'), 'only the oldest is tried');
  journal.full = false;
  await Promise.all(all);
  t.same(kept, ['a', 'b', 'c', 'd']);
  t.same(keeper.waiting(), { reads: 0, reason: null, since: null });
  t.equal(lines.filter((line) => line.includes('takes no reads')).length, 1, 'one line, not one a read');
  t.equal(lines.filter((line) => line.includes('again')).length, 1);
});

test('a record that cannot be kept at all holds up nobody', async (t) => {
  const { keeper, kept } = setUp();
  const bad = t.rejects(keeper.keep({ id: 'bad' }), { code: 'journal.rejected' });
  await keeper.keep({ id: 'a' });
  await bad;
  t.same(kept, ['a']);
});

test('the oldest turns out to be refused once there is room: the others go on', async (t) => {
  stayAlive(t);
  let room = false;
  const kept: string[] = [];
  const keeper = createKeeper<{ id: string }>({
    async append({ id }) {
      if (!room) throw full();
      if (id === 'a') throw new AnprError('journal.rejected', 'no');
      kept.push(id);
    },
    putAside: () => t.fail('nothing stops here'),
    log: pino({ level: 'silent' }),
    againMs: 5,
  });
  const [first, second] = [keeper.keep({ id: 'a' }), keeper.keep({ id: 'b' })];
  room = true;
  await t.rejects(first, { code: 'journal.rejected' });
  await second;
  t.same(kept, ['b']);
});

const HOUR_MS = 3_600_000;

test('the agent stops while the journal takes nothing: what waits is put aside at once, each read once', async (t) => {
  stayAlive(t);
  const { keeper, journal, kept, aside, lines } = setUp(HOUR_MS);
  journal.full = true;
  const all = ['a', 'b', 'c'].map((id) => keeper.keep({ id }));
  while (!keeper.waiting().reason) await new Promise(setImmediate);
  keeper.lastCall();
  await Promise.all([...all, keeper.keep({ id: 'd' })]);
  t.same(aside.toSorted(), ['a', 'b', 'c', 'd']);
  t.same(kept, []);
  t.equal(keeper.waiting().reads, 0);
  t.equal(lines.filter((line) => line.includes('put aside')).length, 4, 'the log names each');
});

test('the agent stops, and the journal takes reads after all', async (t) => {
  stayAlive(t);
  const { keeper, journal, kept, aside } = setUp(HOUR_MS);
  journal.full = true;
  const all = ['a', 'b'].map((id) => keeper.keep({ id }));
  while (!keeper.waiting().reason) await new Promise(setImmediate);
  journal.full = false; // what was kept free for this moment
  keeper.lastCall();
  await Promise.all([...all, keeper.keep({ id: 'c' })]);
  t.same(kept.toSorted(), ['a', 'b', 'c']);
  t.same(aside, []);
});

test('a read that no place takes is named as lost', async (t) => {
  const { keeper, journal, places, lines } = setUp(HOUR_MS);
  journal.full = true;
  places.full = true;
  keeper.lastCall();
  await t.rejects(keeper.keep({ id: 'a' }), { code: 'journal.full' });
  t.match(lines.at(-1), /"read":"a".*it is lost/);
});
