// What a thousand reconnects leave behind.

import { readdirSync } from 'node:fs';
import { startUplink } from '../../../agent/uplink/index.ts';
import { startMosquitto } from '../../../test/fixtures/mosquitto.ts';
import { startLink } from './link.ts';
import { uplinkConfig } from './uplink-config.ts';
import { address, type Extent, log, newRead, openBenchJournal, reached, WINDOW } from './uplink-scene.ts';

export async function reconnects({ sealed }: Extent): Promise<void> {
  const broker = await startMosquitto();
  const link = await startLink(broker.port, Number.POSITIVE_INFINITY);
  const journal = await openBenchJournal(sealed);
  const times = { firstMs: 1, maxMs: 1, slowMs: 1 };
  const uplink = startUplink({
    journal,
    config: uplinkConfig(link.url, WINDOW),
    address,
    status: () => ({}),
    log,
    times,
  });
  const look = () => {
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    return {
      heapMiB: (heapUsed / 2 ** 20).toFixed(1),
      rssMiB: (rss / 2 ** 20).toFixed(0),
      resources: process.getActiveResourcesInfo().length,
      files: readdirSync('/proc/self/fd').length,
    };
  };
  let early = look();
  for (let n = 1; n <= 1000; n++) {
    const sent = uplink.state().sentTotal;
    await journal.append(newRead());
    await reached(() => uplink.state().sentTotal > sent);
    if (n === 100) early = look();
    const left = new Promise<void>((resolve) => {
      const end = uplink.watch(({ state }) => {
        if (state === 'connected') return;
        end();
        resolve();
      });
    });
    link.cut();
    await left;
  }
  await reached(() => uplink.state().state === 'connected');
  const late = look();
  await uplink.close();
  await journal.close();
  link.close();
  await broker.stop();
  console.log(`reconnects: after 100 ${JSON.stringify(early)}, after 1,000 ${JSON.stringify(late)}`);
}
