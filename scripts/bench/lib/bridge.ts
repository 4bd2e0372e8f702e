// The usual alternative to a journal of one's own: a mosquitto on the box, with persistence and a bridge to the centre.

import mqtt from 'mqtt';
import { freePort, startMosquitto } from '../../../test/fixtures/mosquitto.ts';
import { treeSeconds } from './processes.ts';

/**
 * Queues messages in the box's broker while the centre is away; resolves with the time from the centre being back until
 * a subscriber there has them all, in milliseconds, and the processor time of both brokers and the subscriber until then, in µs a message.
 */
export async function startBridge(
  count: number,
  message: () => string,
): Promise<{ tookMs: number; cpuUs: number }> {
  const port = await freePort();
  const box = await startMosquitto({
    config: [
      'persistence true',
      'persistence_location {dir}/',
      'max_queued_messages 0',
      'connection centre',
      `address 127.0.0.1:${port}`,
      'topic anpr/# out 1',
      'cleansession false',
      'restart_timeout 1 10',
    ],
  });
  const client = await mqtt.connectAsync(box.url, { protocolVersion: 5, reconnectPeriod: 0 });
  for (let n = 0; n < count; n += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, count - n) }, () =>
        client.publishAsync('anpr/1/e19/bench/read', message(), { qos: 1 }),
      ),
    );
  await client.endAsync(true);
  const centre = await startMosquitto({ port, config: ['max_queued_messages 0', 'max_inflight_messages 0'] });
  const beganMs = performance.now();
  const began = treeSeconds(process.pid).all;
  const subscriber = await mqtt.connectAsync(centre.url, { protocolVersion: 5, reconnectPeriod: 0 });
  const all = Promise.withResolvers<void>();
  const ids = new Set<string>();
  subscriber.on('message', (_topic, payload) => {
    ids.add(/"id":"([^"]+)"/.exec(payload.toString())?.[1] ?? '');
    if (ids.size >= count) all.resolve();
  });
  await subscriber.subscribeAsync('anpr/#', { qos: 1 });
  await all.promise;
  const tookMs = performance.now() - beganMs;
  const cpuUs = ((treeSeconds(process.pid).all - began) * 1e6) / count;
  await subscriber.endAsync(true);
  await centre.stop();
  await box.stop();
  return { tookMs, cpuUs };
}
