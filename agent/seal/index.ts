export { canonical } from './canonical.ts';
export {
  CREDENTIAL_FILE,
  hasCredential,
  openCredential,
  type SealedKeys,
  sealKeys,
  writeCredential,
} from './credential.ts';
export {
  type Envelope,
  envelopeText,
  GENESIS,
  hashOf,
  payloadHashOf,
  type Seal,
  type SealedMessage,
  sealedMessageOf,
  textHash,
} from './envelope.ts';
export { type FoundKeys, findKeys, type KeyPlace, keyFileOf, writeKeys } from './key-file.ts';
export { type BoxKey, isSigned, keyIdOf, privateKeyOf, publicKeyOf, rawPublicKeyOf } from './keys.ts';
export { loadKeys } from './load-keys.ts';
export { LOCK_OVERHEAD_BYTES, type LockedThing, lock, lockedBy, unlock } from './locker.ts';
export { type OwnKeys, ownKeys } from './own-keys.ts';
export { lockText, TEXT_BLOCK_BYTES, unlockTexts } from './plate-text.ts';
export { type KeyRing, newRing, type OpenRing, openRing, parseRing, rotatedRing } from './ring.ts';
export {
  isSealedPassword,
  isSealedPrivateKey,
  openPassword,
  openPrivateKey,
  sealPassword,
  sealPrivateKey,
  usablePassword,
} from './sealed-text.ts';
export {
  type Head,
  headCode,
  isHeadCode,
  type Removed,
  type SignedRemoved,
  signRemoved,
} from './statements.ts';
export {
  type Break,
  breakMeanings,
  type Source,
  type SourceRecord,
  type VerifyCode,
  type VerifyOptions,
  type VerifyReport,
  verifyRecords,
} from './verify.ts';
