// What goes over the wire: records, the status of the box, pictures and replies. Pure.

import {
  type Address,
  CONTRACT_VERSION,
  evidenceTopicOf,
  type RecordLane,
  replyTopicOf,
  type StatusMessage,
  topicOf,
} from '../contract/index.ts';
import type { QueuedPicture, QueuedRecord, RecordType } from '../journal/index.ts';

export interface Message {
  topic: string;
  payload: Buffer;
  retain: boolean;
  /** default: JSON */
  contentType?: 'image/jpeg' | 'application/gzip';
  /** MQTT 5 only */
  userProperties?: Record<string, string>;
  correlationData?: Buffer;
}

/** What the agent tells of itself; address, time and `online` are added here. */
export type StatusFields = Pick<
  StatusMessage,
  'agent' | 'epoch' | 'cameras' | 'queue' | 'keys' | 'watchlists'
>;

/** The last part of a record's topic. */
const TOPIC_NAMES = {
  read: 'read',
  hit: 'hit',
  status: 'change',
  gap: 'gap',
  audit: 'audit',
} as const satisfies Record<RecordType, string>;

/** What passes everything else. */
export const URGENT_TYPES: readonly RecordType[] = ['hit', 'status', 'gap', 'audit'];

/** @param connection random id of the connection: within a lane of it seq only grows */
export function messageOf(
  record: QueuedRecord,
  lane: RecordLane,
  connection: string,
  address: Address,
): Message {
  return {
    topic: topicOf(address, TOPIC_NAMES[record.type]),
    payload: Buffer.from(`{"lane":"${lane}","connection":"${connection}",${record.json.slice(1)}`),
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

export function pictureMessageOf(picture: QueuedPicture, jpeg: Buffer, address: Address): Message {
  const { readId, kind, sha256 } = picture;
  return {
    topic: evidenceTopicOf(address, readId),
    payload: jpeg,
    retain: false,
    contentType: 'image/jpeg',
    userProperties: { lane: 'pictures', readId, kind, sha256 },
  };
}

export interface Reply {
  id: string;
  command: string;
  result?: unknown;
  error?: { code: string; message: string };
  responseTopic: string | undefined;
  correlationData: Buffer | undefined;
}

export function replyMessageOf(reply: Reply, address: Address): Message {
  const { responseTopic, correlationData, ...told } = reply;
  const message = {
    schema: CONTRACT_VERSION,
    type: 'reply',
    site: address.site,
    box: address.box,
    at: new Date().toISOString(),
    ok: told.error === undefined,
    ...told,
  };
  return {
    topic: responseTopic ?? replyTopicOf(address, reply.command),
    payload: Buffer.from(JSON.stringify(message)),
    retain: false,
    ...(correlationData === undefined ? {} : { correlationData }),
  };
}

const JSON_PROPERTIES = { payloadFormatIndicator: true, contentType: 'application/json' };

/** Properties of a PUBLISH with MQTT 5. */
export function propertiesOf({ contentType, userProperties, correlationData }: Message) {
  if (contentType === undefined && userProperties === undefined && correlationData === undefined)
    return JSON_PROPERTIES;
  return {
    ...(contentType === undefined ? JSON_PROPERTIES : { payloadFormatIndicator: false, contentType }),
    ...(userProperties === undefined ? {} : { userProperties }),
    ...(correlationData === undefined ? {} : { correlationData }),
  };
}

const textBytes = (text: string) => 2 + Buffer.byteLength(text);

/** Length in bytes of the properties: an identifier each, then its value (2.2.2). */
function propertiesBytes(message: Message): number {
  const { contentType = JSON_PROPERTIES.contentType, userProperties = {}, correlationData } = message;
  let bytes = 1 + 1 + 1 + textBytes(contentType);
  if (correlationData) bytes += 1 + 2 + correlationData.length;
  for (const [name, value] of Object.entries(userProperties)) bytes += 1 + textBytes(name) + textBytes(value);
  return bytes;
}

/** Bytes of a variable byte integer (1.5.5). */
const integerBytes = (value: number) => (value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4);

/** Length in bytes of the whole MQTT 5 PUBLISH packet (3.3), for the broker's Maximum Packet Size. */
export function packetSizeBytes(message: Message): number {
  const properties = propertiesBytes(message);
  const remaining =
    textBytes(message.topic) + 2 + integerBytes(properties) + properties + message.payload.length;
  return 1 + integerBytes(remaining) + remaining;
}
