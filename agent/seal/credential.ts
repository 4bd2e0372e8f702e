// The keys as a systemd credential: sealed to this machine, so that the file on its disk opens nowhere else. Only root can
// seal and open one (systemd-creds(1)); the unit anpr-keys.service does it before the agent starts.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AnprError, codeOf, messageOf } from '../shared/errors.ts';
import { CREDENTIAL, findKeys, keyFileOf } from './key-file.ts';
import { joinedRings, type KeyRing, newRing, parseRing } from './ring.ts';

/** Where systemd looks for it. */
export const CREDENTIAL_FILE = `/etc/credstore.encrypted/${CREDENTIAL}`;

/**
 * Secure Boot's state and certificates, as systemd has it by default: with other ones (somebody boots a stolen box from
 * a stick with Secure Boot off) the TPM gives nothing out.
 */
const DEFAULT_PCRS = '7';

export interface SealedKeys {
  ring: KeyRing;
  path: string;
  /** how they came to be: there already, made, or taken over from the file beside the journal */
  origin: 'there' | 'made' | 'file';
  /** why the ones that were there could not be used */
  problem: string | null;
}

const TIMEOUT_MS = 30_000;

/**
 * Makes sure that there is a credential that opens on this machine: keeps the one that does, seals the keys of the file
 * beside the journal (and removes that), or makes new ones. One that no longer opens (another TPM, another
 * machine) is set aside: a unit whose credential fails would never start, and plates must be read.
 * @throws {AnprError} `seal.credential`
 */
export function sealKeys(journalPath: string, pcrs = DEFAULT_PCRS, path = CREDENTIAL_FILE): SealedKeys {
  let problem: string | null = null;
  const fromFile = findKeys(journalPath, { environment: {} });
  if (existsSync(path))
    try {
      const ring = openCredential(path);
      if (!fromFile) return { ring, path, origin: 'there', problem: null };
      // An agent that was started without the sealed keys made a file: what it sealed must stay readable.
      const joined = joinedRings(fromFile.ring, ring);
      writeCredential(path, joined, pcrs);
      rmSync(keyFileOf(journalPath), { force: true });
      return { ring: joined, path, origin: 'there', problem: null };
    } catch (error) {
      const aside = `${path}.unusable-${Date.now()}`;
      renameSync(path, aside);
      problem = `${messageOf(error)}; kept as ${aside}`;
    }
  const ring = fromFile?.ring ?? newRing();
  writeCredential(path, ring, pcrs);
  if (fromFile) rmSync(keyFileOf(journalPath), { force: true });
  return { ring, path, origin: fromFile ? 'file' : 'made', problem };
}

/** @throws {AnprError} `seal.credential`, `seal.key` */
export function openCredential(path = CREDENTIAL_FILE): KeyRing {
  return parseRing(systemdCreds(['decrypt', `--name=${CREDENTIAL}`, path, '-']).toString());
}

/**
 * Seals with the TPM and the machine's own key where there is a TPM, else with the machine's own key alone.
 * @param pcrs measurements of the boot that must be the same to open it, where there is a TPM; empty: none
 * @throws {AnprError} `seal.credential`
 */
export function writeCredential(path: string, ring: KeyRing, pcrs = DEFAULT_PCRS): void {
  const temporary = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const options = ['--with-key=auto', `--tpm2-pcrs=${pcrs}`, `--name=${CREDENTIAL}`];
    systemdCreds(['encrypt', ...options, '-', temporary], JSON.stringify(ring));
    // What cannot be opened again must not take the place of what can.
    const opened = JSON.stringify(openCredential(temporary));
    if (opened !== JSON.stringify(ring)) throw new Error('what was sealed does not come out again');
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof AnprError ? error : credentialError(messageOf(error));
  }
}

/** Whether this user could open the credential, and there is one. */
export function hasCredential(path = CREDENTIAL_FILE): boolean {
  try {
    return statSync(path).isFile() && readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

function systemdCreds(args: readonly string[], input?: string): Buffer {
  try {
    return execFileSync('systemd-creds', args, {
      timeout: TIMEOUT_MS,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw credentialError('there is no systemd-creds on this machine');
    const { stderr } = error as { stderr?: Buffer };
    throw credentialError(stderr?.toString().trim().split('\n').at(-1) || messageOf(error));
  }
}

function credentialError(why: string): AnprError {
  return new AnprError(
    'seal.credential',
    `systemd could not seal or open the keys of the box: ${why}`,
    'Run this as root on a machine with systemd 250 or later; without one the keys lie in a file beside the journal.',
  );
}
