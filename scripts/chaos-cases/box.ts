// kill -9 of the box, journal and uplink and all, at any moment: while it starts, while it appends, while it sends.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Case, type Chaos, scene } from './scene.ts';

/** A start takes about half a second: the moments lie on both sides of it. */
const LONGEST_LIFE_MS = 1000;

export const box: Case = {
  name: 'box',
  about: 'kill -9 of journal and uplink at random moments',
  run: async (chaos) => [await killed(chaos, chaos.short ? 25 : 1000)],
};

function killed({ random, say }: Chaos, cycles: number) {
  // 4 appends at a time: reads are on their way in each of the moments.
  const reads = cycles * 60;
  return scene(
    { name: 'box killed', done: `${cycles} × kill -9` },
    { reads, pauseMs: 10, box: ['--together', '4', '--picture', '400'] },
    async ({ box, central }) => {
      await central.start();
      await central.ready();
      for (let cycle = 1; cycle <= cycles; cycle++) {
        await box.start();
        await sleep(random() * LONGEST_LIFE_MS);
        await box.end('SIGKILL');
        if (cycle % 50 === 0) say(`${cycle} of ${cycles}`);
      }
      await box.start();
    },
  );
}
