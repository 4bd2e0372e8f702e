// The gateway's store: each message once, in any order, forgotten in time.

import { randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import type { HitMessage } from '../../agent/contract/index.ts';
import type { SideMessage } from '../../scripts/gateway/report.ts';
import { openStore } from '../../scripts/gateway/store.ts';
import { AT_MS, centre, edge } from './side-messages.ts';

function storeIn(t: Test, now: () => number = () => AT_MS + 10_000) {
  const store = openStore(join(t.testdir(), 'gateway.db'), { now });
  t.teardown(() => store.close());
  return { ...store, gets: (message: SideMessage) => store.take(message, JSON.stringify(message)) };
}

/** What a box says of one early hit, in its order. */
function lifeOf(readId: string): HitMessage[] {
  const id = randomUUIDv7();
  const about = { id, readId };
  return [
    edge(about, { basis: 'passage' }, 1),
    edge(about, { event: 'upheld' }, 3),
    edge(about, { event: 'acknowledged', state: 'acknowledged', by: { via: 'command', name: 'jan' } }, 5),
    edge(
      about,
      { event: 'rejected', state: 'rejected', by: { via: 'command', name: 'jan' }, cause: 'other' },
      6,
    ),
  ];
}

const orders = [
  [0, 1, 2, 3, 4],
  [4, 3, 2, 1, 0],
  [2, 4, 3, 0, 1],
  [3, 0, 4, 2, 1],
];
for (const order of orders)
  test(`a life whose messages come in the order ${order.join(' ')}, each twice`, async (t) => {
    const readId = randomUUIDv7();
    const messages = [...lifeOf(readId), centre({ readId })];
    const store = storeIn(t);
    for (const index of [...order, ...order]) store.gets(messages[index]!);
    const hits = store.list(10);
    t.equal(hits.length, 1);
    t.match(hits[0], { state: 'rejected', origin: 'both', early: false, plate: '1ABC234' });
    t.equal(hits[0]?.history.length, 5, 'nothing twice');
  });

test('what became of a hit waits for what raised it', async (t) => {
  const [raised, , acknowledged] = lifeOf(randomUUIDv7());
  const store = storeIn(t);
  t.equal(store.gets(acknowledged!), undefined);
  t.same(store.list(10), []);
  t.match(store.gets(raised!), { state: 'acknowledged' });
});

test('boxes are told each decision once, also those that were made before they had spoken', async (t) => {
  const readId = randomUUIDv7();
  const store = storeIn(t);
  const hit = store.gets(centre({ readId }))!;
  store.decide(hit.id, { action: 'acknowledge', by: 'anna', cause: null, note: null });
  t.same(store.owing(), [], 'there is no box to tell yet');
  const own = edge({ readId });
  t.match(store.gets(own), { waiting: 1, state: 'acknowledged' });
  const box = { site: 'e19', box: 'north' };
  t.match(store.owing(), [box]);
  const [owed] = store.owed(box, 10);
  t.match(owed, { report: own.id, action: 'acknowledge', by: 'anna' });
  store.gets(edge({ id: own.id, readId }, { event: 'reminded', reminders: 1 }));
  t.equal(store.owed(box, 10).length, 1);
  store.answered(owed!, null);
  t.same(store.owing(), []);
  t.match(store.view(hit.id), { waiting: 0, refused: [], reminders: 1 });
});

test('what is old is forgotten with its pictures, open or not, and what was refused', async (t) => {
  let now = AT_MS;
  const store = storeIn(t, () => now);
  const old = edge({});
  store.gets(old);
  store.decide(old.hit.id, { action: 'confirm', by: 'anna', cause: null, note: null });
  t.same(store.takePicture(old.hit.readId, 'a'.repeat(64), Buffer.from('jpeg')), [old.id]);
  t.same(store.takePicture(randomUUIDv7(), 'b'.repeat(64), Buffer.from('jpeg')), [], 'of no hit: not kept');
  const [, , orphan] = lifeOf(randomUUIDv7());
  store.gets(orphan!);
  store.refuse('topic', 'reason');
  now += 1000;
  const fresh = edge({ text: '2DEF567' });
  store.gets(fresh);
  t.same(store.forget(now), [old.id]);
  t.match(store.list(10), [{ id: fresh.id }]);
  t.equal(store.picture('a'.repeat(64)), undefined);
  t.same(store.refused(), []);
  t.same(store.owing(), []);
  t.match(store.counts(), { hits: { new: 1 }, refused: 0 });
});

test('the list begins with what waits, the most urgent first, and ends with what is over', async (t) => {
  let now = AT_MS;
  const store = storeIn(t, () => now++);
  const ids: Record<string, string> = {};
  for (const [text, priority] of [
    ['1AAA111', 3],
    ['2BBB222', 1],
    ['3CCC333', 3],
    ['4DDD444', 1],
    ['5EEE555', 9],
  ] as const)
    ids[text] = store.gets(edge({ text, priority }))!.id;
  const decide = (text: string, action: 'acknowledge' | 'close') =>
    store.decide(ids[text]!, { action, by: 'anna', cause: null, note: null });
  decide('2BBB222', 'close');
  decide('4DDD444', 'acknowledge');
  t.same(
    store.list(10).map(({ plate }) => plate),
    ['3CCC333', '1AAA111', '5EEE555', '4DDD444', '2BBB222'],
  );
});
