// A refusal is told once: again only when it is another one, or came back.

import { test } from 'tap';
import { createRefusals } from '../../agent/lists/refusals.ts';
import { AnprError } from '../../agent/shared/errors.ts';

const room = (megabytes: number) =>
  new AnprError('watchlist.no-room', `${megabytes} MB are free`, 'Make room.');

test('news is another code or version, not another figure', async (t) => {
  const told: string[] = [];
  const refusals = createRefusals(
    () => 7,
    ({ version, code }) => told.push(`${version} ${code}`),
  );
  t.equal(refusals.now, null);
  refusals.note(room(3), 4);
  refusals.note(room(2), 4);
  t.same(told, ['4 watchlist.no-room']);
  t.same(refusals.now, {
    ...{ version: 4, code: 'watchlist.no-room', message: '3 MB are free', remedy: 'Make room.', at: 7 },
  });
  refusals.note(room(2), 5);
  refusals.note(new Error('broken'), null);
  refusals.note(new Error('broken otherwise'), null);
  t.same(
    told.slice(1),
    ['5 watchlist.no-room', 'null internal', 'null internal'],
    'without a version the text counts',
  );

  refusals.pass('watchlist.part');
  t.not(refusals.now, null, 'something else has passed');
  refusals.pass();
  t.equal(refusals.now, null);
  refusals.note(room(2), 5);
  t.equal(told.length, 5, 'it came back');
});
