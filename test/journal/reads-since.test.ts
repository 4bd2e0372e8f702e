// How many reads each camera had since a time, for `anpr status`.

import { join } from 'node:path';
import { test } from 'tap';
import { openJournal, openJournalReadOnly } from '../../agent/journal/index.ts';
import { ADDRESS, AT_MS, newRead, silent } from './records.ts';

test('reads are counted for each camera from a time on, beside the agent too', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const journal = await openJournal({ path, log: silent, address: ADDRESS });
  t.teardown(() => journal.close());
  t.same(await journal.readsSince(0), {});
  await Promise.all([
    ...[1, 2, 3].map((n) => journal.append(newRead(n))),
    journal.append(newRead(2, { camera: 'south' })),
    journal.append(newRead(9, { type: 'status' })),
  ]);
  t.same(await journal.readsSince(0), { north: 3, south: 1 });
  t.same(await journal.readsSince(AT_MS + 3000), { north: 1 });
  const beside = await openJournalReadOnly(path);
  t.teardown(() => beside.close());
  t.same(await beside.readsSince(AT_MS + 2000), { north: 2, south: 1 });
});
