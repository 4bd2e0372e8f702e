// One connection to the broker, from CONNECT to its end; there is a new one each time. mqtt.js carries the packets and
// nothing more: no reconnecting, no store, no queue. What it leaves open is closed here: it hides the broker's
// Receive Maximum, forgets the callbacks of a connection that broke, and waits forever for a PUBACK.

import {
  type IClientOptions,
  type IConnackPacket,
  type IDisconnectPacket,
  type IPublishPacket,
  MqttClient,
} from 'mqtt';
import { codeOf, messageOf as textOf } from '../shared/errors.ts';
import type { Ending, Protocol } from './connection-policy.ts';
import { JSON_PROPERTIES, type Message } from './message.ts';
import { createPublisher, type Puback, type Publisher } from './publisher.ts';
import { watchLink, watchPubacks } from './silence.ts';
import { openTransport, type Tls, type Transport } from './transport.ts';

export type { Puback } from './publisher.ts';
export type { Tls } from './transport.ts';

export interface ConnectionOptions {
  url: string;
  protocol: Protocol;
  clientId: string;
  username?: string;
  password?: string;
  tls: Tls;
  keepAliveSeconds: number;
  connectTimeoutMs: number;
  will: Message;
  /** gives up the attempt; once connected, `close` ends it */
  signal: AbortSignal;
}

/** A message from the broker. */
export interface Received {
  topic: string;
  payload: Buffer;
  retain: boolean;
  /** MQTT 5: where the sender wants its answer */
  responseTopic: string | undefined;
  correlationData: Buffer | undefined;
}

export interface Connection {
  readonly protocol: Protocol;
  /** messages that the broker takes in flight at most */
  readonly receiveMaximum: number;
  readonly maximumPacketBytes: number;
  readonly ended: Promise<Ending>;
  /** QoS 1. Calls back once, later: with the PUBACK, or with undefined when the connection ended first. */
  send(message: Message, answered: (puback: Puback | undefined) => void): void;
  /**
   * QoS 1; `+` stands for one level. The listener hears what comes on these topics. Resolves with why the broker refuses,
   * or with undefined when it grants. Never rejects.
   */
  subscribe(topics: readonly string[], listener: (received: Received) => void): Promise<string | undefined>;
  /** Topics that were subscribed to; resolves when the broker knows. Never rejects. */
  unsubscribe(topics: readonly string[]): Promise<void>;
  /** Ends it with DISCONNECT: the broker drops the last will. */
  close(): Promise<void>;
}

/** MQTT 3.1.1 has no Receive Maximum, MQTT 5 has this one when the broker names none (3.2.2.3.3). */
const RECEIVE_MAXIMUM_DEFAULT = 65_535;
/** A DISCONNECT that does not get away in this time is not waited for. */
const CLOSE_TIMEOUT_MS = 1000;

