// Secrets are read when they are needed, and never kept.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config, UplinkConfig } from '../config/index.ts';
import { usableKey } from '../enrol/index.ts';
import { type KeyRing, usablePassword } from '../seal/index.ts';
import type { Logger } from '../shared/log.ts';
import { readSecret } from '../shared/secret-file.ts';
import { type Broker, brokersOf, type UplinkSecrets } from '../uplink/index.ts';

/** Tells one password from another, and nothing of it. */
export function hashOfSecret(passwordFile: string | undefined): string {
  return hashOf(passwordFile, readSecret);
}

/** Tells apart what a box shows to its brokers: passwords, keys, certificates. */
export function hashOfUplinkSecrets(config: UplinkConfig): string {
  const certificate = (file: string) => readFileSync(file);
  return brokersOf(config)
    .flatMap(({ passwordFile, keyFile, certFile, caFile }) => [
      ...[passwordFile, keyFile].map((file) => hashOf(file, readSecret)),
      ...[certFile, caFile].map((file) => hashOf(file, certificate)),
    ])
    .join();
}

function hashOf(file: string | undefined, read: (file: string) => string | Buffer): string {
  if (file === undefined) return '';
  try {
    return createHash('sha256').update(read(file)).digest('hex');
  } catch {
    return 'unreadable'; // the camera or the uplink itself says why
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
