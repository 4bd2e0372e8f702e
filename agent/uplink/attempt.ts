// One attempt at one broker: secrets and certificates are read, then CONNECT.

import { readFile } from 'node:fs/promises';
import type { UplinkConfig } from '../config/index.ts';
import type { Address } from '../contract/index.ts';
import { messageOf as textOf } from '../shared/errors.ts';
import type { Broker } from './broker-policy.ts';
import { type Connection, connect, type Tls } from './connection.ts';
import type { Ending, Protocol } from './connection-policy.ts';
import { statusMessageOf } from './message.ts';
import type { UplinkSecrets } from './types.ts';

export interface AttemptOptions {
  broker: Broker;
  protocol: Protocol;
  config: UplinkConfig;
  address: Address;
  secrets: ((broker: Broker) => Promise<UplinkSecrets>) | undefined;
  connectTimeoutMs: number;
  signal: AbortSignal;
}

/** Never rejects. */
export async function attempt(options: AttemptOptions): Promise<Connection | Ending> {
  const { broker, protocol, config, address, signal } = options;
  let password: string | undefined;
  let tls: Tls;
  try {
    const secrets = (await options.secrets?.(broker)) ?? {};
    password = secrets.password;
    tls = {
      ...(broker.caFile ? { ca: await readFile(broker.caFile) } : {}),
      ...(broker.certFile ? { cert: await readFile(broker.certFile) } : {}),
      ...(secrets.key ? { key: secrets.key } : {}),
    };
  } catch (error) {
    return { phase: 'connecting', protocol, cause: 'error', code: 'configuration', message: textOf(error) };
  }
  return connect({
    url: broker.url,
    protocol,
    clientId: config.clientId ?? `anpr-${address.site}-${address.box}`,
    ...(broker.username === undefined ? {} : { username: broker.username }),
    ...(password === undefined ? {} : { password }),
    tls,
    keepAliveSeconds: config.keepAliveSeconds,
    connectTimeoutMs: options.connectTimeoutMs,
    will: statusMessageOf(address, false, undefined),
    signal,
  });
}
