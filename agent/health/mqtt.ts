// One MQTT connection, opened and ended: what the broker answers to CONNECT, and what it allows. mqtt.js carries the
// packets; nothing reconnects. Permission to publish is found out with empty messages, not retained, that expire at
// once and say that they are the doctor's: MQTT has no other way to ask.

import mqtt, { type IClientOptions, type MqttClient, type Packet } from 'mqtt';
import { messageOf } from '../shared/errors.ts';

export interface ConnackFacts {
  version: '5' | '3.1.1';
  /** 0: accepted; else the CONNACK's code */
  code: number;
  ms: number;
  /** of MQTT 5; undefined where the broker names none */
  receiveMaximum: number | undefined;
  maximumPacketBytes: number | undefined;
  /** undefined when nothing was asked for, or the connection was refused */
  permissions: Permissions | undefined;
}

export interface TopicsAsked {
  publish: readonly string[];
  subscribe: readonly string[];
}

export interface Permissions {
  /** topics that the broker refused, with its reason code */
  publishRefused: { topic: string; code: number }[];
  subscribeRefused: { topic: string; code: number }[];
  /** MQTT 3.1.1 acknowledges what it throws away: nothing can be told */
  publishTold: boolean;
  /** from SUBSCRIBE to SUBACK */
  roundTripMs: number;
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

/**
 * What the broker answered, and what of `topics` it allows; rejects when it answered nothing, or no MQTT, or hung up
 * while it was asked.
 */
export function askBroker(
  target: MqttTarget,
  version: '5' | '3.1.1',
  topics?: TopicsAsked,
): Promise<ConnackFacts> {
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
      permissions: undefined,
    });
    const onLate = () =>
      done(() => reject(new Error(`no answer to CONNECT within ${target.timeoutMs / 1000} s`)));
    const timer = setTimeout(onLate, target.timeoutMs);
    target.signal.addEventListener('abort', onLate, { once: true });
    let asking = false;
    client.once('connect', ({ properties }) => {
      const { receiveMaximum, maximumPacketSize } = properties ?? {};
      const known = { ...facts(0), receiveMaximum, maximumPacketBytes: maximumPacketSize };
      if (!topics) return done(() => resolve(known));
      asking = true;
      askPermissions(client, topics, version).then((permissions) =>
        done(() => resolve({ ...known, permissions })),
      );
    });
    client.once('error', (error) => {
      const code = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
      done(() => (code === undefined ? reject(new Error(messageOf(error))) : resolve(facts(code))));
    });
    client.once('close', () => done(() => reject(new Error(asking ? CLOSED_ASKING : CLOSED))));
    if (target.signal.aborted) onLate();
  });
}

export const CLOSED = 'the broker closed the connection without an answer';
/** Some brokers end the connection of who publishes what it may not. */
export const CLOSED_ASKING = 'the broker closed the connection when it was asked for permission';

/** Resolves when the broker has answered all; the connection's end is its caller's to see. */
function askPermissions(
  client: MqttClient,
  { publish, subscribe }: TopicsAsked,
  version: '5' | '3.1.1',
): Promise<Permissions> {
  const { promise, resolve } = Promise.withResolvers<Permissions>();
  const found: Permissions = {
    ...{ publishRefused: [], subscribeRefused: [] },
    ...{ publishTold: version === '5', roundTripMs: Number.NaN },
  };
  const waiting = new Map<number, string>();
  const started = performance.now();
  client.on('packetreceive', (packet: Packet) => {
    if (packet.cmd === 'suback') {
      found.roundTripMs = performance.now() - started;
      packet.granted.forEach((code, index) => {
        if (Number(code) >= 0x80)
          found.subscribeRefused.push({ topic: subscribe[index]!, code: Number(code) });
      });
    } else if (packet.cmd === 'puback') {
      const topic = waiting.get(packet.messageId!);
      const code = packet.reasonCode ?? 0;
      if (topic !== undefined && code >= 0x80) found.publishRefused.push({ topic, code });
      waiting.delete(packet.messageId!);
    }
    if (!Number.isNaN(found.roundTripMs) && waiting.size === 0) resolve(found);
  });
  client.on('packetsend', (packet: Packet) => {
    if (packet.cmd === 'publish') waiting.set(packet.messageId!, packet.topic.toString());
  });
  // The callbacks tell of errors once more, and only of the first; the packets have told already.
  const heard = () => {};
  for (const topic of publish)
    client.publish(
      topic,
      '',
      {
        qos: 1,
        retain: false,
        ...(version === '5' && { properties: { messageExpiryInterval: 1, userProperties: DOCTORS } }),
      },
      heard,
    );
  client.subscribe([...subscribe], { qos: 1 }, heard);
  return promise;
}

const DOCTORS = { 'anpr-probe': 'doctor' };
