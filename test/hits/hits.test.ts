// Hits over real lists and a real journal: what raises one, what keeps silent, what becomes of it.

import { randomUUIDv7 } from 'node:crypto';
import { test } from 'tap';
import type { HitAction, HitPayload } from '../../agent/contract/index.ts';
import { box, plate, seen } from './box.ts';

const STOLEN = { id: 'stolen', priority: 2, reason: 'stolen', instruction: 'stop', expectedPer10000: 10 };
const gateway = { via: 'gateway', name: 'dispatcher 7' } as const;
const events = (records: readonly HitPayload[]) => records.map(({ hit }) => hit.event);

test('a listed plate is a hit with all that whoever acts needs; others are none', async (t) => {
  const { take, passes } = await box(t, [STOLEN]);
  take(
    'stolen',
    'plate,country,priority,reason,reference\n1ABC234,B,1,armed,case-7\n2DEF567,,,,\n1XYZ*,,,,pattern\n',
  );
  t.match(await passes('1ABC234'), [
    {
      type: 'hit',
      camera: 'pole',
      hit: { event: 'raised', state: 'new', basis: 'read', priority: 1, by: { via: 'agent' }, reminders: 0 },
      match: {
        list: { id: 'stolen', version: 1, kind: 'alert-if-listed', overdue: false },
        entry: { plate: '1ABC234', country: 'B', reference: 'case-7' },
        ...{ reason: 'armed', instruction: 'stop', policy: 'probability' },
      },
      read: { plate: { text: '1ABC234' } },
    },
  ]);
  t.match(await passes('2DEF567'), [{ hit: { priority: 2 }, match: { reason: 'stolen' } }]);
  t.match(await passes('1XYZ123'), [{ match: { entry: { plate: '1XYZ*', reference: 'pattern' } } }]);
  t.same(await passes('3GHI890'), []);
  t.same(
    await passes('2DEF567', { confidence: 0.1, readId: randomUUIDv7() }),
    [],
    'too doubtful, and silent',
  );
});

test('one hit a passage and entry; then silence for that entry, also after a restart, until it is over', async (t) => {
  const { take, passes, again, hits } = await box(t, [
    STOLEN,
    { ...STOLEN, id: 'wanted', silenceSeconds: 0 },
  ]);
  take('stolen', 'plate,reference,days\n1ABC234,case-1,mon-thu\n1ABC234,case-1,\n');
  take('wanted', 'plate\n1ABC234\n');
  t.equal((await passes('1ABC234')).length, 2, 'one for each list, however many rows the entry has');
  const next = await passes('1ABC234');
  t.match(next, [{ match: { list: { id: 'wanted' } } }]);
  t.equal(next.length, 1, 'silent on one list, loud on the other');
  t.match(hits.status(), { raised: 3, silenced: 1, waiting: 3 });
  const restarted = await again();
  t.equal(restarted.status().waiting, 3);
  const read = plate('1ABC234');
  const draft = await restarted.ofRead(read, seen(read));
  t.equal(draft.records.length, 1, 'the silence has outlived the restart');
});

test('only the cameras of a list', async (t) => {
  const { take, passes } = await box(t, [{ ...STOLEN, cameras: ['north'] }]);
  take('stolen', 'plate\n1ABC234\n');
  t.same(await passes('1ABC234', { camera: 'pole' }), []);
  t.equal((await passes('1ABC234', { camera: 'north' })).length, 1);
});

test('a list of permits: what is on no entry, and read well enough to say so', async (t) => {
  const permits = { id: 'permits', kind: 'alert-if-absent', expectedPer10000: 5000, reason: 'no permit' };
  const priorities = [{ priority: 5, falsePer10000: 100, acknowledgeSeconds: 300 }];
  const { take, passes } = await box(t, [permits], priorities);
  take('permits', 'plate\n1ABC234\n1OBC234\n');
  t.same(await passes('1ABC234'), []);
  t.match(await passes('9ZZZ999'), [{ match: { entry: null, reason: 'no permit' } }]);
  t.same(await passes('9ZZZ999'), [], 'silence holds for the plate');
  t.same(await passes('5QRS678', { confidence: 0.3 }), [], 'who knows what that was');
});

test('the rule of differences, for those who have to match it', async (t) => {
  const rule = { policy: 'differences', lengths: [{ length: 7, differences: 1, lookAlikes: 1 }] };
  const { take, passes } = await box(t, [{ ...STOLEN, match: rule }]);
  take('stolen', 'plate\n1ABC234\n');
  t.match(await passes('1A8C234'), [
    { match: { policy: 'differences', threshold: null, why: { differences: 1 } } },
  ]);
  const other = await box(t, [{ ...STOLEN, match: rule }]);
  other.take('stolen', 'plate\n1ABC234\n');
  t.match(
    await other.passes('IABC23', { readId: randomUUIDv7() }),
    [],
    'another length has to match exactly',
  );
  t.match(await other.passes('IABX234'), [{ match: { why: { differences: 2 } } }], 'one alike, one other');
});

