// How the uplink paces itself, as tables: the backlog on a slow link, holes that come again and again, brokers in order.

import { test } from 'tap';
import type { ReceiptMessage } from '../../agent/contract/index.ts';
import { afterFailure, brokersOf } from '../../agent/uplink/broker-policy.ts';
import { nextPace, START } from '../../agent/uplink/pace-policy.ts';
import {
  holesAfterBreak,
  holesDone,
  holesWaitMs,
  RECEIPT_TIMES,
  withoutHoles,
} from '../../agent/uplink/receipt-policy.ts';
import { uplinkConfig } from './parts.ts';

/** A link that takes `perMessageMs` for each message and `roundTripMs` besides, with the backlog alone on it. */
function settle(perMessageMs: number, roundTripMs: number, maxWindow: number) {
  let pace = START;
  let nowMs = 0;
  let longestMs = 0;
  for (let message = 0; message < 3000; message++) {
    const tookMs = Math.max(roundTripMs, Math.floor(pace.window) * perMessageMs) + perMessageMs;
    nowMs += perMessageMs;
    pace = nextPace(pace, tookMs, nowMs, maxWindow);
    if (message > 1500) longestMs = Math.max(longestMs, tookMs);
  }
  return { window: pace.window, longestMs };
}

test('on a quick link the backlog has the whole window', async (t) => {
  t.equal(settle(0.1, 20, 20).window, 20);
  t.equal(settle(0.1, 20, 1000).window, 1000);
});

test('on a long link too: its time is not a queue', async (t) => {
  t.equal(settle(1, 600, 100).window, 100);
});

test('on a slow link it makes itself small: no live read stands in a long queue', async (t) => {
  // 64 kbit/s and 1.1 kB: 140 ms a message; a full window of 20 would be 2.8 s
  const { window, longestMs } = settle(140, 60, 20);
  t.ok(window < 5, `window ${window}`);
  t.ok(longestMs < 1000, `${longestMs} ms`);
  t.ok(settle(5000, 60, 20).window >= 1, 'one always may go');
});

const receipt = (...holes: [number, number][]): ReceiptMessage => ({
  schema: 1,
  type: 'receipt',
  site: 'e19',
  box: 'north',
  at: '2026-11-22T13:07:56.123Z',
  epoch: 'e',
  upTo: 100,
  holes,
});

test('a receipt without holes never waits, one with the same holes ever longer', async (t) => {
  const wait = (holes: ReceiptMessage, done: Parameters<typeof holesWaitMs>[1], nowMs: number) =>
    holesWaitMs(holes, done, nowMs, RECEIPT_TIMES);
  t.equal(wait(receipt([5, 6]), undefined, 0), 0, 'the first at once');
  let done = holesDone(receipt([5, 6]), undefined, 0);
  t.equal(wait(receipt(), done, 1), 0);
  t.equal(wait(receipt([5, 6]), done, 1000), 9000);
  t.equal(wait(receipt([5, 6]), done, 10_000), 0);
  const waits = [];
  for (let nowMs = 10_000, time = 0; time < 12; time++) {
    done = holesDone(receipt([5, 6]), done, nowMs);
    const waitMs = wait(receipt([5, 6]), done, nowMs);
    waits.push(waitMs / 1000);
    nowMs += waitMs;
  }
  t.same(waits.slice(0, 4), [20, 40, 80, 160]);
  t.equal(waits.at(-1), 3600);
  t.equal(holesAfterBreak(undefined), undefined);
  t.equal(wait(receipt([5, 6]), holesAfterBreak(done), done.atMs), 10_000, 'as the first time after a break');
  t.equal(wait(receipt([7, 7]), { ...done, atMs: 0 }, 10_000), 0, 'other holes, other pace');
});

test('what lies before the first hole is confirmed whatever the holes wait for', async (t) => {
  t.match(withoutHoles(receipt([5, 6], [9, 9])), { upTo: 4, holes: [] });
  t.match(withoutHoles(receipt()), { upTo: 100, holes: [] });
});

test('brokers in order; what a further one does not say is as with the first', async (t) => {
  const config = uplinkConfig({
    url: 'mqtts://one',
    username: 'box',
    passwordFile: '/p1',
    caFile: '/ca1',
    fallbacks: [{ url: 'mqtts://two' }, { url: 'mqtt://three', passwordFile: '/p3' }],
  });
  t.same(brokersOf(config), [
    { url: 'mqtts://one', username: 'box', passwordFile: '/p1', caFile: '/ca1' },
    { url: 'mqtts://two', username: 'box', passwordFile: '/p1', caFile: '/ca1' },
    { url: 'mqtt://three', username: 'box', passwordFile: '/p3', caFile: '/ca1' },
  ]);
  t.same(afterFailure(0, 3), { index: 1, isRound: false });
  t.same(afterFailure(2, 3), { index: 0, isRound: true });
  t.same(afterFailure(0, 1), { index: 0, isRound: true });
});
