// Secrets are read when they are needed, and never kept.

import { createHash } from 'node:crypto';
import { type Config, readSecret } from '../config/index.ts';
import { usableKey } from '../enrol/index.ts';
import { type KeyRing, usablePassword } from '../seal/index.ts';
import type { Logger } from '../shared/log.ts';
import type { Broker, UplinkSecrets } from '../uplink/index.ts';

/** Tells one password from another, and nothing of it. */
export function hashOfSecret(passwordFile: string | undefined): string {
  if (passwordFile === undefined) return '';
  try {
    return createHash('sha256').update(readSecret(passwordFile)).digest('hex');
  } catch {
    return 'unreadable'; // the camera itself says why
  }
}

/** Read anew for each connection: a renewed key is taken up without a restart. */
export function uplinkSecrets(
  { passwordFile, keyFile }: Pick<Broker, 'passwordFile' | 'keyFile'>,
  ring: KeyRing,
  { journal }: Config,
  log: Logger,
): UplinkSecrets {
  const warn = (message: string) => log.warn(message);
  return {
    ...(passwordFile === undefined
      ? {}
      : { password: usablePassword(readSecret(passwordFile, { warn }), () => ring) }),
    ...(keyFile === undefined ? {} : { key: usableKey(readSecret(keyFile, { warn }), journal.path, ring) }),
  };
}
