// A message becomes what the store keeps, or a reason why it is none. Everything is checked against the contract; a value that a
// later version brought is kept: what is not taken is asked for again, for ever.

import {
  addressOf,
  anyRecord,
  channels,
  gapMessage,
  parseTolerant,
  statusMessage,
} from '../../agent/contract/index.ts';
import { payloadHashOf } from '../../agent/seal/index.ts';
import { type Arrival, type StoredRecord, sha256Of } from './store.ts';

/** Undefined: nothing of this contract, or nothing at all (a probe's empty message). */
export function arrivalOf(topic: string, payload: Buffer): Arrival | undefined {
  const address = addressOf(topic);
  if (!address || payload.length === 0) return undefined;
  const [name = '', readId] = address.name.split('/');
  if (name === 'evidence' && readId) {
    const { site, box } = address;
    return { kind: 'picture', picture: { site, box, readId, sha256: sha256Of(payload), jpeg: payload } };
  }
  try {
    const text = payload.toString();
    const message: unknown = JSON.parse(text);
    if (name === 'status') {
      parseTolerant(statusMessage, message);
      return { kind: 'status', address, text };
    }
    return isRecordName(name) ? { kind: 'record', record: recordOf(name, message, text) } : undefined;
  } catch (error) {
    return { kind: 'invalid', topic, reason: error instanceof Error ? error.message : String(error) };
  }
}

const recordNames = ['read', 'hit', 'change', 'gap', 'audit'] as const;
const isRecordName = (name: string): name is (typeof recordNames)[number] =>
  (recordNames as readonly string[]).includes(name);

/** @throws when it isn't what the contract says, or not what the box sealed */
export function recordOf(name: string, message: unknown, text: string): StoredRecord {
  const channel = Object.entries(channels).find(([known]) => known === name)?.[1];
  if (channel?.schema) parseTolerant(channel.schema, message);
  const { id, type, epoch, seq, lane, connection, site, box, seal } = anyRecord.parse(message);
  if (seal && seal.payloadHash !== payloadHashOf(message as Record<string, unknown>))
    throw new Error('the content is not what the box sealed');
  const gap = name === 'gap' ? parseTolerant(gapMessage, message).message.gap : undefined;
  return { id, type, epoch, seq, lane, connection, site, box, text, gap };
}
