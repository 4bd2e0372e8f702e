// What somebody needs who checks what a box has sealed, and nothing of the box's own keys: published with the contract.

export { canonical } from './canonical.ts';
export { type Envelope, envelopeText, GENESIS, payloadHashOf, type Seal, textHash } from './envelope.ts';
export { isSigned, keyIdOf, publicKeyOf } from './keys.ts';
export {
  type Break,
  breakMeanings,
  type Source,
  type SourceRecord,
  type VerifyOptions,
  type VerifyReport,
  verifyRecords,
} from './verify.ts';
