// A message becomes what the store keeps, or a reason why it is none. Everything is checked against the contract; a value that a
// later version brought is kept: what is not taken is asked for again, for ever.

import {
  type Address,
  addressOf,
  channels,
  parseTolerant,
  statusMessage,
} from '../../agent/contract/index.ts';
import { payloadHashOf } from '../../agent/seal/index.ts';
import { type Arrival, type StoredRecord, sha256Of } from './store.ts';

const recordNames = ['read', 'hit', 'change', 'gap', 'audit'] as const;
type RecordName = (typeof recordNames)[number];
const isRecordName = (name: string): name is RecordName => (recordNames as readonly string[]).includes(name);

/**
 * Undefined: nothing of this contract, or nothing at all (a probe's empty message).
 * @param again the broker says that it has delivered it before (DUP)
 */
export function arrivalOf(topic: string, payload: Buffer, again = false): Arrival | undefined {
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
      assertFrom(address, parseTolerant(statusMessage, message).message);
      return { kind: 'status', address, text };
    }
    if (!isRecordName(name)) return undefined;
    const record = recordOf(name, message, text);
    assertFrom(address, record);
    return { kind: 'record', record: { ...record, again } };
  } catch (error) {
    return { kind: 'invalid', topic, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Brokers let a box publish to its own topics only; what it says there may be about nobody else. */
function assertFrom(topic: Address, message: Address): void {
  if (message.site !== topic.site || message.box !== topic.box)
    throw new Error(
      `wanted a message of ${topic.site}/${topic.box}, found one of ${message.site}/${message.box}`,
    );
}

/** @throws when it isn't what the contract says, or not what the box sealed */
export function recordOf(name: RecordName, message: unknown, text: string): Omit<StoredRecord, 'again'> {
  const { message: record } = parseTolerant(channels[name].schema, message);
  const { id, type, epoch, seq, lane, connection, site, box, seal } = record;
  if (seal && seal.payloadHash !== payloadHashOf(record))
    throw new Error('the content is not what the box sealed');
  const gap = record.type === 'gap' ? record.gap : undefined;
  return { id, type, epoch, seq, lane, connection, site, box, text, gap };
}
