// How a part of the centre logs in at its broker: the same flags for each of scripts/central's commands.

import { readFileSync } from 'node:fs';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { codeOf, messageOf } from '../../agent/shared/errors.ts';

/** for node:util's parseArgs */
export const brokerFlags = {
  url: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
  username: { type: 'string' },
  'password-file': { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  'private-key': { type: 'string' },
  mqtt: { type: 'string', default: '5' },
} as const;

export interface BrokerAddress {
  url: string;
  protocolVersion: 4 | 5;
  username?: string;
  password?: string;
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

export interface BrokerFlags {
  url: string;
  mqtt: string;
  username?: string | undefined;
  'password-file'?: string | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  'private-key'?: string | undefined;
}

/** @throws for a protocol that there is none of, and files that cannot be read */
export function brokerOf(flags: BrokerFlags): BrokerAddress {
  if (flags.mqtt !== '5' && flags.mqtt !== '3.1.1')
    throw new Error(`wanted --mqtt 5 or 3.1.1, found "${flags.mqtt}"`);
  const passwordFile = flags['password-file'];
  const [ca, cert, key] = [flags.ca, flags.cert, flags['private-key']].map(
    (file) => file && readFileSync(file),
  );
  return {
    url: flags.url,
    protocolVersion: flags.mqtt === '5' ? 5 : 4,
    ...(flags.username !== undefined && { username: flags.username }),
    ...(passwordFile && { password: readFileSync(passwordFile, 'utf8').trimEnd() }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}

const CONNECT_MS = 10_000;

/** Goes on whether the broker is there or not. */
export function connectTo(address: BrokerAddress, options: IClientOptions): MqttClient {
  const { url, ...login } = address;
  return mqtt.connect(url, { keepalive: 30, resubscribe: false, ...login, ...options });
}

/** @throws in words, when the broker cannot be reached or does not answer; later it connects again as the options say */
export async function connected(broker: BrokerAddress, options: IClientOptions): Promise<MqttClient> {
  const client = connectTo(broker, options);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('it does not answer')), CONNECT_MS);
  client.once('connect', () => resolve());
  client.on('error', reject); // once it was there, the next attempt mends it
  try {
    await promise;
  } catch (error) {
    client.end(true);
    throw new Error(`${broker.url} cannot be reached: ${messageOf(error) || codeOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
  return client;
}
