// What tests of the gateway have in common: it in their own process, the centre's side, and a client that publishes.

import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import mqtt from 'mqtt';
import type { Test } from 'tap';
import type { CentralHitMessage, HitPayload } from '../../agent/contract/index.ts';
import { type GatewayOptions, startGateway } from '../../scripts/gateway/gateway.ts';
import { openStore } from '../../scripts/gateway/store.ts';
import type { HitView } from '../../scripts/gateway/view.ts';
import { startMosquitto } from '../fixtures/mosquitto.ts';
import { centre } from './side-messages.ts';

export async function broker(t: Test) {
  const started = await startMosquitto({ config: ['max_queued_messages 0'] });
  t.teardown(() => started.stop());
  return started;
}

/** A gateway in this process, and what it makes of what comes; its database is in the test's folder. */
export async function gatewayAt(t: Test, url: string, more: Partial<GatewayOptions> = {}) {
  const store = openStore(join(t.testdirName, 'gateway-here.db'));
  const news = new EventEmitter();
  const problems: string[] = [];
  const gateway = startGateway({
    ...{ broker: { url, protocolVersion: 5 }, store, clientId: 'gateway', boxes: ['+/+'] },
    onConnected: () => news.emit('connected'),
    onChange: (hit) => news.emit('change', hit),
    onProblem(text) {
      problems.push(text);
      news.emit('change');
    },
    ...more,
  });
  if (!gateway.isConnected()) await once(news, 'connected');
  t.teardown(async () => {
    await gateway.close();
    store.close();
  });
  return {
    ...{ gateway, store, problems, news },
    /** Asks after each change until the hits are as wanted. */
    async until(wanted: (hits: HitView[]) => boolean): Promise<HitView[]> {
      for (;;) {
        const next = new Promise((resolve) => news.once('change', resolve));
        const hits = store.list(100);
        if (wanted(hits)) return hits;
        await next;
      }
    },
  };
}

/** The centre's hit of the same read and entry. */
export function ofCentre({ camera, hit, match, read }: HitPayload): CentralHitMessage {
  return { ...centre({ camera, readId: hit.readId }), ...(match && { match }), ...(read && { read }) };
}

export async function publisher(t: Test, url: string) {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5 });
  t.teardown(() => client.endAsync(true));
  const publish = (topic: string, message: object | string | Buffer) => {
    const payload =
      typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message);
    return client.publishAsync(topic, payload, { qos: 1 });
  };
  return { client, publish };
}
