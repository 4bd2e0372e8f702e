// Which record makes a broker hang up: found among its neighbours, and never an innocent one.

import { test } from 'tap';
import type { QueuedRecord } from '../../agent/journal/index.ts';
import { afterAccepted, afterClosing, type Hunt, NO_HUNT } from '../../agent/uplink/culprit-policy.ts';

const record = (position: number, type: QueuedRecord['type'] = 'read'): QueuedRecord => ({
  position,
  epoch: 'e',
  seq: position,
  id: `r${position}`,
  type,
  json: Buffer.from('{}'),
});

/** The uplink's way with a broker that behaves as told; `arriving`: a new record with each connection. */
function play(
  pending: QueuedRecord[],
  closesOn: (record: QueuedRecord, connection: number) => boolean,
  arriving = true,
  connections = 40,
) {
  let hunt: Hunt = NO_HUNT;
  let left = [...pending];
  const buried: number[] = [];
  let connection = 0;
  while (left.length > 0 && connection++ < connections) {
    if (arriving && connection < 20) left.push(record(100 + connection));
    const aside = hunt.suspect?.aside ? hunt.suspect.position : undefined;
    const queue = left.filter(({ position }) => position !== aside);
    if (queue.length === 0) break;
    while (queue.length > 0) {
      const alone = queue[0]!.position <= hunt.aloneUpTo;
      const window = alone ? queue.splice(0, 1) : queue.splice(0, 3);
      const bad = window.findIndex((sent) => closesOn(sent, connection));
      const accepted = bad < 0 ? window : window.slice(0, bad);
      for (const one of accepted) hunt = afterAccepted(hunt, one);
      left = left.filter((one) => !accepted.includes(one));
      if (bad < 0) continue;
      const after = afterClosing(hunt, window.slice(bad));
      hunt = after.hunt;
      const { bury } = after;
      if (bury) {
        buried.push(bury.position);
        left = left.filter((one) => one !== bury);
      }
      break;
    }
  }
  return { buried, left: left.map(({ position }) => position), connection };
}

const ten = Array.from({ length: 10 }, (_, n) => record(n + 1));

test('one bad record among ten: it alone is given up, the others arrive', async (t) => {
  for (const bad of [1, 2, 5]) {
    const { buried, left } = play(ten, ({ position }) => position === bad);
    t.same(buried, [bad]);
    t.same(left, []);
  }
});

test('the last one: kept until another of its kind has gone through', async (t) => {
  const { buried, left } = play(ten, ({ position }) => position === 10, false);
  t.same(buried, []);
  t.same(left, [10]);
});

test('a broker that hangs up on everything gets none of them buried', async (t) => {
  const { buried, left } = play(ten, () => true);
  t.same(buried, []);
  t.ok(left.length >= 10);
});

test('one that hangs up on one kind only: none of it is buried, the other kind goes through', async (t) => {
  const mixed = ten.map(({ position }) => record(position, position % 2 ? 'gap' : 'read'));
  const { buried } = play(mixed, ({ type }) => type === 'gap', false);
  t.same(buried, []);
});

test('a link that breaks now and then finds no culprit', async (t) => {
  const { buried, left } = play(
    ten,
    ({ position }, connection) => connection <= 4 && position % 3 === connection % 3,
  );
  t.same(buried, []);
  t.same(left, []);
});
