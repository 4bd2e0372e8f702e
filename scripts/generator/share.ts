// One share of the boxes: a lasting session at the broker, which keeps what comes while nobody is connected, and whoever connects
// with its name goes on where the one before stopped. A read is acknowledged only after `onRead`: one that was under way when
// its generator died is given to the next one.

import { setTimeout as sleep } from 'node:timers/promises';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { type Address, addressOf, topicOf } from '../../agent/contract/index.ts';
import { type BrokerAddress, connectTo } from '../lib/broker-login.ts';

export interface ShareOptions {
  broker: BrokerAddress;
  /** names the session */
  clientId: string;
  boxes: readonly Address[];
  /**
   * Resolves once whatever the read brings is safe elsewhere; when it rejects, the read comes again.
   * @param ended the share is given away: what waits shall wait no more
   */
  onRead(address: Address, payload: Buffer, ended: AbortSignal): Promise<void>;
  /** what these boxes send is kept for the share from now on, whether anybody is connected or not */
  onSubscribed(addresses: readonly Address[]): void;
  onProblem(text: string): void;
}

export interface Share {
  add(address: Address): void;
  remove(address: Address): void;
  close(): Promise<void>;
}

/** What a broker keeps for a share that nobody has: long enough for a bad weekend. */
const SESSION_SECONDS = 7 * 86_400;
/** Two that take a session from each other leave the broker time to tell them who is there. */
const AGAIN_MS = 500;
const MORE_MS = 1000;
const END_MS = 1000;
const TOPICS_AT_ONCE = 100;

const topicFor = (address: Address) => topicOf(address, 'read');

export function openShare(options: ShareOptions): Share {
  const { broker, clientId, onProblem } = options;
  const boxes = new Map(options.boxes.map((address) => [topicFor(address), address]));
  const closing = new AbortController();
  let client: MqttClient | undefined;
  let working: Promise<void> = Promise.resolve();

  async function connection(): Promise<void> {
    const own = connectTo(broker, {
      clientId,
      clean: false,
      reconnectPeriod: 0,
      ...(broker.protocolVersion === 5 && { properties: { sessionExpiryInterval: SESSION_SECONDS } }),
    });
    const ended = new Promise<void>((resolve) => own.once('close', resolve));
    own.on('error', (error) => onProblem(`${clientId}: ${error.message}`));
    // One message at a time: its PUBACK goes out when `done` is called. After the end of the connection it must not go
    // out any more: the number may be another message's by then.
    own.handleMessage = (packet, done) => {
      working = taken(packet).then(
        () => {
          if (own.connected) done();
        },
        (error: unknown) => {
          if (!closing.signal.aborted)
            onProblem(`${clientId}: ${error instanceof Error ? error.message : error}`);
          own.stream.destroy();
        },
      );
    };
    own.once('connect', () => {
      client = own;
      void subscribe(own, [...boxes.values()]);
    });
    // What is under way is finished and acknowledged: whoever comes next begins behind it.
    const stop = () =>
      void working
        .catch(() => {})
        .then(() => {
          own.end();
          setTimeout(() => own.stream.destroy(), END_MS).unref();
        });
    closing.signal.addEventListener('abort', stop, { once: true });
    if (closing.signal.aborted) stop();
    await ended;
    closing.signal.removeEventListener('abort', stop);
    client = undefined;
  }

  async function taken(packet: IPublishPacket): Promise<void> {
    const address = addressOf(packet.topic);
    if (closing.signal.aborted) throw new Error('the share is given away');
    if (address?.name === 'read') await options.onRead(address, packet.payload as Buffer, closing.signal);
  }

  async function subscribe(own: MqttClient, addresses: readonly Address[]): Promise<void> {
    for (let at = 0; at < addresses.length; at += TOPICS_AT_ONCE) {
      const some = addresses.slice(at, at + TOPICS_AT_ONCE);
      try {
        await own.subscribeAsync(some.map(topicFor), { qos: 1 });
        options.onSubscribed(some);
      } catch (error) {
        if (own.connected) onProblem(`${clientId}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  const running = (async () => {
    while (!closing.signal.aborted) {
      await connection();
      await sleep(AGAIN_MS + Math.random() * MORE_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  })();

  return {
    add(address) {
      if (boxes.has(topicFor(address))) return;
      boxes.set(topicFor(address), address);
      if (client?.connected) void subscribe(client, [address]);
    },
    remove(address) {
      boxes.delete(topicFor(address));
      if (client?.connected) void client.unsubscribeAsync(topicFor(address)).catch(() => {});
    },
    async close() {
      closing.abort();
      await running;
      await working.catch(() => {});
    },
  };
}
