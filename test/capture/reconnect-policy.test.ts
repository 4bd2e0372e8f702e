// When a camera is tried again: a truth table.

import { test } from 'tap';
import { BACKOFF, type Ending, nextAttempt } from '../../agent/capture/reconnect-policy.ts';

test('waits, by what happened and how often', (t) => {
  const table: [
    ending: Ending,
    failures: number,
    streamedMs: number,
    wanted: { waitMs: number; failures: number },
  ][] = [
    ['failed', 0, 0, { waitMs: 1000, failures: 1 }],
    ['failed', 1, 0, { waitMs: 2000, failures: 2 }],
    ['failed', 2, 0, { waitMs: 4000, failures: 3 }],
    ['failed', 5, 0, { waitMs: 30_000, failures: 6 }],
    ['failed', 5000, 0, { waitMs: 30_000, failures: 5001 }],
    ['stalled', 0, 0, { waitMs: 1000, failures: 1 }],
    // Frames for a while: a first failure again. Frames for a moment: not.
    ['failed', 7, 60_000, { waitMs: 1000, failures: 1 }],
    ['stalled', 7, 60_000, { waitMs: 1000, failures: 1 }],
    ['failed', 3, 500, { waitMs: 8000, failures: 4 }],
    // A camera that says no is not hammered: it would lock the user out.
    ['refused', 0, 0, { waitMs: 30_000, failures: 1 }],
    ['refused', 10, 0, { waitMs: 30_000, failures: 11 }],
    // Another size is no failure, unless it happens all the time.
    ['resized', 0, 60_000, { waitMs: 0, failures: 0 }],
    ['resized', 0, 500, { waitMs: 0, failures: 1 }],
    ['resized', 1, 500, { waitMs: 2000, failures: 2 }],
    ['resized', 9, 60_000, { waitMs: 0, failures: 0 }],
    ['no-hardware', 0, 0, { waitMs: 0, failures: 0 }],
  ];
  for (const [ending, failures, streamedMs, wanted] of table)
    t.same(
      nextAttempt(ending, failures, streamedMs, 0.5),
      wanted,
      `${ending} after ${failures}, ${streamedMs} ms`,
    );
  t.end();
});

test('jitter is a quarter to either side, so that cameras do not come back all at once', (t) => {
  t.equal(nextAttempt('failed', 0, 0, 0).waitMs, BACKOFF.firstMs * 0.75);
  t.equal(nextAttempt('failed', 0, 0, 1).waitMs, BACKOFF.firstMs * 1.25);
  t.end();
});
