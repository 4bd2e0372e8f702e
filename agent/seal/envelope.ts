// The envelope of a record: what the chain links and the box signs. It holds the payload's hash and never the payload,
// so that it stays true when a payload is erased. docs/tamper-evidence.md has the rules and the test vectors.

import { hash } from 'node:crypto';
import { AnprError } from '../shared/errors.ts';
import { canonical } from './canonical.ts';

export interface Envelope {
  /** of this form; another one would be another number */
  version: 1;
  epoch: string;
  seq: number;
  id: string;
  type: string;
  /** SHA-256 of the payload, hex */
  payloadHash: string;
  /** SHA-256 of the envelope before, hex; GENESIS for the first of an epoch */
  previousHash: string;
  keyId: string;
}

/** What a message carries of its envelope, beside `epoch`, `seq`, `id` and `type`. */
export interface Seal {
  keyId: string;
  payloadHash: string;
  previousHash: string;
  /** Ed25519, base64 */
  signature: string;
}

/** `previousHash` of the first record of an epoch. */
export const GENESIS = '0'.repeat(64);

/** Members that are no part of the payload: the place, the way it came, the seal itself, pictures beside it in an export. */
const NOT_PAYLOAD: ReadonlySet<string> = new Set(['epoch', 'seq', 'lane', 'connection', 'seal', 'pictures']);

/** SHA-256, hex, of the payload in a message (or of a payload alone: the place, the way and the seal are left out). */
export function payloadHashOf(message: Readonly<Record<string, unknown>>): string {
  const payload = Object.fromEntries(Object.entries(message).filter(([name]) => !NOT_PAYLOAD.has(name)));
  return textHash(canonical(payload));
}

/** SHA-256, hex, of a text as UTF-8. */
export function textHash(text: string): string {
  return hash('sha256', text, 'hex');
}

/** The text that is hashed and signed. */
export function envelopeText(envelope: Envelope): string {
  return canonical(envelope);
}

/** SHA-256, hex: the next record's `previousHash`. */
export function hashOf(envelope: Envelope): string {
  return textHash(envelopeText(envelope));
}

export interface SealedMessage {
  envelope: Envelope;
  /** base64 */
  signature: string;
  /** undefined: the message is its seal alone, the payload has been erased */
  payloadHash: string | undefined;
}

/**
 * The envelope of a message as it came from the broker or out of an export; undefined when it carries no seal.
 * A message of which only `epoch`, `seq`, `id`, `type` and `seal` are left counts as erased.
 * @throws {AnprError} `seal.malformed`
 */
export function sealedMessageOf(message: Readonly<Record<string, unknown>>): SealedMessage | undefined {
  const { epoch, seq, id, type } = message;
  if (message.seal === undefined) return undefined;
  const seal = (message.seal ?? {}) as Record<string, unknown>;
  if (typeof epoch !== 'string' || !Number.isSafeInteger(seq) || typeof id !== 'string')
    throw malformed('epoch, seq and id');
  if (typeof type !== 'string') throw malformed('type');
  const envelope: Envelope = {
    version: 1,
    epoch,
    seq: seq as number,
    id,
    type,
    payloadHash: hexOf(seal, 'payloadHash', 64),
    previousHash: hexOf(seal, 'previousHash', 64),
    keyId: hexOf(seal, 'keyId', KEY_ID_HEX),
  };
  if (typeof seal.signature !== 'string') throw malformed('seal.signature');
  const erased = Object.keys(message).every((name) => ENVELOPE_ONLY.has(name));
  return {
    envelope,
    signature: seal.signature,
    payloadHash: erased ? undefined : payloadHashOf(message),
  };
}

/** characters of a key id: 64 bits, hex */
const KEY_ID_HEX = 16;
const ENVELOPE_ONLY: ReadonlySet<string> = new Set([...NOT_PAYLOAD, 'id', 'type']);

function hexOf(seal: Record<string, unknown>, name: string, length: number): string {
  const value = seal[name];
  if (typeof value !== 'string' || value.length !== length || !/^[0-9a-f]+$/.test(value))
    throw malformed(`seal.${name} (${length} hexadecimal digits)`);
  return value;
}

function malformed(wanted: string): AnprError {
  return new AnprError('seal.malformed', `wanted a sealed message, found one without a usable ${wanted}`);
}
