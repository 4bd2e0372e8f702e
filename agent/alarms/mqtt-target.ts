// A broker on the spot: a siren, a lamp or a screen beside the road listens there.

import { readFileSync } from 'node:fs';
import type { MqttClient } from 'mqtt';
import { AnprError, messageOf } from '../shared/errors.ts';
import { connectMqtt } from '../shared/mqtt-client.ts';
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
  let client: MqttClient | undefined;

  /** A connection that has gone is found out by the next alarm, which connects again. */
  async function connected(signal: AbortSignal): Promise<MqttClient> {
    if (client?.connected) return client;
    await client?.endAsync(true);
    client = undefined;
    const { url, username, caFile, certFile } = options;
    const { password, key } = options.secrets();
    client = await connectMqtt(
      url,
      {
        protocolVersion: 4,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(caFile !== undefined && { ca: readFileSync(caFile) }),
        ...(certFile !== undefined && { cert: readFileSync(certFile) }),
        ...(key !== undefined && { key }),
      },
      signal,
    );
    return client;
  }

  return {
    name: 'mqtt',
    async raise(json, signal) {
      try {
        const late = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
        const own = await connected(late);
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
          `the broker for alarms at ${options.url} does not take it: ${messageOf(error)}`,
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
