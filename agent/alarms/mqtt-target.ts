// A broker on the spot: a siren, a lamp or a screen beside the road listens there.

import { readFileSync } from 'node:fs';
import mqtt from 'mqtt';
import { AnprError, messageOf } from '../shared/errors.ts';
import type { Target } from './alarms.ts';

export interface MqttTargetOptions {
  url: string;
  topic: string;
  username?: string | undefined;
  caFile?: string | undefined;
  certFile?: string | undefined;
  /** read anew for each connection */
  secrets(): { password?: string; key?: string | Buffer };
}

const TIMEOUT_MS = 10_000;

/** Connects with the first alarm; a broker that is away costs nothing until then. */
export function mqttTarget(options: MqttTargetOptions): Target {
  let client: mqtt.MqttClient | undefined;

  async function connected(): Promise<mqtt.MqttClient> {
    if (client?.connected) return client;
    await client?.endAsync(true);
    const { url, username, caFile, certFile } = options;
    const { password, key } = options.secrets();
    client = await mqtt.connectAsync(url, {
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: TIMEOUT_MS,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(caFile !== undefined && { ca: readFileSync(caFile) }),
      ...(certFile !== undefined && { cert: readFileSync(certFile) }),
      ...(key !== undefined && { key }),
    });
    client.on('error', () => {}); // the next alarm finds it out and connects again
    return client;
  }

  return {
    name: 'mqtt',
    async raise(json, signal) {
      try {
        const own = await connected();
        const late = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
        await Promise.race([
          own.publishAsync(options.topic, json, { qos: 1 }),
          new Promise((_, reject) =>
            late.addEventListener('abort', () => reject(new Error('no answer')), { once: true }),
          ),
        ]);
      } catch (error) {
        client?.end(true);
        client = undefined;
        throw new AnprError(
          'alarm.mqtt',
          `the broker for alarms at ${options.url} does not take it: ${messageOf(error) || 'no connection'}`,
          'Check hits.alarms.mqtt.',
          { cause: error },
        );
      }
    },
    async close() {
      await client?.endAsync(true);
    },
  };
}
