// Records that the journal makes itself, and how any record is written down for its writer.

import { randomUUIDv7 } from 'node:crypto';
import { CONTRACT_VERSION } from '../contract/constants.ts';
import type { Address, AuditEntry, ChangeMessage } from '../contract/index.ts';
import { canonical } from '../seal/index.ts';
import { codeOf } from '../shared/errors.ts';
import { isoOf } from '../shared/time.ts';
import type { EncodedRecord } from './sequence.ts';
import type { NewRecord } from './types.ts';

/**
 * The payload as the text that is hashed. What JSON cannot say (a NaN) becomes null, as in JSON.stringify: a wrong figure
 * must not keep a read out of the journal.
 * @throws {AnprError} `seal.not-canonical` for half a character in a text
 */
export function encoded({ payload, ...rest }: NewRecord): EncodedRecord {
  try {
    return { ...rest, payload: canonical(payload) };
  } catch (error) {
    if (codeOf(error) !== 'seal.not-canonical') throw error;
    return { ...rest, payload: canonical(JSON.parse(JSON.stringify(payload))) };
  }
}

/** The record that introduces a key: whoever knows the key that signs it knows this one. */
export function keyRecordOf(key: { id: string; publicKey: string }, address: Address): NewRecord {
  const audit: AuditEntry = { action: 'key', who: null, filter: {}, rows: null, key };
  return auditRecordOf(audit, address);
}

/** @param at UTC epoch milliseconds of the access @param id the same id again is kept once */
export function auditRecordOf(
  audit: AuditEntry,
  address: Address,
  at = Date.now(),
  id: string = randomUUIDv7(),
): NewRecord {
  const payload = { schema: CONTRACT_VERSION, type: 'audit', id, ...address, at: isoOf(at), audit };
  return { id, type: 'audit', at, payload };
}

/** A change of state worth keeping. */
export function changeRecordOf(
  change: ChangeMessage['change'],
  address: Address,
  at = Date.now(),
  id: string = randomUUIDv7(),
): NewRecord {
  const payload = { schema: CONTRACT_VERSION, type: 'change', id, ...address, at: isoOf(at), change };
  return { id, type: 'status', at, payload };
}
