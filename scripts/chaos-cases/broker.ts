// kill -9 of the broker while the box publishes: with nothing kept, with its sessions on disk, and another client taking the
// box's place.

import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { type Case, type Chaos, scene } from './scene.ts';

const LONGEST_LIFE_MS = 700;

export const broker: Case = {
  name: 'broker',
  about: 'kill -9 of the broker, with and without its memory; taken over',
  run: async (chaos) => [
    await killed(chaos, 'forgets all', []),
    await killed(chaos, 'keeps sessions', [
      'persistence true',
      'persistence_location {dir}/',
      'autosave_on_changes true',
      'autosave_interval 20',
    ]),
    await takenOver(chaos),
  ],
};

function killed({ short, random, say }: Chaos, memory: string, config: string[]) {
  const cycles = short ? 6 : 100;
  const lines = config.length > 0 ? config : ['persistence false'];
  return scene(
    { name: `broker ${memory}`, done: `${cycles} × kill -9` },
    { reads: cycles * 60, pauseMs: 20, box: ['--together', '2'], broker: { config: lines } },
    async ({ box, central, broker }) => {
      await central.start();
      await central.ready();
      await box.start();
      for (let cycle = 1; cycle <= cycles; cycle++) {
        await sleep(300 + random() * LONGEST_LIFE_MS);
        await broker.kill9();
        await broker.restart();
        if (cycle % 20 === 0) say(`${memory}: ${cycle} of ${cycles}`);
      }
    },
  );
}

/** The broker ends the box's connection in favour of whoever comes with its client id. */
function takenOver({ short, random }: Chaos) {
  const cycles = short ? 4 : 100;
  return scene(
    { name: 'session taken', done: `${cycles} × taken over` },
    { reads: cycles * 60, pauseMs: 20, box: ['--together', '2'] },
    async ({ box, central, broker, arrived }) => {
      await central.start();
      await central.ready();
      await box.start();
      await arrived(1);
      for (let cycle = 1; cycle <= cycles; cycle++) {
        await sleep(random() * LONGEST_LIFE_MS);
        const other = await mqtt.connectAsync(broker.url, {
          clientId: 'anpr-e19-north',
          protocolVersion: 5,
          reconnectPeriod: 0,
        });
        await other.endAsync(true);
      }
    },
  );
}
