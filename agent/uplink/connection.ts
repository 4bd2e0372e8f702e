// One connection to the broker, from CONNECT to its end; there is a new one each time. mqtt.js carries the packets and
// nothing more: no reconnecting, no store, no queue. What it leaves open is closed here: it hides the broker's
// Receive Maximum, forgets the callbacks of a connection that broke, and waits forever for a PUBACK.

import { Socket } from 'node:net';
import mqtt, {
  type IClientOptions,
  type IConnackPacket,
  type IDisconnectPacket,
  type MqttClient,
} from 'mqtt';
import { codeOf, messageOf as textOf } from '../shared/errors.ts';
import type { Ending, Protocol } from './connection-policy.ts';
import { MESSAGE_PROPERTIES, type Message } from './message.ts';

export interface Tls {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
}

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

export interface Puback {
  code: number;
  /** what the broker says about it in its own words */
  text: string | undefined;
}

export interface Connection {
  readonly protocol: Protocol;
  /** messages that the broker takes in flight at most */
  readonly receiveMaximum: number;
  readonly maximumPacketBytes: number;
  readonly ended: Promise<Ending>;
  /** QoS 1. Resolves with the PUBACK, or with undefined when the connection ended first. Never rejects. */
  publish(message: Message): Promise<Puback | undefined>;
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

  let client: MqttClient;
  try {
    client = mqtt.connect(clientOptionsOf(options));
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
  // A window of small messages and Nagle's algorithm wait for each other: 4,000 messages a second instead of 20,000.
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
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
    const timeoutMs = (client.keepalive || options.keepAliveSeconds) * 1500;
    const waiting = watchPubacks(timeoutMs, () =>
      endFor({ phase, protocol, cause: 'silent', afterMs: timeoutMs }),
    );
    ended.promise.then(() => waiting.abandon());
    return {
      protocol,
      receiveMaximum: connack.properties?.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
      maximumPacketBytes: connack.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY,
      ended: ended.promise,
      publish(message) {
        return new Promise((done) => {
          if (ending || !client.connected) return done(undefined);
          const settle = waiting.add(done);
          client.publish(
            message.topic,
            message.payload,
            {
              qos: 1,
              retain: message.retain,
              ...(protocol === '5' ? { properties: MESSAGE_PROPERTIES } : {}),
            },
            (error, packet) => {
              if (!error) return settle({ code: 0, text: undefined });
              const code: unknown = 'code' in error ? error.code : undefined;
              if (typeof code !== 'number') return settle(undefined);
              const properties = packet && 'properties' in packet ? packet.properties : undefined;
              const text = properties && 'reasonString' in properties ? properties.reasonString : undefined;
              settle({ code, text });
            },
          );
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

/** Messages that wait for their PUBACK, oldest first; `onSilence` when the oldest has waited too long. */
function watchPubacks(timeoutMs: number, onSilence: () => void) {
  const waiting = new Map<(puback: Puback | undefined) => void, number>();
  let timer: NodeJS.Timeout | undefined;

  const check = () => {
    timer = undefined;
    const oldestSentAt = waiting.values().next().value;
    if (oldestSentAt === undefined) return;
    const leftMs = oldestSentAt + timeoutMs - performance.now();
    if (leftMs <= 0) onSilence();
    else timer = setTimeout(check, leftMs);
  };

  return {
    add(done: (puback: Puback | undefined) => void) {
      const settle = (puback: Puback | undefined) => {
        if (waiting.delete(settle)) done(puback);
      };
      waiting.set(settle, performance.now());
      timer ??= setTimeout(check, timeoutMs);
      return settle;
    },
    abandon() {
      clearTimeout(timer);
      timer = undefined;
      for (const settle of [...waiting.keys()]) settle(undefined);
    },
  };
}

function clientOptionsOf(options: ConnectionOptions): IClientOptions {
  const { protocol: version, will, tls } = options;
  const { protocol, hostname, port } = new URL(options.url);
  const secure = protocol === 'mqtts:';
  return {
    protocol: secure ? 'mqtts' : 'mqtt',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : secure ? 8883 : 1883,
    protocolVersion: version === '5' ? 5 : 4,
    clientId: options.clientId,
    clean: true,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    keepalive: options.keepAliveSeconds,
    connectTimeout: options.connectTimeoutMs,
    reconnectPeriod: 0,
    resubscribe: false,
    timerVariant: 'native',
    // mqtt.js would write whole packets, the password with them, to its debug log.
    log: () => {},
    will: {
      topic: will.topic,
      payload: will.payload,
      qos: 1,
      retain: will.retain,
      ...(version === '5' ? { properties: MESSAGE_PROPERTIES } : {}),
    },
    ...(secure ? { ...tls, rejectUnauthorized: true } : {}),
  };
}
