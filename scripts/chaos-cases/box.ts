// kill -9 of the box, journal and uplink and all, at any moment: while it starts, while it appends, while it sends.

import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, type Chaos, scene, until } from './scene.ts';

/** So many of the kills come before the first append. */
const WHILE_STARTING = 1 / 3;
/** The others come so long after it, at most. */
const LONGEST_LIFE_MS = 500;

export const box: Case = {
  name: 'box',
  about: 'kill -9 of journal and uplink at random moments',
  run: async (chaos) => [await killed(chaos, chaos.short ? 25 : 1000)],
};

function killed({ random, say }: Chaos, cycles: number) {
  // 4 appends at a time: reads are on their way in each of the moments.
  return scene(
    { name: 'box killed', done: `${cycles} × kill -9` },
    { pauseMs: 10, box: ['--together', '4', '--picture', '400'] },
    async ({ box, central, ledgerPath }) => {
      const ledgerBytes = () => (existsSync(ledgerPath) ? statSync(ledgerPath).size : 0);
      const appends = (before: number) => until(() => ledgerBytes() > before, 'an append');
      await central.start();
      await central.ready();
      // A process that ends by itself leaves its compiled code for the next ones, where NODE_COMPILE_CACHE says.
      await box.start();
      await appends(0);
      await box.end('SIGTERM');
      // How long a start takes is measured, not assumed: on a busy machine every kill would fall into it.
      let startMs: number | undefined;
      let starting = 0;
      for (let cycle = 1; cycle <= cycles; cycle++) {
        const before = ledgerBytes();
        const beganMs = performance.now();
        await box.start();
        if (startMs !== undefined && random() < WHILE_STARTING) {
          await sleep(random() * startMs);
          starting++;
        } else {
          await appends(before);
          startMs = performance.now() - beganMs;
          await sleep(random() * LONGEST_LIFE_MS);
        }
        await box.end('SIGKILL');
        if (cycle % 50 === 0)
          say(`${cycle} of ${cycles}, ${starting} while it started (${Math.round(startMs)} ms)`);
      }
      const before = ledgerBytes();
      await box.start();
      await appends(before);
    },
  );
}
