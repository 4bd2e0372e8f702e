// The clock of the box jumps while it reads: an hour back, a year forward. libfaketime stands between the box, all its
// threads, and the system's clock; time that only goes forward (CLOCK_MONOTONIC) is left alone, as a real step leaves it.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOTHING } from './judge.ts';
import { type Case, scene } from './scene.ts';

const FAKETIME = ['x86_64', 'aarch64']
  .map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find(existsSync);
const STEPS: [text: string, offset: string][] = [
  ['-1 h', '-1h'],
  ['+1 year', '+1y'],
];

export const clock: Case = {
  name: 'clock',
  about: 'the clock steps back an hour, forward a year',
  run: async ({ short }) => {
    const row = { name: 'clock steps', done: STEPS.map(([text]) => text).join(', ') };
    if (!FAKETIME)
      return [
        { ...row, verdict: NOTHING, mayTell: 0, tookMs: 0, skipped: 'needs the Debian package faketime' },
      ];
    const rounds = short ? 1 : 20;
    const each = 100;
    const offset = join(tmpdir(), `anpr-chaos-clock-${process.pid}`);
    const set = (text: string) => writeFileSync(offset, `${text}\n`);
    set('+0');
    const env = {
      LD_PRELOAD: FAKETIME,
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    return [
      await scene(
        row,
        { reads: rounds * each * (STEPS.length + 1), pauseMs: 20, start: { env } },
        async ({ box, central, arrived, owner }) => {
          owner.teardown(() => rmSync(offset, { force: true }));
          await central.start();
          await central.ready();
          await box.start();
          for (let n = 0; n < rounds * STEPS.length; n++) {
            await arrived((n + 1) * each);
            set(STEPS[n % STEPS.length]?.[1] ?? '+0');
            // And once the box does not live to see it.
            if (n % STEPS.length === 1) {
              await box.end('SIGKILL');
              await box.start();
            }
          }
        },
      ),
    ];
  },
};
