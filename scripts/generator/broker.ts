// How a generator reaches its broker: login as everywhere in scripts/central, and what agent/lists wants of a connection.

import { readFileSync } from 'node:fs';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Link } from '../../agent/uplink/index.ts';

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

export function connectTo(address: BrokerAddress, options: IClientOptions): MqttClient {
  const { url, ...login } = address;
  return mqtt.connect(url, { keepalive: 30, resubscribe: false, ...login, ...options });
}

/** Once for each connection of the client; `hear` is to be told of each message that comes. */
export function linkOver(client: MqttClient, ended: AbortSignal) {
  type Listener = Parameters<Link['subscribe']>[1];
  const listeners = new Map<string, Listener>();
  const link: Link = {
    async subscribe(topics, listener) {
      for (const topic of topics) listeners.set(topic, listener);
      return await client.subscribeAsync([...topics], { qos: 1 }).then(
        () => undefined,
        (error: Error) => error.message,
      );
    },
    async unsubscribe(topics) {
      for (const topic of topics) listeners.delete(topic);
      await client.unsubscribeAsync([...topics]).catch(() => {});
    },
    publish: ({ topic, payload, retain }) =>
      client.publishAsync(topic, payload, { qos: 1, retain }).then(
        () => ({ code: 0, text: undefined }),
        () => undefined,
      ),
    ended,
  };
  const hear = (topic: string, payload: Buffer, retain: boolean): boolean => {
    const listener = listeners.get(topic);
    listener?.({ topic, payload, retain, responseTopic: undefined, correlationData: undefined });
    return listener !== undefined;
  };
  return { link, hear };
}
