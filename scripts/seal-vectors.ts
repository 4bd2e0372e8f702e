// Writes docs/tamper-evidence.vectors.json: fixed keys, fixed records and what has to come out, for whoever checks a box's
// records in another language. A test holds the file to the code.
//
//     node scripts/seal-vectors.ts

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  canonical,
  type Envelope,
  envelopeText,
  GENESIS,
  hashOf,
  type LockedThing,
  lock,
  payloadHashOf,
  signRemoved,
} from '../agent/seal/index.ts';
import { boxKeyOf } from '../agent/seal/keys.ts';
import { associatedData } from '../agent/seal/locker.ts';
import { removedText } from '../agent/seal/statements.ts';

export const vectorsFile = fileURLToPath(new URL('../docs/tamper-evidence.vectors.json', import.meta.url));

const SECRET = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
const EPOCH = '6f1c3c1e-6f0e-4c3a-9d55-0d0f5a3b7c11';
const IDS = ['019a8b2e-0000-7000-8000-000000000001', '019a8b2e-0001-7000-8000-000000000002'];
const NONCE = Buffer.from('000102030405060708090a0b', 'hex');

export function sealVectors(): Record<string, unknown> {
  const key = boxKeyOf(SECRET);
  const payloads = [
    {
      ...{ schema: 1, type: 'audit', id: IDS[0]!, site: 'e19', box: 'north', at: '2026-11-22T12:00:00.000Z' },
      audit: {
        ...{ action: 'key', who: null, filter: {}, rows: null },
        key: { id: key.id, publicKey: key.publicKey },
      },
    },
    {
      ...{ schema: 1, type: 'read', id: IDS[1]!, site: 'e19', box: 'north', camera: 'köln' },
      plate: {
        text: '1ABC234',
        confidence: 0.9875,
        lines: 1,
        alternatives: [{ text: '1A8C234', confidence: 1e-7 }],
      },
      position: { latitude: 50.8503, longitude: 4 },
      headingDegrees: null,
    },
  ];
  let previousHash = GENESIS;
  const records = payloads.map((payload, index) => {
    const { id, type } = payload;
    const payloadHash = payloadHashOf(payload);
    const envelope: Envelope = {
      version: 1,
      ...{ epoch: EPOCH, seq: index + 1, id, type, payloadHash, previousHash, keyId: key.id },
    };
    const signature = key.sign(envelopeText(envelope));
    const hash = hashOf(envelope);
    const seal = { keyId: key.id, payloadHash, previousHash, signature };
    previousHash = hash;
    return {
      message: { lane: 'live', connection: '0a1b2c3d', epoch: EPOCH, seq: index + 1, seal, ...payload },
      canonicalPayload: canonical(payload),
      payloadHash,
      canonicalEnvelope: envelopeText(envelope),
      envelopeHash: hash,
      signature,
    };
  });
  const removed = { epoch: EPOCH, from: 1, to: 1, before: GENESIS, after: records[0]!.envelopeHash };
  const things: LockedThing[] = [
    { kind: 'record', epoch: EPOCH, seq: 2, id: IDS[1]! },
    { kind: 'picture', readId: IDS[1]!, picture: 'plate' },
  ];
  return {
    about: 'docs/tamper-evidence.md; the secret is for tests only',
    secret: SECRET.toString('hex'),
    derived: {
      sign: { info: 'anpr-edge/1/sign', publicKey: key.publicKey, keyId: key.id },
      record: { info: 'anpr-edge/1/record', key: key.secretFor('record').export().toString('hex') },
      picture: { info: 'anpr-edge/1/picture', key: key.secretFor('picture').export().toString('hex') },
    },
    records,
    removed: { ...signRemoved(key, removed), canonical: removedText(removed, key.id) },
    locked: things.map((thing) => ({
      thing,
      associatedDataHex: Buffer.from(associatedData(thing)).toString('hex'),
      plain: 'text',
      nonce: NONCE.toString('hex'),
      lockedHex: lock(key, thing, 'text', NONCE).toString('hex'),
    })),
  };
}

if (import.meta.main) {
  writeFileSync(vectorsFile, `${JSON.stringify(sealVectors(), null, 2)}\n`);
  console.log(`written: ${vectorsFile}`);
}
