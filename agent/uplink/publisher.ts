// PUBLISH and its PUBACK on one connection. The packets are made here and what comes due at the same moment goes in one
// write; mqtt.js lends its stream, its count of packet ids and what it parses.

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

/** Resolves with the PUBACK, or with undefined when the wait for it was abandoned. Never rejects. */
export type Publish = (message: Message) => Promise<Puback | undefined>;

export function createPublish(
  client: MqttClient,
  protocol: Protocol,
  link: LinkWatch,
  waiting: PubackWatch<Puback>,
): Publish {
  const unanswered = new Map<number, (puback: Puback) => void>();
  let packets: Buffer[] = [];

  client.on('packetreceive', (packet) => {
    if (packet.cmd !== 'puback') return;
    const { messageId = 0, reasonCode = 0, properties } = packet;
    const settle = unanswered.get(messageId);
    if (!settle) return;
    unanswered.delete(messageId);
    const code = reasonCode < FIRST_ERROR ? 0 : reasonCode;
    settle({ code, text: code === 0 ? undefined : properties?.reasonString });
  });

  /** mqtt.js numbers its SUBSCRIBEs by the same count: an id is in use once (2.2.1). */
  function freeId(): number {
    for (;;) {
      const id = client.messageIdProvider.allocate();
      if (id !== null && !unanswered.has(id) && !(id in client.outgoing)) return id;
    }
  }

  function flush(): void {
    const due = packets;
    packets = [];
    if (!client.stream.destroyed) client.stream.write(due.length === 1 ? due[0] : Buffer.concat(due));
  }

  return (message) =>
    new Promise((resolve) => {
      const { length } = message.payload;
      const carried = link.carrying(length);
      const messageId = freeId();
      const settle = waiting.add(length, (puback) => {
        carried();
        resolve(puback);
      });
      unanswered.set(messageId, settle);
      if (packets.push(publishPacket(message, messageId, protocol)) === 1) queueMicrotask(flush);
    });
}