/** Resolves with the connection once the broker has accepted it, or with how the attempt ended. Never rejects. */
export function connect(options: ConnectionOptions): Promise<Connection | Ending> {
  const { protocol, signal } = options;
  const { promise, resolve } = Promise.withResolvers<Connection | Ending>();
  const ended = Promise.withResolvers<Ending>();
  let phase: Ending['phase'] = 'connecting';
  let ending: Ending | undefined;

  let transport: Transport;
  let hear = () => {};
  let publisher: Publisher | undefined;
  let client: MqttClient;
  try {
    transport = openTransport({
      url: options.url,
      tls: options.tls,
      onHeard: () => hear(),
      onTaken: (messageId) => publisher?.taken(messageId),
    });
    client = new MqttClient(() => transport.stream, clientOptionsOf(options));
  } catch (error) {
    // Certificates and keys are read by OpenSSL here: a file that is none throws.
    return Promise.resolve({
      phase,
      protocol,
      cause: 'error',
      code: 'configuration',
      message: `certificate or key cannot be used: ${textOf(error)}`,
    });
  }
  /** The first reason is the one that counts; what follows is its echo. */
  const endFor = (why: Ending) => {
    ending ??= why;
    client.stream.destroy();
  };
  const onAbort = () => endFor({ phase, protocol, cause: 'closed' });
  signal.addEventListener('abort', onAbort, { once: true });

  client.on('connect', (connack: IConnackPacket) => {
    phase = 'connected';
    signal.removeEventListener('abort', onAbort);
    resolve(connectionOn(connack));
  });
  client.on('disconnect', (packet: IDisconnectPacket) => {
    endFor({ phase, protocol, cause: 'disconnected', code: packet.reasonCode ?? 0 });
  });
  client.on('error', (error) => {
    const code: unknown = 'code' in error ? error.code : undefined;
    if (typeof code === 'number') endFor({ phase, protocol, cause: 'refused', code });
    else if (/invalid puback reason code/i.test(error.message))
      endFor({ phase, protocol, cause: 'unreadable-puback' });
    else if (/keepalive timeout/i.test(error.message))
      endFor({ phase, protocol, cause: 'silent', afterMs: options.keepAliveSeconds * 1500 });
    else if (/connack timeout/i.test(error.message))
      endFor({ phase, protocol, cause: 'silent', afterMs: options.connectTimeoutMs });
    else endFor({ phase, protocol, cause: 'error', code: codeOf(error), message: textOf(error) });
  });
  client.on('close', () => {
    signal.removeEventListener('abort', onAbort);
    const final: Ending = ending ?? { phase, protocol, cause: 'closed' };
    ended.resolve(final);
    resolve(final);
  });

  function connectionOn(connack: IConnackPacket): Connection {
    const keepAliveMs = (client.keepalive || options.keepAliveSeconds) * 1000;
    const onSilence = () => endFor({ phase, protocol, cause: 'silent', afterMs: keepAliveMs * 1.5 });
    const waiting = watchPubacks<Puback>(keepAliveMs * 1.5, onSilence);
    const link = watchLink(keepAliveMs, () => client.sendPing(), onSilence);
    // Bytes, not packets: a large message on a slow link takes longer than a keep-alive, and is no silence; the broker
    // still wants to hear from us meanwhile (3.1.2.10).
    let noticedAtMs = performance.now();
    hear = () => {
      link.heard();
      if (performance.now() - noticedAtMs < keepAliveMs / 4) return;
      noticedAtMs = performance.now();
      client.reschedulePing(true);
      client.sendPing();
    };
    const listeners = new Map<string, (received: Received) => void>();
    client.on('message', (topic, payload, packet) => {
      const listener = listeners.get(topic) ?? [...listeners].find(([filter]) => isHeard(filter, topic))?.[1];
      listener?.(receivedOf(topic, payload, packet));
    });
    /** what is asked of the broker and not answered: an end is an answer */
    const asked = new Set<() => void>();
    const untilEnded = <T>(atEnd: T, ask: (answered: (answer: T) => void) => void): Promise<T> =>
      new Promise((resolve) => {
        const end = () => settle(atEnd);
        const settle = (answer: T) => {
          asked.delete(end);
          resolve(answer);
        };
        asked.add(end);
        ask(settle);
        if (client.stream.destroyed) end();
      });
    ended.promise.then(() => {
      link.close();
      waiting.abandon();
      for (const end of [...asked]) end();
    });
    const publish = createPublisher({ client, write: transport.write, protocol, link, waiting });
    publisher = publish;
    return {
      protocol,
      receiveMaximum: connack.properties?.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
      maximumPacketBytes: connack.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY,
      ended: ended.promise,
      send(message, answered) {
        if (ending || !client.connected) setImmediate(answered, undefined);
        else publish.send(message, answered);
      },
      subscribe(topics, listener) {
        for (const topic of topics) listeners.set(topic, listener);
        return untilEnded<string | undefined>('the connection ended', (done) => {
          client.subscribe([...topics], { qos: 1 }, (error) => done(error ? textOf(error) : undefined));
        });
      },
      unsubscribe(topics) {
        for (const topic of topics) listeners.delete(topic);
        return untilEnded<void>(undefined, (done) => {
          client.unsubscribe([...topics], () => done());
        });
      },
      async close() {
        const forced = setTimeout(() => client.stream.destroy(), CLOSE_TIMEOUT_MS);
        ending ??= { phase, protocol, cause: 'closed' };
        // What is still in flight stays pending in the journal; mqtt.js would wait for it.
        waiting.abandon();
        client.outgoing = {};
        client.end(false);
        await ended.promise;
        clearTimeout(forced);
      },
    };
  }

  return promise;
}

/** Whether a topic is one of those that a filter names; `+` stands for one level. */
function isHeard(filter: string, topic: string): boolean {
  if (!filter.includes('+')) return filter === topic;
  const [wanted, found] = [filter.split('/'), topic.split('/')];
  return (
    wanted.length === found.length && wanted.every((level, index) => level === '+' || level === found[index])
  );
}

function receivedOf(topic: string, payload: Buffer, { retain, properties }: IPublishPacket): Received {
  const { responseTopic, correlationData } = properties ?? {};
  return { topic, payload, retain, responseTopic, correlationData };
}

function clientOptionsOf(options: ConnectionOptions): IClientOptions {
  const { protocol: version, will } = options;
  return {
    protocolVersion: version === '5' ? 5 : 4,
    clientId: options.clientId,
    clean: true,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    keepalive: options.keepAliveSeconds,
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    // A timer put back with each packet; the link is watched here.
    reschedulePings: false,
    timerVariant: 'native',
    // mqtt.js would write whole packets, the password with them, to its debug log.
    log: () => {},
    will: {
      topic: will.topic,
      payload: will.payload,
      qos: 1,
      retain: will.retain,
      ...(version === '5' ? { properties: JSON_PROPERTIES } : {}),
    },
  };
}
