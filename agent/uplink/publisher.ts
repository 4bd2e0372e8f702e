// PUBLISH and its PUBACK on one connection. The packets are made here and what comes due at the same moment goes in one
// write; mqtt.js lends its count of packet ids and what it parses.

import type { MqttClient } from 'mqtt';
import type { Protocol } from './connection-policy.ts';
import type { Message } from './message.ts';
import { publishPacket } from './publish-packet.ts';
import type { LinkWatch, PubackWatch } from './silence.ts';

export interface Puback {
  code: number;
  /** what the broker says about it in its own words */
  text: string | undefined;
}

/** Codes below this say that the broker has it (2.4). */
const FIRST_ERROR = 0x80;
const TAKEN: Puback = { code: 0, text: undefined };

export interface Publisher {
  /** Calls back once, later: with the PUBACK, or with undefined when the wait for it was abandoned. */
  send(message: Message, answered: (puback: Puback | undefined) => void): void;
  /** A PUBACK without a reason has come. */
  taken(messageId: number): void;
}

export interface PublisherOptions {
  client: MqttClient;
  write(packets: Buffer): void;
  protocol: Protocol;
  link: LinkWatch;
  waiting: PubackWatch<Puback>;
}

export function createPublisher({ client, write, protocol, link, waiting }: PublisherOptions): Publisher {
  let packets: Buffer[] = [];

  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'puback') return;
    const { messageId = 0, reasonCode = 0, properties } = packet;
    const isError = reasonCode >= FIRST_ERROR;
    waiting.settle(messageId, isError ? { code: reasonCode, text: properties?.reasonString } : TAKEN);
  });

  /** mqtt.js numbers its SUBSCRIBEs by the same count: an id is in use once (2.2.1). */
  function freeId(): number {
    for (;;) {
      const id = client.messageIdProvider.allocate();
      if (id !== null && !waiting.has(id) && !(id in client.outgoing)) return id;
    }
  }

  function flush(): void {
    const [first, ...others] = packets;
    packets = [];
    if (first) write(others.length === 0 ? first : Buffer.concat([first, ...others]));
  }

  return {
    send(message, answered) {
      const { length } = message.payload;
      const carried = link.carrying(length);
      const messageId = freeId();
      waiting.add(messageId, length, (puback) => {
        carried?.();
        answered(puback);
      });
      if (packets.push(publishPacket(message, messageId, protocol)) === 1) queueMicrotask(flush);
    },
    taken: (messageId) => waiting.settle(messageId, TAKEN),
  };
}
