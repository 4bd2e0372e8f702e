export { type Head, openContainer, type Signer, writeContainer } from './container.ts';
export { restorePublicKeyOf } from './keys.ts';
export { CONFIG_NAME, type Counted, contentOf, type Value } from './make.ts';
export { type Restored, type RestoreOptions, restore } from './restore.ts';
export { type Recipient, rawX25519 } from './seal.ts';
export { signerKeyOf } from './signer-key.ts';
