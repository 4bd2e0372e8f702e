// One MQTT connection, opened and ended: what the broker answers to CONNECT, and what it allows. mqtt.js carries the
// packets; nothing is published and nothing reconnects.

import mqtt, { type IClientOptions } from 'mqtt';
import { messageOf } from '../shared/errors.ts';

export interface ConnackFacts {
  version: '5' | '3.1.1';
  /** 0: accepted; else the CONNACK's code */
  code: number;
  ms: number;
  /** of MQTT 5; undefined where the broker names none */
  receiveMaximum: number | undefined;
  maximumPacketBytes: number | undefined;
}

export interface MqttTarget {
  url: string;
  clientId: string;
  username: string | undefined;
  password: string | undefined;
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  timeoutMs: number;
  signal: AbortSignal;
}

/** What the broker answered; rejects when it answered nothing, or no MQTT. */
export function askBroker(target: MqttTarget, version: '5' | '3.1.1'): Promise<ConnackFacts> {
  const started = performance.now();
  const secure = target.url.startsWith('mqtts:');
  const options: IClientOptions = {
    protocolVersion: version === '5' ? 5 : 4,
    clientId: target.clientId,
    clean: true,
    connectTimeout: target.timeoutMs,
    reconnectPeriod: 0,
    // mqtt.js would write whole packets, the password with them, to its debug log.
    log: () => {},
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(secure && {
      ...(target.ca === undefined ? {} : { ca: target.ca }),
      ...(target.cert === undefined ? {} : { cert: target.cert }),
      ...(target.key === undefined ? {} : { key: target.key }),
    }),
  };
  return new Promise((resolve, reject) => {
    const client = mqtt.connect(target.url, options);
    const done = (end: () => void) => {
      clearTimeout(timer);
      target.signal.removeEventListener('abort', onLate);
      client.removeAllListeners();
      client.on('error', () => {});
      client.end(true);
      end();
    };
    const facts = (code: number): ConnackFacts => ({
      version,
      code,
      ms: performance.now() - started,
      receiveMaximum: undefined,
      maximumPacketBytes: undefined,
    });
    const onLate = () =>
      done(() => reject(new Error(`no answer to CONNECT within ${target.timeoutMs / 1000} s`)));
    const timer = setTimeout(onLate, target.timeoutMs);
    target.signal.addEventListener('abort', onLate, { once: true });
    client.once('connect', ({ properties }) => {
      const { receiveMaximum, maximumPacketSize } = properties ?? {};
      done(() => resolve({ ...facts(0), receiveMaximum, maximumPacketBytes: maximumPacketSize }));
    });
    client.once('error', (error) => {
      const code = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
      done(() => (code === undefined ? reject(new Error(messageOf(error))) : resolve(facts(code))));
    });
    client.once('close', () => done(() => reject(new Error(CLOSED))));
    if (target.signal.aborted) onLate();
  });
}

export const CLOSED = 'the broker closed the connection without an answer';
