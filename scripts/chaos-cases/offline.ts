// Hours without a link: the reads of a day, a vehicle every 0.8 s, with their pictures, and then the broker is back.

import { type Case, scene } from './scene.ts';

export const offline: Case = {
  name: 'offline',
  about: 'a day at a vehicle every 0.8 s without a link, then the drain',
  run: async ({ short, say }) => {
    const reads = short ? 2000 : 108_000;
    return [
      await scene(
        { name: 'offline, then drain', done: `${reads} reads` },
        // Appended as fast as the disk takes them: what counts is how many there are.
        { reads, box: ['--together', '20', '--picture', '4000'] },
        async ({ box, central, broker }) => {
          await broker.kill9();
          await box.start();
          await box.ready();
          say(`${reads} reads queued`);
          // What goes to a broker at which nobody has ever listened reaches nobody: the centre is there first.
          box.tell('SIGSTOP');
          await broker.restart();
          await central.start();
          await central.ready();
          box.tell('SIGCONT');
        },
      ),
    ];
  },
};
