// What goes over the wire for a record and for the status of the box. Pure.

import { type Address, CONTRACT_VERSION, type StatusMessage, topicOf } from '../contract/index.ts';
import type { QueuedRecord, RecordType } from '../journal/index.ts';

export type Lane = 'live' | 'backlog';

export interface Message {
  topic: string;
  payload: Buffer;
  retain: boolean;
}

/** What the agent tells of itself; address, time and `online` are added here. */
export type StatusFields = Pick<StatusMessage, 'agent' | 'epoch' | 'cameras'>;

/** The records that have a topic in the contract; the others stay in the journal. */
export const SENT_TYPES: readonly RecordType[] = ['read', 'hit'];

export function messageOf(record: QueuedRecord, lane: Lane, address: Address): Message {
  return {
    topic: topicOf(address, record.type === 'hit' ? 'hit' : 'read'),
    payload: Buffer.from(`{"lane":"${lane}",${record.json.slice(1)}`),
    retain: false,
  };
}

/** @param at UTC epoch milliseconds; undefined in the last will, which the broker sends */
export function statusMessageOf(
  address: Address,
  online: boolean,
  at: number | undefined,
  fields: StatusFields = {},
): Message {
  const status: StatusMessage = {
    schema: CONTRACT_VERSION,
    type: 'status',
    site: address.site,
    box: address.box,
    at: at === undefined ? null : new Date(at).toISOString(),
    online,
    ...fields,
  };
  return { topic: topicOf(address, 'status'), payload: Buffer.from(JSON.stringify(status)), retain: true };
}

/** Properties of each message with MQTT 5: it is text, and which. */
export const MESSAGE_PROPERTIES = { payloadFormatIndicator: true, contentType: 'application/json' };

/** Length of MESSAGE_PROPERTIES in a packet: 1 + 2 (format) + 3 + 16 (content type). */
const PROPERTIES_BYTES = 1 + 2 + 3 + MESSAGE_PROPERTIES.contentType.length;

/** Length in bytes of the whole MQTT 5 PUBLISH packet (3.3), for the broker's Maximum Packet Size. */
export function packetSizeBytes({ topic, payload }: Message): number {
  const remaining = 2 + Buffer.byteLength(topic) + 2 + PROPERTIES_BYTES + payload.length;
  const lengthBytes = remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4;
  return 1 + lengthBytes + remaining;
}
