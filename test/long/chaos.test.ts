// The chaos suite in its long form, but for what takes hours: kill -9 of the box 1,000 times, a day offline, the link, the
// broker and the power cut in many more moments than the short form has. `scripts/chaos` alone runs every case.

import t, { test } from 'tap';
import { cases, problemsOf, seeded } from '../../scripts/chaos-cases/index.ts';
import { noMosquitto } from '../fixtures/mosquitto.ts';
import { notLong } from '../fixtures/needs.ts';

const HOUR_MS = 3_600_000;
const LONG = ['box', 'broker', 'offline', 'power'];

t.setTimeout(LONG.length * HOUR_MS);

// Another seed each day: what one seed for ever would not find. A failure says which it was.
const seed = Math.floor(Date.now() / 86_400_000);

for (const { name, run } of cases.filter((one) => LONG.includes(one.name)))
  test(`chaos, ${name}, long: nothing is lost, duplicated, out of order or not reported`, {
    skip: notLong || noMosquitto,
    timeout: HOUR_MS,
  }, async (t) => {
    const rows = await run({ short: false, random: seeded(seed), say: (text) => t.comment(text) });
    for (const row of rows)
      await t.test(`${row.name}, ${row.done}`, { skip: row.skipped ?? false }, async (t) => {
        t.same(problemsOf(row.verdict, row.mayTell), [], `seed ${seed}`);
      });
  });
