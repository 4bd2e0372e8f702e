// What lies on the disk under lock: it opens with its key, for what it was locked for, and only unchanged.

import { randomUUIDv7 } from 'node:crypto';
import { test } from 'tap';
import {
  LOCK_OVERHEAD_BYTES,
  type LockedThing,
  lock,
  lockedBy,
  lockText,
  newRing,
  openRing,
  rotatedRing,
  TEXT_BLOCK_BYTES,
  unlock,
  unlockTexts,
} from '../../agent/seal/index.ts';

const ring = openRing(newRing());
const row: LockedThing = { kind: 'record', epoch: 'e', seq: 7, id: randomUUIDv7() };

test('what is locked opens again; the same twice looks different', async (t) => {
  const text = '{"plate":"1ABC234 é"}';
  const [one, two] = [lock(ring.current, row, text), lock(ring.current, row, Buffer.from(text))];
  t.equal(unlock(ring, row, one).toString(), text);
  t.equal(unlock(ring, row, two).toString(), text);
  t.notSame(one, two);
  t.equal(one.length, Buffer.byteLength(text) + LOCK_OVERHEAD_BYTES);
  t.notOk(one.includes('1ABC234'));
  t.equal(unlock(ring, row, lock(ring.current, row, '')).length, 0);
});

test('it belongs to its row: in another it does not open', async (t) => {
  const locked = lock(ring.current, row, 'text');
  const others: LockedThing[] = [
    { ...row, seq: 8 },
    { ...row, epoch: 'f' },
    { ...row, id: randomUUIDv7() },
    { kind: 'audit' },
    { kind: 'picture', readId: row.id, picture: 'plate' },
  ];
  for (const other of others) t.throws(() => unlock(ring, other, locked), { code: 'seal.broken' });
});

test('any changed byte is noticed', async (t) => {
  const locked = lock(ring.current, row, 'text');
  for (let at = 0; at < locked.length; at++) {
    const changed = Buffer.from(locked);
    changed[at] = changed[at]! ^ 1;
    t.throws(() => unlock(ring, row, changed), { code: /^seal\.(broken|key-lost)$/ }, `byte ${at}`);
  }
  for (const length of [0, 1, LOCK_OVERHEAD_BYTES - 1, locked.length - 1])
    t.throws(
      () => unlock(ring, row, locked.subarray(0, length)),
      { code: 'seal.broken' },
      `cut to ${length}`,
    );
});

test('after a change of key the old pieces open, with the old key gone they say so', async (t) => {
  const first = newRing();
  const locked = lock(openRing(first).current, row, 'text');
  t.equal(unlock(openRing(rotatedRing(first)), row, locked).toString(), 'text');
  const id = openRing(first).current.id;
  t.equal(lockedBy(locked), id);
  t.throws(() => unlock(ring, row, locked), { code: 'seal.key-lost', message: id, remedy: String });
});

test('a JPEG or JSON is no locked piece', async (t) => {
  t.equal(lockedBy(Buffer.concat([Buffer.of(0xff, 0xd8, 0xff), Buffer.alloc(99)])), undefined);
  t.equal(lockedBy(Buffer.from(`{"a":"${'x'.repeat(99)}"}`)), undefined);
});

test('texts of plates: opened all at once; the same plate twice looks unrelated', async (t) => {
  const texts = ['1ABC234', '1ABC234', '', 'ABCDEFGHIJ', 'ABCDEFGHIJK', 'Ü1'];
  const blocks = texts.map((text) => lockText(ring.current, text));
  t.ok(blocks.every((block) => block.length === TEXT_BLOCK_BYTES));
  t.notSame(blocks[0], blocks[1]);
  t.same(unlockTexts(ring.current, Buffer.concat(blocks)), [
    '1ABC234',
    '1ABC234',
    '',
    'ABCDEFGHIJ',
    null,
    null,
  ]);
  t.same(unlockTexts(ring.current, Buffer.alloc(0)), []);
});
