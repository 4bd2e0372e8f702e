// What a box has of its enrolment, in the folder `tls` beside the configuration. `identity.pem` is certificate and sealed
// key in one file: they change together, whatever happens in between. `request.pem` is the next key, sealed, and
// the request that waits for its certificate.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Address } from '../contract/index.ts';
import {
  isSealedPrivateKey,
  type KeyRing,
  openPrivateKey,
  openRing,
  ownKeys,
  sealPrivateKey,
} from '../seal/index.ts';
import { renewalIsDue } from '../shared/certificate-policy.ts';
import { AnprError, codeOf } from '../shared/errors.ts';
import { foundInstead, whyNotWritten } from '../shared/file-fault.ts';
import { replaceFile, secretRights } from '../shared/replace-file.ts';
import { newPrivateKey, requestOf } from './request.ts';

const FOLDER = 'tls';
/** As the configuration names them. */
export const IDENTITY_FILE = join(FOLDER, 'identity.pem');
export const CA_FILE = join(FOLDER, 'ca.pem');
const REQUEST_FILE = join(FOLDER, 'request.pem');

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const REQUEST = /-----BEGIN CERTIFICATE REQUEST-----[\s\S]+?-----END CERTIFICATE REQUEST-----/;
/** a chain of RSA certificates has some 10 kB */
const MAX_FILE_BYTES = 1_000_000;

export interface Pending {
  /** PEM */
  request: string;
  requestedAt: number;
}

export interface Enrolment {
  /** the certificate in use; null: none */
  certificate: X509Certificate | null;
  /** the request that waits for its certificate; null: none */
  pending: Pending | null;
  /** it is time to ask for the next certificate, and nobody has */
  due: boolean;
}

const placeOf = (configFile: string, name: string) => join(dirname(resolve(configFile)), name);

export const identityPath = (configFile: string): string => placeOf(configFile, IDENTITY_FILE);

/** @throws {AnprError} `enrol.unreadable` */
export function enrolmentOf(configFile: string, now = new Date()): Enrolment {
  const identity = textOf(placeOf(configFile, IDENTITY_FILE));
  const pem = identity?.match(CERTIFICATE)?.[0];
  const certificate = pem === undefined ? null : new X509Certificate(pem);
  const pending = pendingOf(configFile);
  const due =
    pending === null &&
    (certificate === null || renewalIsDue(certificate.validFromDate, certificate.validToDate, now));
  return { certificate, pending, due };
}

function pendingOf(configFile: string): Pending | null {
  const path = placeOf(configFile, REQUEST_FILE);
  const request = textOf(path)?.match(REQUEST)?.[0];
  return request === undefined ? null : { request: `${request}\n`, requestedAt: statSync(path).mtimeMs };
}

/**
 * Makes a key and a request for its certificate. The certificate in use stays in use until the new one is accepted.
 * @throws {AnprError} `enrol.name`, `enrol.unwritable`
 */
export function makeRequest(configFile: string, address: Address, ring: KeyRing): Pending {
  const key = newPrivateKey();
  const request = requestOf(address, key);
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
  write(configFile, REQUEST_FILE, request + sealPrivateKey(openRing(ring).current, pem));
  return { request, requestedAt: Date.now() };
}

/** What a file that somebody brings holds: PEM with one certificate or more, or DER with one. */
export function certificatesIn(bytes: Buffer, from: string): X509Certificate[] {
  try {
    const blocks = bytes.toString('latin1').match(CERTIFICATE);
    return (blocks ?? [bytes]).map((block) => new X509Certificate(block));
  } catch {
    throw new AnprError(
      'enrol.no-certificate',
      `wanted a certificate (PEM or DER) in ${from}, found something else`,
      'Take the file that the authority gave out for the request of this box.',
    );
  }
}

export type KeyOwner = 'requested' | 'current' | 'other';

/** Whose key the certificate is for, and that key. @throws {AnprError} `seal.key-lost`, `seal.broken`, `enrol.unreadable` */
export function keyFor(
  certificate: X509Certificate,
  configFile: string,
  ring: KeyRing,
): { owner: KeyOwner; pem: string } {
  for (const [owner, name] of [
    ['requested', REQUEST_FILE],
    ['current', IDENTITY_FILE],
  ] as const) {
    const held = textOf(placeOf(configFile, name));
    if (held === undefined || !isSealedPrivateKey(held)) continue;
    const pem = openPrivateKey(openRing(ring), held);
    if (certificate.checkPrivateKey(createPrivateKey(pem))) return { owner, pem };
  }
  return { owner: 'other', pem: '' };
}

/** The certificate is in use from the next connection on. @throws {AnprError} `enrol.unwritable` */
export function keepIdentity(configFile: string, chain: string, key: string, ring: KeyRing): void {
  write(configFile, IDENTITY_FILE, chain + sealPrivateKey(openRing(ring).current, key));
  rmSync(placeOf(configFile, REQUEST_FILE), { force: true });
}

/** @throws {AnprError} `enrol.unwritable` */
export function keepAuthority(configFile: string, pem: string): void {
  write(configFile, CA_FILE, pem);
}

/**
 * The private key in a text, which may be sealed: opened then with the keys of the box. Where TLS needs it.
 * @param keys those that the agent has; default: those that this user may open
 * @throws {AnprError} `seal.*`
 */
export function usableKey(text: string, journalPath: string, keys?: KeyRing): string {
  if (!isSealedPrivateKey(text)) return text;
  return openPrivateKey(openRing(keys ?? ownKeys(journalPath).ring), text);
}

function write(configFile: string, name: string, text: string): void {
  const path = placeOf(configFile, name);
  try {
    replaceFile(path, text, secretRights(path, configFile));
  } catch (error) {
    throw new AnprError(
      'enrol.unwritable',
      `cannot write ${path}: ${whyNotWritten(error)}`,
      'Run this with sudo, and look at the space on the disk.',
      { cause: error },
    );
  }
}

function textOf(path: string): string | undefined {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes`);
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new AnprError(
      'enrol.unreadable',
      `wanted a key or a certificate in ${path}, found ${foundInstead(error)}`,
      'Run this with sudo.',
    );
  }
}