test('an early hit is upheld or withdrawn when its passage ends', async (t) => {
  const { take, hits, journal, records, passes } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n5QRS678\n');
  const picture = { kind: 'plate' as const, at: 1, sizeBytes: 3, sha256: 'a'.repeat(64) };
  const [first, second, third] = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()];
  const tell = async (readId: string, text: string) =>
    hits.early(plate(text), seen(plate(text), readId), async () => [picture]);
  await tell(first, '1ABC234');
  await tell(first, '1ABC234');
  await tell(second, '5QRS678');
  await tell(third, '7JKL012');
  t.match(await records(), [
    { hit: { event: 'raised', basis: 'passage' }, read: { evidence: [{ kind: 'plate' }] } },
    { hit: { event: 'raised' } },
  ]);
  const own = await journal.hits({ readId: first });
  t.match(await journal.get(own[0]!.id), { pictures: [picture] }, 'an early one carries its own pictures');

  const ended = await passes('1ABC234', { readId: first });
  t.match(ended, [{ hit: { event: 'upheld', state: 'new', basis: 'read' }, read: { evidence: [] } }]);
  t.equal(ended.length, 1, 'and no second hit');
  t.match(await passes('5QRS673', { readId: second }), [{ hit: { event: 'withdrawn', state: 'withdrawn' } }]);
  t.match(hits.status(), { raised: 2, withdrawn: 1, waiting: 1 });
  t.match(
    await passes('5QRS678'),
    [{ hit: { event: 'raised' } }],
    'a hit that was withdrawn silences nobody',
  );
});

test('a passage that gives no read withdraws its early hit; one whose picture never comes is raised without', async (t) => {
  const { take, hits, records } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n');
  const readId = randomUUIDv7();
  await hits.early(plate('1ABC234'), seen(plate('1ABC234'), readId), () => Promise.reject(new Error('late')));
  await hits.dropped(readId);
  await hits.dropped(randomUUIDv7());
  t.same(events(await records()), ['raised', 'withdrawn']);
});

test('while the passage ends its early hit is still on its way to the journal: the order holds', async (t) => {
  const { take, hits, journal, records } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n');
  const readId = randomUUIDv7();
  const picture = Promise.withResolvers<never[]>();
  const read = plate('1ABC234');
  const early = hits.early(read, seen(read, readId), () => picture.promise);
  const draft = hits.ofRead(read, seen(read, readId));
  picture.resolve([]);
  await journal.appendAll((await draft).records);
  await early;
  t.same(events(await records()), ['raised', 'upheld']);
});

test('a hit through its life, by whom, and what cannot be', async (t) => {
  const { take, passes, hits, records, again } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n');
  const [raised] = await passes('1ABC234');
  const id = raised!.hit.id;
  const act = (action: HitAction, more: object = {}) => hits.decide({ hit: id, action, ...more }, gateway);
  t.equal(await act('acknowledge'), 'acknowledged');
  t.equal(await act('acknowledge'), 'acknowledged', 'the same message again changes nothing');
  t.equal(await act('confirm', { note: 'seen on the bridge' }), 'confirmed');
  t.equal(await act('acknowledge'), 'confirmed', 'overtaken, and no error');
  t.equal(await act('reject', { cause: 'wrong-plate' }), 'rejected', 'a person may change their mind');
  t.equal(await act('close'), 'closed');
  await t.rejects(act('confirm'), { code: 'hit.refused', message: /closed/ });
  await t.rejects(hits.decide({ hit: randomUUIDv7(), action: 'close' }, gateway), { code: 'hit.unknown' });
  t.same(events(await records()), ['raised', 'acknowledged', 'confirmed', 'rejected', 'closed']);
  t.match((await records())[2]!.hit, { by: gateway, note: 'seen on the bridge', cause: null });
  t.match(await hits.show(id), { state: 'closed', history: [{}, {}, {}, { note: 'wrong-plate' }, {}] });
  t.match((await hits.list({})).length, 1);
  t.equal(hits.status().waiting, 0);
  t.match(
    (await again()).status().judged,
    { pole: { rejected: { 'wrong-plate': 1 } } },
    'counted over restarts',
  );
});

test('two decisions at once: one after the other', async (t) => {
  const { take, passes, hits, records } = await box(t, [STOLEN]);
  take('stolen', 'plate\n1ABC234\n');
  const [raised] = await passes('1ABC234');
  const id = raised!.hit.id;
  const both = [
    hits.decide({ hit: id, action: 'acknowledge' }, gateway),
    hits.decide({ hit: id, action: 'acknowledge' }, gateway),
  ];
  t.same(await Promise.all(both), ['acknowledged', 'acknowledged']);
  t.same(events(await records()), ['raised', 'acknowledged']);
});

test('nobody acknowledges: it is sent again, a few times, until somebody does', async (t) => {
  const priorities = [{ priority: 2, falsePer10000: 1, acknowledgeSeconds: 0.01 }];
  const { take, passes, hits, journal, records } = await box(t, [STOLEN], priorities, 5);
  take('stolen', 'plate\n1ABC234\n5QRS678\n');
  const reminded = (count: number) =>
    new Promise<void>((resolve) => {
      let left = count;
      const stop = journal.follow(({ payload }) => {
        if ((payload as HitPayload).hit.event !== 'reminded' || --left > 0) return;
        stop();
        resolve();
      });
    });
  const four = reminded(4);
  const [first] = await passes('1ABC234');
  await four;
  const all = (await records()).filter(({ hit }) => hit.id === first!.hit.id);
  t.same(
    all.map(({ hit }) => hit.reminders),
    [0, 1, 2, 3, 4],
  );
  t.match(
    all.at(-1),
    { match: { reason: 'stolen' }, read: { plate: { text: '1ABC234' } } },
    'with all of it',
  );
  const [second] = await passes('5QRS678');
  await hits.decide({ hit: second!.hit.id, action: 'acknowledge' }, gateway);
  t.equal(hits.status().waiting, 1);
});

test('a list that is not there, or damaged, keeps no read from being kept', async (t) => {
  const { passes, hits } = await box(t, [STOLEN]);
  t.same(await passes('1ABC234'), []);
  t.match(hits.status(), { raised: 0 });
});
