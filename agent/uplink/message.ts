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
  const head = `{"lane":"${lane}","connection":"${connection}",`;
  const payload = Buffer.allocUnsafe(head.length + record.json.length - 1);
  payload.write(head, 'latin1');
  record.json.copy(payload, head.length, 1);
  return { topic: topicOf(address, TOPIC_NAMES[record.type]), payload, retain: false };
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

export function pictureMessageOf(
  picture: Pick<QueuedPicture, 'readId' | 'kind' | 'sha256'>,
  jpeg: Buffer,
  address: Address,
): Message {
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

export const JSON_TYPE = 'application/json';

/** Properties of a JSON message with MQTT 5. */
export const JSON_PROPERTIES = { payloadFormatIndicator: true, contentType: JSON_TYPE };
