// A consumer that is away is reminded ever more rarely; one that gave a receipt since, at once.

import { test } from 'tap';
import { isReminderDue, type Reminded, reminded } from '../../agent/journal/remind-policy.ts';

const MIN = 60_000;

test('pauses double while no receipt comes, up to a limit', (t) => {
  let last: Reminded | undefined;
  const at: number[] = [];
  for (let minute = 0; minute < 24 * 60; minute++)
    if (isReminderDue(last, 7, minute * MIN, 5 * MIN)) {
      at.push(minute);
      last = reminded(last, 7, minute * MIN);
    }
  t.same(at, [0, 10, 30, 70, 150, 310, 630, 950, 1270], 'nine connections in a day, not 1,440');
  t.end();
});

test('a new receipt begins anew', (t) => {
  let last: Reminded | undefined;
  for (const age of [0, 10, 30, 70]) last = reminded(last, 7, age * MIN);
  t.notOk(isReminderDue(last, 7, 71 * MIN, 5 * MIN));
  t.ok(isReminderDue(last, 8, 71 * MIN, 5 * MIN));
  t.match(reminded(last, 8, 71 * MIN), { times: 1, receiptAt: 8 });
  t.end();
});
